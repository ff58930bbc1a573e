/**
 * Power cuts: one life of a server (first start, talk, erasure, stop) is recorded at its file system, and the disk is put
 * together as twenty cuts would have left it, with a random part of what was not flushed. From each a server starts.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { readOperations } from "../../support/power-cut/operations.ts";
import {
  askPort,
  beginSession,
  converse,
  machineTime,
  makePersona,
  openTypist,
  type Promised,
  RestartedServer,
} from "../../support/power-cut/promises.ts";
import { ReplayedDisk } from "../../support/power-cut/replay.ts";
import { startMortal } from "../../support/survival-server.ts";

const recorder = fileURLToPath(new URL("../../support/power-cut/recorder.ts", import.meta.url));
const scripted = {
  TRANSCRIBER: "scripted",
  REPLY_MODEL: "scripted",
  SYNTHESIZER: "scripted",
  LOG_LEVEL: "info",
};
const cutsOfPhase = 5;
const talkMs = 8_000;
/** Longest wait for what an erasure does behind its answer, ms. */
const scrubMs = 60_000;

interface Phase {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** A sequence of numbers from 0 to 1 that a seed repeats (mulberry32). */
function seeded(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Lets a server live once, recorded; returns what it promised, and when each phase was. */
async function recordLife(folder: string): Promise<{ promised: Promised[]; phases: Phase[] }> {
  const promised: Promised[] = [];
  const disk = join(folder, "disk");
  mkdirSync(disk);
  const bornAt = machineTime();
  const record = { POWER_CUT_ROOT: disk, POWER_CUT_LOG: join(folder, "recording") };
  const NODE_OPTIONS = `--import=${recorder}`;
  const server = await startMortal({ ...scripted, ...record, NODE_OPTIONS, DATA_DIR: join(disk, "data") });
  const { port } = server;
  onTestFinished(() => server.kill());
  const talkFrom = machineTime();

  const typists = ["a", "b", "c"].map((name) => openTypist(port, name, promised));
  let over = false;
  const conversations = [1, 2].map(() => converse(port, promised, () => over));
  await makePersona(port, "cut-early", promised);
  await wait(talkMs);

  const erasureFrom = machineTime();
  for (let n = 0; n < 3; n++) {
    const sessionId = await beginSession(port, promised);
    await askPort(port, `POST /api/sessions/${sessionId}/messages`, { text: "To be erased." });
    await askPort(port, `DELETE /api/sessions/${sessionId}`);
    const isKept = async (on: RestartedServer) =>
      (await on.ask(`GET /api/sessions/${sessionId}`)).status === 404;
    promised.push({ at: machineTime(), what: `erasure of ${sessionId}`, isKept });
  }
  const until = machineTime() + scrubMs;
  while (!server.said.some((line) => line.includes("scrub finished")) && machineTime() < until)
    await wait(100);
  await wait(1500);

  const stopFrom = machineTime();
  server.signal("SIGTERM");
  over = true;
  for (const typist of typists) typist.stop();
  await Promise.allSettled(conversations);
  await server.gone;
  const phases = [
    { name: "first start", from: bornAt, to: talkFrom },
    { name: "talk", from: talkFrom, to: erasureFrom },
    { name: "erasure", from: erasureFrom, to: stopFrom },
    { name: "stop", from: stopFrom, to: machineTime() + 1 },
  ];
  return { promised, phases };
}

/** Whether a promise holds after a cut at `at`; an erasure that was asked for may have come before what it erases. */
function isDue({ at: since, sessionId }: Promised, at: number, promised: readonly Promised[]): boolean {
  if (since > at) return false;
  return !promised.some(({ what }) => what === `erasure of ${sessionId}`);
}

test("[ST12] after a power cut at any moment the server starts, and all that it said is safe is there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kuku-power-"));
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  const random = seeded(seed);
  const { promised, phases } = await recordLife(folder);
  const cuts = phases
    .flatMap((phase) =>
      Array.from({ length: cutsOfPhase }, () => ({
        phase: phase.name,
        at: phase.from + random() * (phase.to - phase.from),
      })),
    )
    .sort((a, b) => a.at - b.at);

  const disk = new ReplayedDisk();
  const operations = readOperations(readFileSync(join(folder, "recording")));
  let next = operations.next();
  const table = phases.map(({ name }) => ({ phase: name, cuts: 0, started: 0, promised: 0, missing: 0 }));
  const complaints: string[] = [];
  for (const [n, { phase, at }] of cuts.entries()) {
    for (; !next.done && next.value.at <= at; next = operations.next()) disk.apply(next.value);
    const root = join(folder, `cut-${n}`);
    disk.writeAfterCut(root, random);
    const row = table.find((each) => each.phase === phase)!;
    row.cuts++;
    const due = promised.filter((each) => isDue(each, at, promised));
    row.promised += due.length;
    try {
      const server = await startMortal({ ...scripted, DATA_DIR: join(root, "data") });
      row.started++;
      const restarted = new RestartedServer(server.port);
      for (const each of due) {
        if (await each.isKept(restarted)) continue;
        row.missing++;
        complaints.push(`${phase}, ${Math.round(at - phases[0]!.from)} ms: ${each.what}`);
      }
      await server.kill();
    } catch (error) {
      row.missing += due.length;
      complaints.push(`${phase}, ${Math.round(at - phases[0]!.from)} ms: ${(error as Error).message}`);
    }
    rmSync(root, { recursive: true, force: true });
  }
  console.info(`seed ${seed}`);
  console.table(table);
  rmSync(folder, { recursive: true, force: true });
  expect(complaints).toEqual([]);
  expect(table.map(({ started }) => started)).toEqual(phases.map(() => cutsOfPhase));
  expect(table.reduce((sum, row) => sum + row.promised, 0)).toBeGreaterThan(100);
});
