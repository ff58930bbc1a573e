/** What is shipped: that the image holds all it needs, starts and is found healthy, and that the hosts' files fit the server. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readConfig, settings } from "../../../src/server/config/config.ts";
import { programEnv } from "../../support/program-env.ts";
import { reservePort } from "../../support/reserve-port.ts";
import { testDataDir } from "../../support/test-database.ts";

const readYaml = (path: string) => parse(readFileSync(path, "utf8"), { strict: true });
const names = Object.keys(settings);

/** A Dockerfile's last stage, as far as ours goes: no line of it is passed over. */
function readDockerfile() {
  const lines = readFileSync("Dockerfile", "utf8")
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\s*\\\n\s*/g, " ");
  const steps = lines.split("\n").flatMap((line) => {
    const [, name, rest] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    return name && rest ? [{ name, rest }] : [];
  });
  const last = steps.slice(steps.findLastIndex(({ name }) => name === "FROM"));
  const all = (name: string) => last.filter((step) => step.name === name).map(({ rest }) => rest);
  const env = Object.fromEntries(all("ENV").flatMap((rest) => rest.split(" ").map((one) => one.split("="))));
  const copies = all("COPY").map((rest) => rest.split(" "));
  return {
    steps,
    env: env as Record<string, string>,
    user: all("USER")[0],
    /** Paths of this repository. */
    sources: copies.filter(([first]) => !first?.startsWith("--")).flatMap((paths) => paths.slice(0, -1)),
    /** Paths that an earlier stage built. */
    built: copies
      .filter(([first, from]) => first?.startsWith("--from") && !from?.endsWith("node_modules"))
      .map((paths) => paths.at(-1)?.slice(2) ?? ""),
    check: JSON.parse(all("HEALTHCHECK")[0]?.replace(/^.*?CMD /, "") ?? "[]") as string[],
    command: JSON.parse(all("CMD")[0] ?? "[]") as string[],
  };
}

const image = readDockerfile();
const folder = mkdtempSync(join(tmpdir(), "kuku-image-"));
const dataDir = testDataDir();
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  for (const path of [folder, dataDir]) rmSync(path, { recursive: true, force: true });
});

/** What the image would hold: the copied paths, and of the packages those that a server needs at run time. */
function fillImage(): void {
  execFileSync(process.execPath, ["--no-warnings", "scripts/build-pages.ts"]);
  for (const path of [...image.sources, ...image.built])
    cpSync(path, join(folder, path), { recursive: true });
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
    packages: Record<string, { dev?: boolean }>;
  };
  for (const [path, { dev }] of Object.entries(packages)) {
    if (/^node_modules\/(@esbuild\/|(esbuild|preact)$)/.test(path)) continue;
    // Nobody asks for traces here: then nothing of these may be loaded.
    if (path.startsWith("node_modules/@opentelemetry/")) continue;
    // Those in folders of other packages come along with them.
    if (!/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) || dev || !existsSync(path)) continue;
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    symlinkSync(join(process.cwd(), path), join(folder, path), "dir");
  }
}

/** What says who may talk, as compose.yaml does. */
const anonymous = { ALLOW_ANONYMOUS: "1" };
const run = (
  [program, ...args]: readonly string[],
  env: Record<string, string>,
  errors: "inherit" | "pipe" = "inherit",
) => {
  const child = spawn(program === "node" ? process.execPath : (program ?? ""), args, {
    cwd: folder,
    env: { ...programEnv, ...image.env, DATA_DIR: dataDir, ...env },
    stdio: ["ignore", "pipe", errors],
  });
  children.push(child);
  return child;
};

describe("the image", () => {
  beforeAll(fillImage);

  test("has the current Node, runs as nobody special, and copies only what is there", () => {
    const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
    const bases = image.steps.filter(({ name }) => name === "FROM").map(({ rest }) => rest.split(" ")[0]);
    const major = /\d+/.exec(devDependencies.node)?.[0];
    expect(new Set(bases)).toEqual(new Set([`node:${major}-slim`]));
    expect(image.user).toBe("node");
    expect(image.sources).toEqual(expect.arrayContaining(["package.json", "src"]));
    expect(image.built).toEqual(["dist"]);
    const letIn = readFileSync(".dockerignore", "utf8").split("\n");
    expect(letIn).toContain("*");
    for (const path of [...image.sources, "package-lock.json", ".npmrc"]) {
      expect(existsSync(path), path).toBe(true);
      expect(letIn, path).toContain(`!${path}`);
    }
    expect(names).toEqual(
      expect.arrayContaining(Object.keys(image.env).filter((name) => name !== "NODE_ENV")),
    );
  });

  test("does not start for other machines before it is told who may talk", async () => {
    const refused = run(image.command, { PORT: "0" }, "pipe");
    const [said, [code]] = await Promise.all([text(refused.stderr!), once(refused, "exit")]);
    expect(code).toBe(1);
    expect(said).toMatch(/^AUTH: .*AUTH=accounts.*ALLOW_ANONYMOUS/);
  });

  test("migrates, starts with what it holds and nothing else, and is found healthy", async () => {
    const [migrated] = await once(run([...image.command, "--migrate"], anonymous), "exit");
    expect(migrated).toBe(0);
    const server = run(image.command, { PORT: "0", ...anonymous });
    const exited = once(server, "exit");
    let port = "";
    for await (const line of createInterface({ input: server.stdout! })) {
      port = /"port":(\d+)/.exec(line)?.[1] ?? "";
      if (port) break;
    }
    expect((await once(run(image.check, { PORT: port }), "exit"))[0]).toBe(0);
    const page = await fetch(`http://127.0.0.1:${port}/`, { headers: { accept: "text/html" } });
    expect(await page.text()).toContain("<!doctype html>");
    // It is open to other machines, and has no token.
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(404);
    server.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
    expect((await once(run(image.check, { PORT: port }), "exit"))[0]).toBe(1);
  });
});

