/** Modules that a server loads at its start, as Node itself reports them. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { programEnv } from "../../support/program-env.ts";

const root = join(import.meta.dirname, "../../..");

/** Reports the URL and format of each module that a program loads, once it ends. */
const report = `
import { registerHooks } from "node:module";
const loaded = {};
registerHooks({ load(url, context, next) {
  const module = next(url, context);
  loaded[url] = module.format;
  return module;
} });
process.on("exit", () => console.log(JSON.stringify(loaded)));`;

/** Runs a module's source in a process of its own. @returns the format of each module it has loaded, by URL */
async function modulesOf(source: string, env: Record<string, string> = {}): Promise<Record<string, string>> {
  const args = [`--import=data:text/javascript,${encodeURIComponent(report)}`, "--input-type=module", "-e"];
  const options = { cwd: root, env: { ...programEnv, ...env } };
  const { stdout } = await promisify(execFile)(process.execPath, [...args, source], options);
  return JSON.parse(stdout);
}

const server = `await Promise.all([
  import("./src/server/app/compose.ts"),
  import("./src/server/app/server.ts"),
  import("./src/server/operations/metrics.ts"),
]);`;
const quick = `(await import("./src/server/app/module-loading.ts")).speedUpModuleLoading();`;

const names = (modules: Record<string, string>) => Object.keys(modules).join("\n");

test("[SU5] what only accounts, mails, buckets, traces, providers or certificates need is not loaded at the start", async () => {
  const loaded = names(await modulesOf(server));
  expect(loaded).toContain("/src/server/api/accounts/routes.ts");
  const optional =
    /node_modules\/(better-auth|@better-auth|kysely|jose|nodemailer|@aws-sdk|@smithy|@opentelemetry\/(?!api\/)[^/]+|openai|selfsigned)\//g;
  expect([...new Set(loaded.match(optional))]).toEqual([]);
});

test("[SU5] drizzle-orm's modules are the same whether Node looks their format up or not", async () => {
  const schema = `await import("./src/store/database.ts");`;
  const [byNode, byHook] = await Promise.all([modulesOf(schema), modulesOf(quick + schema)]);
  const drizzle = (modules: Record<string, string>) =>
    Object.entries(modules).filter(([url]) => url.includes("/node_modules/drizzle-orm/"));
  expect(drizzle(byHook).length).toBeGreaterThan(50);
  expect(drizzle(byHook)).toEqual(drizzle(byNode));
  expect(JSON.parse(readFileSync(join(root, "node_modules/drizzle-orm/package.json"), "utf8")).type).toBe(
    "module",
  );
});

test("[SU5] a folder of compiled code that cannot be made changes nothing", async () => {
  const env = { NODE_COMPILE_CACHE: join(root, "package.json/compiled") };
  expect(names(await modulesOf(`${quick}await import("./src/store/database.ts");`, env))).toContain(
    "/src/store/database.ts",
  );
});
