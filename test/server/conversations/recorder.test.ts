/** Recording a session on two tracks: a session on scripted engines, the clock in the test's hand, files on the disk. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, expect, test } from "vitest";
import { pcmToBytes } from "../../../src/pipeline/audio/pcm.ts";
import { partKey } from "../../../src/pipeline/recording/parts.ts";
import { readRecordingHeader } from "../../../src/pipeline/recording/wav-file.ts";
import { Recorder } from "../../../src/server/conversations/recorder.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { openDiskObjects } from "../../../src/store/objects/disk.ts";
import type { AudioRecord } from "../../../src/store/records.ts";
import { testJournal } from "../../support/journal.ts";
import { testSession } from "../../support/session.ts";

const folder = mkdtempSync(join(tmpdir(), "kuku-recorder-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const wait = () => new Promise((resolve) => setImmediate(resolve));

async function recorded() {
  const journal = testJournal();
  const s = testSession({
    extended: true,
    replies: ["One two three four five."],
    speech: { realTime: true },
  });
  const saved: AudioRecord[] = [];
  const objects = await openDiskObjects(folder, s.clock);
  const store = {
    saveAudio: async (_: string, record: AudioRecord) => void saved.push(record),
    unfinishedRecordings: async () =>
      journal.of("audio").map(({ audio }) => ({ ...audio, sessionId: "session-1" })),
  };
  const recorder = new Recorder({ objects, store, clock: s.clock, log: openLog("silent"), keptMs: 1000 });
  recorder.attend(s.session, journal.journal);
  const begun = async () => {
    s.client({ type: "session.update", session: { type: "realtime", kuku: { greet: false, record: true } } });
    // Opening it loads a module, which takes turns of the event loop and none of the clock.
    for (let i = 0; i < 200; i++) await wait();
  };
  const tracks = async (key: string) => {
    const wav = await buffer((await objects.open(key))!.body);
    const { rate } = readRecordingHeader(wav)!;
    const at = (ms: number, track: number) => {
      let sum = 0;
      const from = 44 + Math.round((ms * rate) / 1000) * 4;
      for (let i = 0; i < 160; i++) sum += Math.abs(wav.readInt16LE(from + i * 4 + track * 2));
      return sum / 160;
    };
    return {
      rate,
      ms: ((wav.length - 44) / 4 / rate) * 1000,
      user: (ms: number) => at(ms, 0),
      coach: (ms: number) => at(ms, 1),
    };
  };
  return { s, journal, saved, recorder, begun, tracks, objects };
}

type Setting = Awaited<ReturnType<typeof recorded>>;

async function hum({ s }: Setting, ms: number): Promise<void> {
  for (let t = 0; t < ms; t += 20) {
    await s.clock.advance(20);
    s.session.receiveAudio(
      pcmToBytes(Int16Array.from({ length: 480 }, (_, i) => 8000 * Math.sin((t * 24 + i) / 20))),
    );
  }
}

async function untilSaved({ saved }: Setting): Promise<AudioRecord> {
  while (saved.length === 0) await wait();
  return saved[0]!;
}

test("[ST8] nothing is recorded that was not agreed to", async () => {
  const t = await recorded();
  t.s.client({ type: "session.update", session: { type: "realtime", kuku: { greet: false } } });
  await hum(t, 500);
  t.s.session.end("client_gone");
  await t.s.session.ended;
  expect(t.journal.of("audio")).toEqual([]);
});

test("[ST8] user left, coach right, each where it was heard; a reply that was cut is cut", async () => {
  const t = await recorded();
  await t.begun();
  expect(t.journal.of("audio")).toMatchObject([{ audio: { kind: "recording", bytes: 0 } }]);
  await hum(t, 1000);
  await t.s.clock.advance(1000);
  t.s.session.receiveMessage("item_q", { text: "Count." });
  await t.s.until(() => t.s.phase() === "speaking");
  await t.s.clock.advance(1000);
  t.s.client({ type: "response.cancel" });
  await t.s.clock.advance(2000);
  t.s.session.end("client_gone");
  const record = await untilSaved(t);
  const { user, coach, ms } = await t.tracks(record.key);
  expect(record).toMatchObject({ contentType: "audio/wav", durationMs: expect.any(Number) });
  expect(ms).toBeGreaterThan(4500);
  expect(user(500)).toBeGreaterThan(1000);
  expect(user(1500)).toBe(0);
  expect(coach(500)).toBe(0);
  expect(Math.max(coach(2200), coach(2500), coach(2700))).toBeGreaterThan(100);
  expect(Math.max(coach(3300), coach(3600), coach(4000))).toBe(0);
});

test("[ST8] what a killed process left in parts is joined later", async () => {
  const t = await recorded();
  await t.begun();
  await hum(t, 25_000);
  const { key } = t.journal.of("audio")[0]!.audio;
  while (!(await t.objects.stat(partKey(key, 1)))) await wait();
  // As another process would, after this one is gone.
  await t.recorder.recover();
  const record = await untilSaved(t);
  expect(record.durationMs).toBeGreaterThan(9_000);
  expect((await t.tracks(record.key)).user(5_000)).toBeGreaterThan(1000);
});
