/** Every way in which a start fails: one line that says why, exit code 1, nothing left behind and nothing overwritten. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import pg from "pg";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { startBucket } from "../../support/bucket.ts";
import { programEnv } from "../../support/program-env.ts";
import { reservePort } from "../../support/reserve-port.ts";
import { testDatabase, testDataDir } from "../../support/test-database.ts";

const root = mkdtempSync(join(tmpdir(), "kuku-start-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const scripted = {
  TRANSCRIBER: "scripted",
  REPLY_MODEL: "scripted",
  SYNTHESIZER: "scripted",
  LOG_LEVEL: "info",
};
const main = ["src/server/main.ts"];

/** Starts a server that is to fail. `within`: a command that runs another, before it. */
async function failedStart(env: Record<string, string>, within: readonly string[] = []) {
  const [command = "", ...args] = [...within, process.execPath, ...main];
  const child = spawn(command, args, {
    env: { ...programEnv, PORT: "0", ...scripted, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [said, complaint, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { said, complaint, code };
}

/** Starts a server that must say this one line and end. */
async function expectFailure(env: Record<string, string>, reason: RegExp, within?: readonly string[]) {
  const { said, complaint, code } = await failedStart(env, within);
  expect(complaint).toMatch(reason);
  expect(complaint.trimEnd().split("\n")).toHaveLength(1);
  expect(code).toBe(1);
  expect(said).not.toContain("listening");
  return said;
}

/** The files below a folder, with their contents. */
function contents(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true }) as string[])
    if (statSync(join(folder, name)).isFile())
      files[name] = readFileSync(join(folder, name)).toString("base64");
  return files;
}

/** A folder that is not there yet. */
const missing = (name: string) => join(root, name);

test("[SU1] a port in use is told before anything is opened or made", async () => {
  const busy = createServer().listen(0, "127.0.0.1");
  await once(busy, "listening");
  onTestFinished(() => void busy.close());
  const { port } = busy.address() as AddressInfo;
  await expectFailure(
    { PORT: String(port), DATA_DIR: missing("port") },
    /^PORT: \d+ is in use on 127\.0\.0\.1/,
  );
  expect(existsSync(missing("port"))).toBe(false);
});

test("[SU1] a host that is not this machine's, a bad certificate and bad settings are told by their names", async () => {
  const pem = join(root, "bad.pem");
  writeFileSync(pem, "no certificate");
  const cases: [Record<string, string>, RegExp][] = [
    [{ HOST: "192.0.2.1", ALLOW_ANONYMOUS: "1" }, /^HOST: 192\.0\.2\.1 is no address of this machine/],
    [{ TLS_CERT: pem, TLS_KEY: pem }, /^TLS_CERT, TLS_KEY: cannot be used/],
    [{ PERSONAS_DIR: missing("personas") }, /^PERSONAS_DIR: cannot read/],
    [{ S3_ACCESS_KEY_ID: "half" }, /^S3_SECRET_ACCESS_KEY: must be set/],
    [{ AUDIO_STORE: "s3://" }, /^AUDIO_STORE: cannot be used: an address of audio objects is s3:/],
    [{ DATABASE_URL: "mysql://nowhere" }, /^DATABASE_URL: must be a postgres/],
  ];
  await Promise.all(
    cases.map(([env, reason], n) => expectFailure({ DATA_DIR: missing(`set-${n}`), ...env }, reason)),
  );
});

test("[SU1] a data folder that cannot be one is told with the reason", async () => {
  const file = join(root, "file");
  writeFileSync(file, "mine");
  await expectFailure(
    { DATA_DIR: file },
    /^DATA_DIR: nothing can be kept in .*file: a file stands where a folder must be/,
  );
  await expectFailure({ DATA_DIR: join(file, "below") }, /^DATA_DIR: .*a file stands where a folder must be/);
  expect(readFileSync(file, "utf8")).toBe("mine");
});

test.runIf(process.platform === "linux")(
  "[SU1] a data folder below /proc or /sys ends the start instead of hanging",
  async () => {
    await expectFailure(
      { DATA_DIR: "/proc/nope" },
      /^DATA_DIR: nothing can be kept in \/proc\/nope: .*\(E[A-Z]+\)$/m,
    );
    await expectFailure(
      { DATA_DIR: "/sys/nope" },
      /^DATA_DIR: nothing can be kept in \/sys\/nope: .*\(E[A-Z]+\)$/m,
    );
    // A folder of audio is made in the same way.
    await expectFailure(
      { DATA_DIR: missing("audio"), AUDIO_STORE: "/proc/nope" },
      /^AUDIO_STORE: cannot be used: .*\(E[A-Z]+\)$/m,
    );
  },
);

const mounts = spawnSync("unshare", ["-m", "true"]).status === 0;
/** Runs a command with a small disk at `place`, in a mount namespace of its own. `before`: a command with the disk mounted. */
const onSmallDisk = (place: string, options: string, before = "true") => [
  "unshare",
  "-m",
  "sh",
  "-c",
  `mount -t tmpfs -o ${options} small '${place}' && ${before}; exec "$@"`,
  "sh",
];

test.runIf(mounts)("[SU1] a disk that is full, nearly full or read-only is told as such", async () => {
  const place = join(root, "small");
  mkdirSync(place);
  const env = { DATA_DIR: place };
  const fill = `head -c 2m /dev/zero > '${place}/rest' 2>/dev/null`;
  await expectFailure(
    env,
    /^DATA_DIR: .*no room is left on the disk \(ENOSPC\)/,
    onSmallDisk(place, "size=1m", fill),
  );
  await expectFailure(
    env,
    /^DATA_DIR: no room is left on the disk .*: 29 MB are free, and 80 MB are needed/,
    onSmallDisk(place, "size=30m"),
  );
  await expectFailure(env, /^DATA_DIR: .*the file system is read-only/, onSmallDisk(place, "ro"));
  const full = testDataDir();
  onTestFinished(() => rmSync(full, { recursive: true }));
  const copy = `cp -r '${full}/.' '${place}' && (${fill}; head -c 40m /dev/zero > '${place}/rest' 2>/dev/null)`;
  await expectFailure(env, /^DATA_DIR: .*no room is left on the disk/, onSmallDisk(place, "size=60m", copy));
});

test("[SU1] a folder that another process uses is told as such, and a damaged lock as that", async () => {
  const folder = testDataDir();
  const { lockFile } = await import("../../../src/store/embedded/lock.ts");
  const unlock = lockFile(join(folder, "database.lock"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await expectFailure({ DATA_DIR: folder }, /^DATA_DIR: another process uses this data folder/);
  unlock();
  writeFileSync(join(folder, "database.lock"), "no lock at all ".repeat(100));
  await expectFailure(
    { DATA_DIR: folder },
    /^DATA_DIR: .*database\.lock cannot be locked \(file is not a database\)/,
  );
});

test("[SU2] half a restore is refused, and stays as it is", async () => {
  const whole = testDataDir();
  onTestFinished(() => rmSync(whole, { recursive: true }));
  for (const part of ["PG_VERSION", "global/pg_control", "base", "pg_wal", "pg_xact"]) {
    const folder = missing(`half-${part.replace("/", "-")}`);
    cpSync(whole, folder, { recursive: true });
    rmSync(join(folder, "database", part), { recursive: true });
    const before = contents(join(folder, "database"));
    await expectFailure(
      { DATA_DIR: folder },
      new RegExp(`^DATA_DIR: .*database is no whole database \\(${part} is missing\\)`),
    );
    expect(contents(join(folder, "database"))).toEqual(before);
  }
});

test("[SU2] damaged files are told as PostgreSQL tells them, and stay", async () => {
  const whole = testDataDir();
  onTestFinished(() => rmSync(whole, { recursive: true }));
  const damages: [string, (file: Buffer) => Buffer, RegExp][] = [
    ["global/pg_control", (file) => Buffer.alloc(file.length), /PostgreSQL says: /],
    [
      "PG_VERSION",
      () => Buffer.from("9.6\n"),
      /PostgreSQL says: database files are incompatible with server/,
    ],
    ["global/pg_filenode.map", (file) => Buffer.alloc(file.length), /PostgreSQL says: .*pg_filenode\.map/],
  ];
  for (const [name, damage, reason] of damages) {
    const folder = missing(`damaged-${name.replace("/", "-")}`);
    cpSync(whole, folder, { recursive: true });
    const path = join(folder, "database", name);
    const damaged = damage(readFileSync(path));
    writeFileSync(path, damaged);
    await expectFailure(
      { DATA_DIR: folder },
      new RegExp(`^DATA_DIR: the database in .* cannot be started: ${reason.source}`),
    );
    expect(readFileSync(path)).toEqual(damaged);
    expect(readdirSync(folder).sort()).toEqual(["database", "database.lock"]);
  }
});

test("[SU2] a signing key that a power cut has emptied is refused, since anybody could sign with it", async () => {
  const folder = testDataDir();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const content of ["", "\0".repeat(80)]) {
    writeFileSync(join(folder, "signing.key"), content);
    await expectFailure({ DATA_DIR: folder }, /^DATA_DIR: .*signing\.key is damaged; restore it/);
    expect(readFileSync(join(folder, "signing.key"), "utf8")).toBe(content);
  }
});

test("[SU1] a database that refuses is told at once, without another try, and without its password", async () => {
  const url = new URL(await testDatabase());
  const changed = (change: (url: URL) => void) => {
    const other = new URL(url);
    change(other);
    return other.href;
  };
  const cases: [string, RegExp][] = [
    [changed((at) => (at.password = "zanzibar")), /password authentication failed for user "postgres"/],
    [changed((at) => (at.pathname = "/nothing_here")), /database "nothing_here" does not exist/],
    [
      changed((at) => at.searchParams.set("sslmode", "verify-full")),
      /The server does not support SSL connections/,
    ],
    [changed((at) => at.searchParams.set("sslrootcert", "/nowhere.pem")), /ENOENT/],
  ];
  const starts = cases.map(async ([DATABASE_URL, reason], n) => {
    const expected = new RegExp(
      `^DATABASE_URL: the database at 127\\.0\\.0\\.1:\\d+ cannot be used: .*${reason.source}`,
    );
    const said = await expectFailure({ DATA_DIR: missing(`url-${n}`), DATABASE_URL }, expected);
    expect(said).not.toContain("not reachable yet");
    expect(said).not.toContain("zanzibar");
  });
  await Promise.all(starts);
});

test("[SU1] a database that is away is waited for, and the reason told from the first try on", async () => {
  const away: [string, string][] = [
    [`127.0.0.1:${await reservePort()}`, "connect ECONNREFUSED"],
    ["nowhere.invalid", "getaddrinfo"],
  ];
  const starts = away.map(async ([host, reason], n) => {
    const env = { DATA_DIR: missing(`away-${n}`), DATABASE_URL: `postgres://ann:secret@${host}/kuku` };
    const said = await expectFailure(
      env,
      new RegExp(`^DATABASE_URL: the database at ${host} cannot be used: ${reason}`),
    );
    expect(said).toMatch(new RegExp(`${reason}.*"database not reachable yet"`));
  });
  await Promise.all(starts);
});

test("[SU1] a bucket that is not there ends the start, and the node and its jobs leave the database", async () => {
  const bucket = await startBucket("kuku");
  onTestFinished(() => bucket.close());
  const { endpoint, credentials } = bucket.s3;
  const databaseUrl = await testDatabase();
  const s3 = {
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY_ID: credentials.accessKeyId,
    S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  const env = {
    ...s3,
    DATA_DIR: missing("bucket"),
    DATABASE_URL: databaseUrl,
    AUDIO_STORE: "s3://elsewhere",
  };
  await expectFailure(env, /^AUDIO_STORE: cannot be used: bucket elsewhere: .*\(NoSuchBucket\)/);
  expect(await nodesOn(databaseUrl)).toEqual([]);
});

test("[SU1] a start that a bug or a signal ends leaves no node behind", async () => {
  const databaseUrl = await testDatabase();
  const env = { DATA_DIR: missing("bug"), DATABASE_URL: databaseUrl };
  const soon = (act: string) => ({
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`setTimeout(() => { ${act} }, 700)`)}`,
  });
  await expectFailure({ ...env, ...soon(`throw new Error("a bug")`) }, /^Kuku Coach could not start: a bug/);
  const { complaint, code } = await failedStart({ ...env, ...soon(`process.kill(process.pid, "SIGTERM")`) });
  expect([complaint, code]).toEqual(["", 143]);
  expect(await nodesOn(databaseUrl)).toEqual([]);
});

async function nodesOn(connectionString: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query("select id from kuku.nodes")).rows;
  } finally {
    await client.end();
  }
}
