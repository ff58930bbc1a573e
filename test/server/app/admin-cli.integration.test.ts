/** `kuku admin`: the first administrator of a server, from its own machine. */
import { rmSync } from "node:fs";
import { PassThrough, Readable } from "node:stream";
import { beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../src/lib/clock.ts";
import { runAdmin } from "../../../src/server/app/admin-cli.ts";
import { openStore } from "../../../src/store/open-store.ts";
import { testDatabase, testDataDir } from "../../support/test-database.ts";

let settings: Record<string, string>;
beforeAll(async () => {
  const secret = "a secret of thirty-two characters or more";
  settings = { AUTH: "accounts", AUTH_SECRET: secret, DATABASE_URL: await testDatabase() };
});

/** Runs it with these settings beside the usual, `input` being what is piped in; a terminal's keys where it `isTTY`. */
async function run(words: string, options: { input?: Readable; env?: Record<string, string> } = {}) {
  const printed = { out: "", error: "" };
  const into = (name: keyof typeof printed) => ({
    write(text: string) {
      printed[name] += text;
    },
  });
  const code = await runAdmin(
    words.split(" "),
    {
      input: options.input ?? Readable.from([]),
      out: into("out"),
      error: into("error"),
    },
    { ...settings, ...options.env },
  );
  return { code, ...printed };
}

test("the first administrator gets a link, and is listed; blocking and letting in again", async () => {
  const made = await run("create --email Root@example.org --name Root", {
    env: { PUBLIC_URL: "https://coach.example.org" },
  });
  expect(made).toMatchObject({ code: 0, error: "" });
  expect(made.out).toMatch(
    /^root@example\.org is an administrator with a new account\.\n.*\nhttps:\/\/coach\.example\.org\/sign-in\.html#reset=\S+\n$/,
  );
  expect((await run("list")).out).toMatch(/^root@example\.org\tadmin\t\d{4}-\d\d-\d\d\tRoot\n$/);
  expect((await run("block root@example.org")).out).toBe("root@example.org is blocked.\n");
  expect((await run("list")).out).toContain("admin, blocked");
  expect((await run("unblock root@example.org")).code).toBe(0);
  expect(await run("block nobody@example.org")).toMatchObject({
    code: 1,
    error: "kuku admin: there is no account of nobody@example.org\n",
  });
});

test("a password comes in by the standard input, or is typed unseen, twice", async () => {
  const piped = await run("create --email two@example.org --password-stdin", {
    input: Readable.from(["a password from a file\n"]),
  });
  expect(piped).toEqual({
    code: 0,
    out: "two@example.org is an administrator with a new account.\n",
    error: "",
  });
  const type = async (...lines: string[]) => {
    const keys = Object.assign(new PassThrough(), { isTTY: true });
    for (const line of lines) keys.write(`${line}\r`);
    return run("create --email two@example.org", { input: keys });
  };
  const typed = await type("typed by hand", "typed by hand");
  expect(typed).toMatchObject({ code: 0, out: "two@example.org is an administrator.\n" });
  expect(typed.error).not.toContain("typed");
  expect(await type("typed by hand", "typed otherwise")).toMatchObject({ code: 2, out: "" });
  expect((await type("")).out).toContain("#reset=");
  expect(await type("short", "short")).toMatchObject({
    code: 2,
    error: expect.stringContaining("a password has 10 to 128 characters"),
  });
});

test("while the server runs on the embedded database, it says that it must be stopped", async () => {
  const folder = testDataDir();
  const store = await openStore({ dataDir: folder, clock: systemClock, nodeId: "node_1" });
  const embedded = { DATABASE_URL: "", DATA_DIR: folder };
  const refused = await run("list", { env: embedded });
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.error).toMatch(/another process uses this data folder .*; stop it/);
  await store.close();
  expect(await run("list", { env: embedded })).toEqual({ code: 0, out: "", error: "" });
  rmSync(folder, { recursive: true, force: true });
});

test("where nobody signs in, whoever makes an administrator is told", async () => {
  const made = await run("create --email root@example.org", { env: { AUTH: "none" } });
  expect(made.code).toBe(0);
  expect(made.error).toContain("that takes AUTH=accounts");
});

test.each(["create", "create --email nobody", "block", "explode", "create --email a@b.co --colour red"])(
  "`kuku admin %s` is no command, and asks nobody anything",
  async (words) => {
    const refused = await run(words);
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.error).toContain("kuku admin create --email");
  },
);

test("settings that do not go together are said to be so", async () => {
  expect(await run("list", { env: { HOST: "0.0.0.0" } })).toMatchObject({
    code: 1,
    error: expect.stringContaining("PUBLIC_URL"),
  });
});
