import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { type Clock, systemClock } from "../../../src/lib/clock.ts";
import { compose } from "../../../src/server/app/compose.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import type { Session } from "../../../src/session/session.ts";
import { testDataDir } from "../../support/test-database.ts";
import { type TestServer, testServer } from "../support.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** The machine's clock, counting the timers that wait. */
function countedClock(): Clock & { readonly pending: number } {
  let pending = 0;
  return {
    now: systemClock.now,
    wallTime: systemClock.wallTime,
    after(ms, callback) {
      let waits = true;
      pending++;
      const done = () => {
        if (waits) pending--;
        waits = false;
      };
      const cancel = systemClock.after(ms, () => {
        done();
        callback();
      });
      return () => {
        done();
        cancel();
      };
    },
    get pending() {
      return pending;
    },
  };
}

/** A second of speech, 24 kHz PCM. */
const speech = readFileSync("test/fixtures/speech/fox-slt.wav").subarray(44, 44 + 48_000);

/** A visit to hands-free turn-taking: speaks, and is gone in the middle of a word. */
async function visitSpeaking(server: TestServer): Promise<void> {
  const client = await server.connect({ protocols: ["kuku.v1"] });
  for (let at = 0; at < speech.length; at += 960) client.send(speech.subarray(at, at + 960));
  await client.event("input_audio_buffer.speech_started");
  client.ws.terminate();
}

/** One visit: connects, talks, and is gone in the middle of the answer. */
async function visit(server: TestServer, number: number): Promise<void> {
  if (number % 4 === 0) return visitSpeaking(server);
  const client = await server.connect({ protocols: [number % 2 ? "kuku.v1" : "realtime"] });
  client.send({
    type: "session.update",
    session: { type: "realtime", audio: { input: { turn_detection: null } } },
  });
  await client.event("session.updated");
  if (number % 2) for (let frame = 0; frame < 10; frame++) client.send(Buffer.alloc(960, frame));
  else client.send({ type: "input_audio_buffer.append", audio: Buffer.alloc(9600).toString("base64") });
  client.send({ type: "input_audio_buffer.commit" });
  await client.event("input_audio_buffer.committed");
  client.send({ type: "response.create" });
  if (number % 3) await client.event("response.created");
  client.ws.terminate();
}

test("1,000 connect–talk–vanish cycles leave no timer, no session and no memory", async () => {
  const clock = countedClock();
  const config = readConfig({
    TRANSCRIBER: "scripted",
    REPLY_MODEL: "scripted",
    SYNTHESIZER: "scripted",
    DATA_DIR: testDataDir(),
    // Nobody comes back.
    RESUME_GRACE_SECONDS: "0",
  });
  const composed = await compose(config, { clock, log: openLog("silent") });
  let living = 0;
  let opened = 0;
  const server = await testServer({
    clock,
    open: (opening) => {
      const session: Session = composed.openSession(opening);
      living++;
      opened++;
      session.ended.then(() => living--);
      return session;
    },
  });
  // The store has a few of its own: a sign of life, a batch on its way.
  const idle = clock.pending + 3;
  const visits = async (count: number) => {
    const guests = Array.from({ length: 20 }, async (_, guest) => {
      for (let number = guest; number < count; number += 20) await visit(server, number);
    });
    await Promise.all(guests);
    await server.vacant();
    while (living > 0) await new Promise((resolve) => setImmediate(resolve));
    // Reports of what was said are written behind the sessions.
    while (clock.pending > idle) await new Promise((resolve) => setImmediate(resolve));
    server.forget();
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = await visits(300);
  expect(clock.pending).toBeLessThanOrEqual(idle);
  const after = await visits(1000);
  expect(opened).toBe(1300);
  expect(clock.pending).toBeLessThanOrEqual(idle);
  expect((after - before) / 1e6).toBeLessThan(5);
  expect(server.logged.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  await server.dispose();
  await composed.close();
});
