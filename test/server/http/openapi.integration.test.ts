import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { RestServices } from "../../../src/server/api/services.ts";
import { type ApiServices, apiRoutes } from "../../../src/server/app/routes.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { dataAnswer, failures, success } from "../../../src/server/http/envelope.ts";
import { pageAddresses } from "../../../src/server/http/page-files.ts";
import { type Face, openFace } from "../api/support.ts";

interface Operation {
  readonly operationId?: string;
  readonly tags?: string[];
  readonly summary?: string;
  readonly description?: string;
  readonly security?: unknown[];
  readonly responses: Record<string, { description: string; content?: Content }>;
  readonly requestBody?: { readonly required?: boolean; readonly content?: Content };
}
type Content = Record<string, { readonly schema: Schema; readonly example?: unknown }>;
interface Schema {
  readonly $ref?: string;
  readonly example?: unknown;
  readonly examples?: unknown;
  readonly properties?: Record<string, Schema>;
}
type Paths = Record<string, Record<string, Operation>>;

const folder = mkdtempSync(join(tmpdir(), "kuku-openapi-"));
let face: Face;
let document: {
  openapi: string;
  tags: { name: string }[];
  paths: Paths;
  components: { schemas: Record<string, Schema> };
};
beforeAll(async () => {
  // What the routes work with plays no part in describing them.
  const moreRoutes = apiRoutes({
    rest: { limits: { maxUploadBytes: 1 }, engines: {} } as RestServices,
    accounts: { access: readConfig({}).access, accounts: {} } as unknown as ApiServices["accounts"],
    keys: {} as ApiServices["keys"],
    admin: { services: {} } as ApiServices["admin"],
  });
  face = await openFace({ moreRoutes });
  document = (await face.app.inject({ method: "GET", url: "/openapi.json" })).json();
});
afterAll(async () => {
  await face.close();
  rmSync(folder, { recursive: true });
});

test("the document passes a linter without a warning", async () => {
  const file = join(folder, "openapi.json");
  writeFileSync(file, JSON.stringify(document));
  const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
  const cli = "node_modules/@redocly/cli/bin/cli.js";
  const args = [cli, "lint", "--extends=recommended", "--max-problems=50", "--format=json", file];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env }).catch((error) => error);
  const report = JSON.parse(stdout.slice(stdout.indexOf("{")));
  expect(report.problems).toEqual([]);
  expect(report.totals).toMatchObject({ errors: 0, warnings: 0 });
});

test("every route of the API is in it, each with its name, group, words and answers", () => {
  expect(document.openapi).toBe("3.1.0");
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  const names = operations.map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
  const groups = document.tags.map(({ name }) => name);
  for (const { operationId, tags = [], summary, description, responses } of operations) {
    expect(operationId).toMatch(/^[a-z][A-Za-z]+$/);
    expect(groups, operationId).toEqual(expect.arrayContaining(tags));
    expect(tags, operationId).toHaveLength(1);
    expect(summary, operationId).toBeTruthy();
    expect(description, operationId).toBeTruthy();
    for (const [status, answer] of Object.entries(responses))
      expect(answer.description, `${operationId} ${status}`).not.toMatch(/^(Default Response)?$/);
  }
  const documented = Object.keys(document.paths);
  const pages: readonly string[] = pageAddresses;
  const isHidden = (url: string) =>
    pages.includes(url) || /^\/(docs|assets)\b|^\*$|^\/v1\/realtime$|^\/openapi\.json$/.test(url);
  const declared = [...new Set(face.routes.map(({ url }) => url.replaceAll(/:(\w+)/g, "{$1}")))];
  expect(documented.sort()).toEqual(declared.filter((url) => !isHidden(url)).sort());
});

test("every JSON answer and every body has an example", () => {
  const { schemas } = document.components;
  const hasExample = (schema: Schema): boolean => {
    const named = schema.$ref === undefined ? schema : schemas[schema.$ref.split("/").at(-1) ?? ""];
    const data = named?.properties?.data;
    return (
      named?.example !== undefined ||
      named?.examples !== undefined ||
      (data !== undefined && hasExample(data))
    );
  };
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  let looked = 0;
  for (const { operationId, responses, requestBody } of operations)
    for (const [what, { content }] of [...Object.entries(responses), ["body", requestBody ?? {}] as const]) {
      const json = content?.["application/json"];
      if (!json) continue;
      looked++;
      expect(json.example !== undefined || hasExample(json.schema), `${operationId} ${what}`).toBe(true);
    }
  expect(looked).toBeGreaterThan(150);
});

test("a body that need not be there is not required", () => {
  const { post } = document.paths["/api/sessions"] ?? {};
  expect(post?.requestBody?.required).toBe(false);
  expect(document.paths["/api/sessions/{id}/rating"]?.post?.requestBody?.required).toBe(true);
  expect(JSON.stringify(document)).not.toContain("x-bodyless");
});

test("a route that asks who one is says so, with the answers it may give for that", async () => {
  const own = await openFace({
    moreRoutes: (app) => {
      app.route({
        method: "POST",
        url: "/mine",
        schema: {
          operationId: "postMine",
          tags: ["Service"],
          body: z.object({ note: z.string() }),
          response: {
            200: dataAnswer("Kept.", z.object({ note: z.string() })),
            ...failures({ 409: "Kept already." }),
          },
        },
        config: { access: "user" },
        handler: async ({ body }) => success(body),
      });
    },
  });
  const { paths } = (await own.app.inject({ method: "GET", url: "/openapi.json" })).json() as {
    paths: Paths;
  };
  await own.close();
  const { responses, security } = paths["/mine"]!.post!;
  expect(Object.keys(responses)).toEqual([
    "200",
    "400",
    "401",
    "403",
    "408",
    "409",
    "413",
    "415",
    "429",
    "500",
    "503",
  ]);
  expect(responses["409"]?.description).toBe("Kept already.");
  expect(security).toBeUndefined();
  expect(paths["/health"]!.get!.security).toEqual([]);
});

test("it can be browsed, with nothing from elsewhere", async () => {
  const page = await face.app.inject({ method: "GET", url: "/docs" });
  // Its scripts write styles into the page; those of no other page may.
  expect(page.headers["content-security-policy"]).toMatch(
    /^default-src 'none'; script-src 'self';.*style-src 'self' 'unsafe-inline';/,
  );
  const { headers } = await face.app.inject({ method: "GET", url: "/" });
  expect(headers["content-security-policy"]).not.toContain("unsafe");
  const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
  expect(files.length).toBeGreaterThan(4);
  for (const url of files) {
    expect(url).toMatch(/^\/docs\/static\//);
    expect((await face.app.inject({ method: "GET", url })).statusCode, url).toBe(200);
  }
  expect((await face.app.inject({ method: "GET", url: "/docs/json" })).json()).toEqual(document);
  expect((await face.app.inject({ method: "GET", url: "/docs/static/nothing.js" })).json().code).toBe(
    "NOT_FOUND",
  );
});

test("the WebSocket's document stands beside it", async () => {
  const [here, there] = await Promise.all(
    ["/asyncapi.json", "/v1/realtime/asyncapi.json"].map((url) => face.app.inject({ method: "GET", url })),
  );
  expect(here?.json().asyncapi).toMatch(/^3\./);
  expect(here?.body).toBe(there?.body);
});
