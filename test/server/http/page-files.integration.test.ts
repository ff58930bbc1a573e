import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openPage } from "../../../src/server/http/page-files.ts";
import { echoSessions, type TestServer, testServer } from "../support.ts";

let server: TestServer | undefined;
const start = async () => {
  server = await testServer({ open: echoSessions().open });
  return server;
};
afterEach(() => server?.dispose());

/** A request whose path is sent as it is written, dots and all. */
const raw = async (port: number, path: string, method = "GET") => {
  const sent = request({ port, host: "127.0.0.1", path, method });
  const answered = new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      sent.on("error", reject);
      sent.on("response", async (response) =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: await text(response) }),
      );
    },
  );
  sent.end();
  return answered;
};

describe("plain requests", () => {
  test("GET /health", async () => {
    const { url } = await start();
    const response = await fetch(`${url}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "healthy" });
  });

  test.each(["schema.json", "asyncapi.json"])("GET /v1/realtime/%s describes the wire", async (name) => {
    const { url } = await start();
    const response = await fetch(`${url}/v1/realtime/${name}`);
    expect(response.headers.get("content-type")).toContain("application/json");
    expect(JSON.stringify(await response.json())).toContain("input_audio_buffer.append");
  });

  test.each([
    ["GET", "/nothing", 404, "NOT_FOUND"],
    ["POST", "/nothing?x=1", 404, "NOT_FOUND"],
    ["POST", "/health", 405, "METHOD_NOT_ALLOWED"],
    ["GET", "/v1/realtime", 426, "upgrade_required"],
    ["GET", "/v1/realtime/constructor", 404, "NOT_FOUND"],
    ["GET", "/%", 404, "NOT_FOUND"],
    ["GET", "//evil.example/web/index.html", 404, "NOT_FOUND"],
  ])("%s %s is answered %i in the envelope", async (method, path, status, code) => {
    const { port } = await start();
    const answer = await raw(port, path, method);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toEqual({ success: false, error: expect.any(String), code });
    expect(answer.body).not.toMatch(/\bat \/|node:/);
    expect(answer.headers).toMatchObject({ "x-content-type-options": "nosniff", "x-frame-options": "DENY" });
    expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
  });
});

describe("the page's files", () => {
  let root = "";
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "kuku-page-"));
    for (const folder of ["web/styles", "src/client/node", "src/protocol", "src/server/config", "web-other"])
      mkdirSync(join(root, folder), { recursive: true });
    const files = {
      "web/index.html": "<!doctype html><title>Kuku</title>",
      "web/app.ts": 'import type { A } from "./a.ts";\nconst level: number = 1;\nexport { level };\n',
      "web/styles/page.css": "body{}",
      "web/.secret.html": "SECRET",
      "web/notes.md": "SECRET",
      "src/client/connect.ts": "export const a: string = 'a';",
      "src/client/node/files.ts": "export const SECRET = 1;",
      "src/protocol/binary-frame.ts": "export const b = 2 as number;",
      "src/server/config/config.ts": "export const SECRET = 1;",
      "web-other/index.html": "SECRET",
      "package.json": "SECRET",
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content);
    symlinkSync(join(root, "package.json"), join(root, "web/link.html"));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const read = async (path: string) => {
    const file = await openPage(root).read(path);
    return file && { type: file.contentType.split(";")[0], body: file.body.toString() };
  };

  test("are found, TypeScript with its types stripped", async () => {
    expect(await read("/")).toEqual({ type: "text/html", body: "<!doctype html><title>Kuku</title>" });
    expect((await read("/web/styles/page.css"))?.type).toBe("text/css");
    const script = await read("/web/app.ts");
    expect(script?.type).toBe("text/javascript");
    expect(script?.body).not.toContain(": number");
    expect(script?.body).not.toContain("import");
    expect(script?.body).toContain("export { level };");
    expect((await read("/src/client/connect.ts"))?.body).toContain("const a         = 'a'");
    expect((await read("/src/protocol/binary-frame.ts"))?.body).not.toContain("as number");
  });

  test.each([
    "/web/../package.json",
    "/web/..%2fpackage.json",
    "/web/%2e%2e/package.json",
    "/web/.secret.html",
    "/web/notes.md",
    "/web/link.html",
    "/web-other/index.html",
    "/src/server/config.ts",
    "/src/client/node/files.ts",
    "/src/client/../server/config.ts",
    "/web/",
    "/web",
    "/package.json",
    "/web/app.ts/",
    "/web/app.ts%00.html",
    "/web/styles",
    "/web//app.ts",
    "/web/..\\package.json",
    `/web/${"a".repeat(5000)}.ts`,
    "/web/app.ts/x.ts",
  ])("%s is not one of them", async (path) => {
    expect(await read(path)).toBeUndefined();
  });

  test("are served anew when they change, and not sent again when they have not", async () => {
    const page = openPage(root);
    const first = await page.read("/web/app.ts");
    expect(await page.read("/web/app.ts")).toBe(first);
    writeFileSync(join(root, "web/app.ts"), "export const level: number = 22;");
    const second = await page.read("/web/app.ts");
    expect(second?.etag).not.toBe(first?.etag);
    expect(second?.body.toString()).toContain("= 22");
  });

  test("that the first page needs are all there, and need no package", async () => {
    const page = openPage(".");
    const html = (await page.read("/"))?.body.toString() ?? "";
    const waiting = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
    const seen = new Set<string>();
    expect(waiting).not.toEqual([]);
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const file = await page.read(path);
      expect(file, path).toBeDefined();
      if (!file?.contentType.startsWith("text/javascript")) continue;
      const code = file.body.toString();
      const named = [
        ...code.matchAll(/^\s*(?:import|export)\b[^"';=]*\bfrom\s*["']([^"']+)["']/gm),
        ...code.matchAll(/new URL\(["']([^"']+)["'], import\.meta\.url\)/g),
      ];
      for (const [, name = ""] of named) {
        expect(name, `${path} names a package`).toMatch(/^\.{1,2}\//);
        waiting.push(new URL(name, `http://server${path}`).pathname);
      }
    }
    expect([...seen].filter((path) => path.startsWith("/src/client/")).length).toBeGreaterThan(3);
  });

  test("leave the server with their type and tag, and 304 for the tag", async () => {
    const { url, port } = await start();
    const file = await fetch(`${url}/src/protocol/binary-frame.ts`);
    expect(file.headers.get("content-type")).toContain("text/javascript");
    expect(await file.text()).toContain("export function decodeAudioFrame(");
    const again = await fetch(`${url}/src/protocol/binary-frame.ts`, {
      headers: { "If-None-Match": file.headers.get("etag") ?? "" },
    });
    expect(again.status).toBe(304);
    for (const path of ["/web/../package.json", "/src/../package.json", "/web/%2e%2e/src/server/config.ts"])
      expect((await raw(port, path)).status).toBe(404);
  });
});

test("a long time to authenticate is no trouble for plain requests", async () => {
  server = await testServer({ open: echoSessions().open, limits: { authenticationDeadlineMs: 600_000.5 } });
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
});
