import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openPages } from "../../../src/server/http/page-files.ts";
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

test("[PG13] a browser at an address without a page is shown one, and a program told in the envelope", async () => {
  const { url } = await start();
  const shown = await fetch(`${url}/nothing`, { headers: { accept: "text/html,*/*;q=0.8" } });
  expect([shown.status, shown.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
  expect(await shown.text()).toMatch(/<h1>There is no such page<\/h1>.*href="\/"/);
  const french = { accept: "text/html", "accept-language": "fr-CA,fr;q=0.9,en;q=0.8" };
  const shownFrench = await (await fetch(`${url}/nothing`, { headers: french })).text();
  expect(shownFrench).toMatch(/<html lang="fr">[\s\S]*<h1>Cette page n'existe pas<\/h1>/);
  const told = await fetch(`${url}/nothing`, { headers: { accept: "*/*" } });
  expect(await told.json()).toEqual({ success: false, error: expect.any(String), code: "NOT_FOUND" });
});

describe("the pages", () => {
  /** A copy of what the pages are made of, to be changed. */
  let root = "";
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "kuku-pages-"));
    const copied = [
      "web",
      "src/client",
      "src/protocol",
      "src/server/http/page-build.ts",
      "scripts/build-pages.ts",
    ];
    for (const path of copied) cpSync(path, join(root, path), { recursive: true });
    symlinkSync(join(process.cwd(), "node_modules"), join(root, "node_modules"), "dir");
    writeFileSync(join(root, "package.json"), '{ "type": "module" }');
  });
  afterAll(() => rmSync(root, { recursive: true }));

  /** Addresses that a page's HTML names. */
  const named = (html: Buffer | undefined) =>
    [...(html?.toString() ?? "").matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? "");

  test("[PG1] are built where they are missing, and again once a source has changed", async () => {
    const pages = openPages(root);
    const before = named((await pages.read("/"))?.bodies.identity);
    expect(before).toEqual(
      expect.arrayContaining([expect.stringMatching(/\.css$/), expect.stringMatching(/\.js$/)]),
    );
    for (const path of before) expect(await pages.read(path), path).toBeDefined();
    expect(named((await pages.read("/"))?.bodies.identity)).toEqual(before);
    // The same for every name of the folder.
    expect(named((await openPages(relative(process.cwd(), root)).read("/"))?.bodies.identity)).toEqual(
      before,
    );
    appendFileSync(join(root, "web/style.css"), ".appended{color:#123456}");
    const after = named((await pages.read("/"))?.bodies.identity);
    const sheet = after.find((path) => path.endsWith(".css")) ?? "";
    expect(before).not.toContain(sheet);
    expect((await pages.read(sheet))?.bodies.identity.toString()).toContain(".appended{color:#123456}");
    // Pages of the build before are open still, and ask for theirs.
    for (const path of before) expect(await pages.read(path), path).toBeDefined();
  });

  test("[PG1] that cannot be built are said to be so, and are built once their source is mended", async () => {
    const path = join(root, "web/report.tsx");
    const sound = readFileSync(path);
    const pages = openPages(root);
    appendFileSync(path, "const = ;");
    await expect(pages.read("/report.html")).rejects.toThrow(/pages could not be built[\s\S]*report\.tsx/);
    writeFileSync(path, sound);
    expect((await pages.read("/report.html"))?.contentType).toMatch(/^text\/html/);
  });

  test("[PG1] that came along built are served as they are, without sources or build tool", async () => {
    await openPages(root).read("/");
    const shipped = mkdtempSync(join(tmpdir(), "kuku-shipped-"));
    cpSync(join(root, "dist"), join(shipped, "dist"), { recursive: true });
    expect((await openPages(shipped).read("/"))?.bodies.identity.toString()).toContain("<!doctype html>");
    rmSync(shipped, { recursive: true });
    await expect(openPages(shipped).read("/")).rejects.toThrow(/no built pages/);
  });

  test.each([
    "/assets/",
    "/assets",
    "/assets/../index.html",
    "/assets/..%2findex.html",
    "/index.html.br",
    "/web/app.ts",
    "/src/client/connect.ts",
    "/package.json",
    "/assets/..\\index.html",
    `/assets/${"a".repeat(5000)}.js`,
    "/constructor",
  ])("%s is not one of them", async (path) => {
    expect(await openPages(root).read(path)).toBeUndefined();
  });

  test("[PG2] are asked for anew, their files kept for good, and each comes as short as the browser takes it", async () => {
    const { url, port } = await start();
    const ask = (path: string, headers: Record<string, string> = {}) =>
      fetch(`${url}${path}`, { headers: { accept: "text/html", ...headers } });
    const page = await ask("/");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    expect(page.headers.get("vary")).toMatch(/Accept, Accept-Encoding$/);
    const html = Buffer.from(await page.arrayBuffer());
    const script = named(html).find((path) => path.endsWith(".js")) ?? "";
    const whole = await ask(script, { "accept-encoding": "identity" });
    expect(whole.headers.get("content-type")).toContain("text/javascript");
    expect(whole.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(whole.headers.get("content-encoding")).toBeNull();
    const text = await whole.text();
    for (const encoding of ["br", "gzip"]) {
      const short = await ask(script, { "accept-encoding": encoding });
      expect(short.headers.get("content-encoding")).toBe(encoding);
      expect(Number(short.headers.get("content-length"))).toBeLessThan(text.length / 2);
      expect(await short.text()).toBe(text);
    }
    expect((await ask(script, { "accept-encoding": "br;q=0, gzip" })).headers.get("content-encoding")).toBe(
      "gzip",
    );
    const tag = { "if-none-match": page.headers.get("etag") ?? "" };
    expect((await ask("/", tag)).status).toBe(304);
    for (const path of ["/assets/../package.json", "/assets/%2e%2e/index.html", "/assets/none.js"])
      expect((await raw(port, path)).status).toBe(404);
  });
});

test("a long time to authenticate is no trouble for plain requests", async () => {
  server = await testServer({ open: echoSessions().open, limits: { authenticationDeadlineMs: 600_000.5 } });
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
});
