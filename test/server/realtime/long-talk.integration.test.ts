/** A talk longer than one item over a real socket, as a plain Realtime client sees it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { findPersona } from "../../../src/coach/personas/personas.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { openScope } from "../../../src/lib/scope.ts";
import { joinPcm, pcmToBytes } from "../../../src/pipeline/audio/pcm.ts";
import type { Transcriber } from "../../../src/ports/transcriber.ts";
import { scriptedReplyModel } from "../../../src/providers/scripted/reply-model.ts";
import { scriptedSynthesizer } from "../../../src/providers/scripted/synthesizer.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { openSession } from "../../../src/session/actor.ts";
import { recording, silence } from "../../support/session.ts";
import { type TestServer, testServer } from "../support.ts";

const scope = openScope();
const heard: Int16Array[] = [];
let server: TestServer;

beforeAll(async () => {
  const transcriber: Transcriber = {
    name: "recorder",
    async *transcribe(audio) {
      const mine = heard.push(new Int16Array(0)) - 1;
      const pieces: Int16Array[] = [];
      for await (const pcm of audio) pieces.push(pcm.slice());
      heard[mine] = joinPcm(pieces);
      yield { type: "final", transcript: { text: `Part ${mine + 1}.`, understood: true } };
    },
  };
  const engines = {
    transcriber,
    replyModel: scriptedReplyModel(["Thank you."]),
    synthesizer: scriptedSynthesizer(),
  };
  const persona = findPersona("kuku");
  if (!persona) throw new Error("no persona");
  const log = openLog("silent");
  server = await testServer({
    // The limits of rate are other tests' matter.
    limits: { audioSpeedRatio: 1000, burstSeconds: 600, audioMessagesPerSecond: 1000 },
    open: ({ link, extension }) =>
      openSession({ link, persona, extended: extension, engines, clock: systemClock, log, scope }),
  });
});

afterAll(async () => {
  scope.cancel("draining");
  await server.dispose();
});

test("[TT10][TT13] three minutes before a commit are four items, each sample in one of them, and one response", async () => {
  const client = await server.connect();
  client.send({
    type: "session.update",
    session: {
      type: "realtime",
      audio: { input: { turn_detection: null, transcription: { model: "whisper-1" } } },
    },
  });
  await client.event("session.updated");
  const sentence = joinPcm([recording("goal-rms"), silence(400)]);
  const spoken = joinPcm(Array.from({ length: 41 }, () => sentence));
  for (let at = 0; at < spoken.length; at += 24_000) {
    const audio = Buffer.from(pcmToBytes(spoken.slice(at, at + 24_000))).toString("base64");
    client.send({ type: "input_audio_buffer.append", audio });
  }
  client.send({ type: "input_audio_buffer.commit" });
  client.send({ type: "response.create" });
  const told: Record<string, string[]> = {};
  let usage = 0;
  for (;;) {
    const event = await client.next();
    if (!event || Buffer.isBuffer(event)) throw new Error("no event");
    told[event.type] = [...(told[event.type] ?? []), event.item_id ?? event.item?.id];
    usage += event.type.endsWith("transcription.completed") ? event.usage.seconds : 0;
    if (event.type === "response.done") break;
  }
  const items = told["input_audio_buffer.committed"] ?? [];
  expect(items.length).toBe(4);
  expect(told["conversation.item.added"]?.slice(0, 4)).toEqual(items);
  expect(told["conversation.item.done"]?.slice(0, 4)).toEqual(items);
  expect(told["conversation.item.input_audio_transcription.completed"]).toEqual(items);
  expect(told["response.created"]).toHaveLength(1);
  expect(told.error).toBeUndefined();
  expect(joinPcm(heard)).toEqual(spoken);
  expect(usage).toBeCloseTo(spoken.length / 24_000, 2);
});
