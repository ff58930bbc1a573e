import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { accountDataRoutes } from "../../../src/server/api/account-data.ts";
import { eventually } from "../../support/eventually.ts";
import { overriding } from "../../support/overriding.ts";
import { ask, begin, type RestServer, startRest } from "../../support/rest.ts";
import { testDataDir } from "../../support/test-database.ts";
import { filesWith } from "./scan.ts";

let rest: RestServer | undefined;
let dataDir = "";
afterEach(async () => {
  await rest?.close({ keep: true });
  rest = undefined;
  await rm(dataDir, { recursive: true });
});

const scrubbed = (server: RestServer) => server.logged.filter(({ msg }) => msg === "scrub finished").length;
const audioIn = async (folder: string) => {
  const entries = await readdir(join(folder, "audio"), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
};

it("an erasure that was killed in the middle is finished by the next process", async () => {
  dataDir = testDataDir();
  const eraser = fileURLToPath(new URL("eraser.ts", import.meta.url));
  const child = spawn(process.execPath, ["--no-warnings", eraser, dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.includes("removing")) child.kill("SIGKILL");
  });
  const [, signal] = await once(child, "close");
  expect(signal).toBe("SIGKILL");
  expect(await filesWith(dataDir, ["zanzibarqx"])).not.toEqual([]);
  expect(await audioIn(dataDir)).toHaveLength(2);

  const server = await startRest({ dataDir, moreRoutes: accountDataRoutes });
  rest = server;
  const { body } = await ask(server.server, "GET /api/sessions");
  expect(body.data.sessions).toEqual([]);
  await eventually(async () => expect(await audioIn(dataDir)).toEqual([]));
  await eventually(() => expect(scrubbed(server)).toBeGreaterThan(0));
  expect(await filesWith(dataDir, ["zanzibarqx"])).toEqual([]);
});

it("where the storage is away the words are gone, and the files are removed once it is back", async () => {
  dataDir = testDataDir();
  let away = true;
  const server = await startRest({
    dataDir,
    moreRoutes: accountDataRoutes,
    objects: (real) =>
      overriding(real, {
        remove: (key) => (away ? Promise.reject(new Error("away")) : real.remove(key)),
      }),
  });
  rest = server;
  const id = await begin(server.server);
  await ask(server.server, `POST /api/sessions/${id}/messages`, { json: { text: "The zanzibarqx." } });
  const json = { confirm: "erase everything" };
  const { status, body } = await ask(server.server, "DELETE /api/me", { json });
  expect([status, body.data]).toEqual([202, { erased: true, complete: false }]);
  expect((await ask(server.server, `GET /api/sessions/${id}`)).status).toBe(404);
  expect((await ask(server.server, "GET /api/search/messages?q=zanzibarqx")).body.data.results).toEqual([]);
  expect(await audioIn(dataDir)).toHaveLength(1);
  away = false;
  await server.services.accountData.erasure.sweep();
  expect(await audioIn(dataDir)).toEqual([]);
  const { rows } = await server.store.database.pool.query("select id from kuku.sessions");
  expect(rows).toEqual([]);
});

it("what a killed database was just writing is swept away at its next start", async () => {
  dataDir = testDataDir();
  const base = join(dataDir, "database", "base");
  const [folder = ""] = (await readdir(base)).sort((a, b) => Number(a) - Number(b)).slice(-1);
  await rm(join(base, "pgsql_tmp"), { recursive: true, force: true });
  for (const name of ["999999", "999999_fsm", "t3_888888"])
    await writeFile(join(base, folder, name), "zanzibarqx");
  rest = await startRest({ dataDir });
  expect(await filesWith(dataDir, ["zanzibarqx"])).toEqual([]);
  await begin(rest.server);
});