test("a database that is not there yet is waited for", async () => {
  const url = `postgres://nobody:secret@127.0.0.1:${await reservePort()}/none`;
  const child = spawn(process.execPath, ["src/server/main.ts", "--migrate"], {
    env: { ...programEnv, DATA_DIR: dataDir, DATABASE_URL: url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  let tries = 0;
  for await (const line of createInterface({ input: child.stdout! })) {
    expect(line).toContain("database not reachable yet");
    expect(line).not.toContain("secret");
    if (++tries === 3) break;
  }
  expect([tries, child.exitCode]).toEqual([3, null]);
});

describe("the hosts' files", () => {
  test("compose.yaml starts the server behind its database, for this machine alone", () => {
    const { services, volumes } = readYaml("compose.yaml");
    const { server, database } = services;
    expect(server.build).toBe(".");
    expect(names).toEqual(expect.arrayContaining(Object.keys(server.environment)));
    const url = server.environment.DATABASE_URL.replace(/\$\{.*?\}/, "secret");
    expect(settings.DATABASE_URL.schema.safeParse(url).success).toBe(true);
    expect(new URL(url).hostname).toBe("database");
    expect(new URL(url).pathname).toBe(`/${database.environment.POSTGRES_DB}`);
    expect(server.depends_on.database.condition).toBe("service_healthy");
    expect(database.healthcheck.test).toContainEqual(expect.stringContaining("pg_isready"));
    // Whoever reaches it is let in, and that is this machine.
    expect(server.environment.ALLOW_ANONYMOUS).toMatch(/^\$\{ALLOW_ANONYMOUS:-1\}$/);
    const asComposed = { HOST: server.environment.HOST, DATABASE_URL: url };
    expect(readConfig({ ...asComposed, ALLOW_ANONYMOUS: "1" }).access.anonymous).toBe(true);
    const accounts = { AUTH: "accounts", AUTH_SECRET: "s".repeat(32), PUBLIC_URL: "https://coach.example" };
    expect(readConfig({ ...asComposed, ALLOW_ANONYMOUS: "1", ...accounts }).access).toMatchObject({
      mode: "accounts",
      anonymous: false,
    });
    for (const address of server.ports) expect(address).toBe(`127.0.0.1:8000:${server.environment.PORT}`);
    expect(database.ports).toBeUndefined();
    const mounts = [...server.volumes, ...database.volumes].map((mount: string) => mount.split(":"));
    expect(mounts.map(([volume]) => volume)).toEqual(Object.keys(volumes));
    expect(mounts[0]?.[1]).toBe(image.env.DATA_DIR);
  });

  test("render.yaml and Procfile migrate before a new version takes over", () => {
    const migrate = "node src/server/main.ts --migrate";
    const { services, databases } = readYaml("render.yaml");
    const [web] = services;
    expect(web).toMatchObject({ type: "web", runtime: "docker", healthCheckPath: "/health" });
    expect(web.preDeployCommand).toBe(migrate);
    const variables = web.envVars as { key: string; fromDatabase?: { name: string } }[];
    expect(names).toEqual(expect.arrayContaining(variables.map(({ key }) => key)));
    // People sign in, and the secret is made on the spot.
    const valued = web.envVars as { key: string; value?: string; generateValue?: boolean; sync?: boolean }[];
    const values = Object.fromEntries(valued.map(({ key, ...rest }) => [key, rest]));
    expect(values.AUTH).toEqual({ value: "accounts" });
    expect(values.AUTH_SECRET).toEqual({ generateValue: true });
    expect(values.PUBLIC_URL).toEqual({ sync: false });
    expect(values.ALLOW_ANONYMOUS).toBeUndefined();
    const given = Object.fromEntries(valued.map(({ key, value = "" }) => [key, value]));
    expect(() => readConfig({ ...given, AUTH_SECRET: "s".repeat(44) })).toThrow(/^PUBLIC_URL: /);
    const asked = { AUTH_SECRET: "s".repeat(44), PUBLIC_URL: "https://coach.example" };
    expect(readConfig({ ...given, ...asked }).access).toMatchObject({ mode: "accounts", anonymous: false });
    // The platform gives the port.
    expect(variables.map(({ key }) => key)).not.toContain("PORT");
    const { fromDatabase } = variables.find(({ key }) => key === "DATABASE_URL") ?? {};
    expect(databases.map(({ name }: { name: string }) => name)).toEqual([fromDatabase?.name]);
    const processes = parse(readFileSync("Procfile", "utf8"), { strict: true });
    expect(processes).toEqual({ release: migrate, web: "exec env HOST=0.0.0.0 node src/server/main.ts" });
  });
});
