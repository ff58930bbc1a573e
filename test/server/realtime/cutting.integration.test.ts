/** The law of the wire: how a client cuts and codes its audio changes nothing of what is heard. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { findPersona } from "../../../src/coach/personas/personas.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { openScope } from "../../../src/lib/scope.ts";
import { joinPcm, pcmToBytes } from "../../../src/pipeline/audio/pcm.ts";
import { scriptedReplyModel } from "../../../src/providers/scripted/reply-model.ts";
import { scriptedSynthesizer } from "../../../src/providers/scripted/synthesizer.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { openSession } from "../../../src/session/actor.ts";
import { recording, silence } from "../../support/session.ts";
import { type AnyEvent, type TestServer, testServer } from "../support.ts";

const pause = recording("pause-1200ms-rms");
const audio = Buffer.from(pcmToBytes(joinPcm([pause, silence(800)])));
const session = {
  type: "realtime",
  audio: { input: { turn_detection: { type: "server_vad", create_response: false } } },
};

/** Speaks the recording in these pieces (ms, taken in turn) and tells the turns and the audio that came of it. */
async function heardThrough(server: TestServer, heard: Int16Array[], pieces: number[], binary: boolean) {
  heard.length = 0;
  const client = await server.connect(binary ? { protocols: ["kuku.v1"] } : {});
  const kuku = binary ? { kuku: { greet: false } } : {};
  client.send({ type: "session.update", session: { ...session, ...kuku } });
  for (let at = 0, k = 0; at < audio.length; k++) {
    const end = at + (pieces[k % pieces.length] as number) * 48;
    const piece = audio.subarray(at, end);
    client.send(binary ? piece : { type: "input_audio_buffer.append", audio: piece.toString("base64") });
    at = end;
  }
  const turns: unknown[] = [];
  while (heard.length < 2 || turns.length < 6) {
    const event = (await client.next()) as AnyEvent | undefined;
    if (event === undefined || event.type === "error") throw new Error(JSON.stringify(event));
    if (/^input_audio_buffer\./.test(event.type))
      turns.push([event.type, event.audio_start_ms ?? event.audio_end_ms]);
  }
  client.ws.terminate();
  return { turns, audio: heard.map((pcm) => [...pcm]) };
}

test("[E2] pieces from 1 ms to 1 s, binary or base64: the same turns, and the same samples heard", async () => {
  const heard: Int16Array[] = [];
  const scope = openScope();
  const engines = {
    transcriber: {
      name: "recorder",
      async *transcribe(chunks: AsyncIterable<Int16Array>) {
        const pieces: Int16Array[] = [];
        for await (const chunk of chunks) pieces.push(chunk.slice());
        heard.push(joinPcm(pieces));
        yield { type: "final" as const, transcript: { text: "", understood: true } };
      },
    },
    replyModel: scriptedReplyModel(),
    synthesizer: scriptedSynthesizer(),
  };
  const persona = findPersona("kuku");
  if (!persona) throw new Error("no persona");
  const log = openLog("silent");
  const server = await testServer({
    open: ({ link, extension }) =>
      openSession({ link, persona, extended: extension, engines, clock: systemClock, log, scope }),
  });
  const expected = await heardThrough(server, heard, [20], true);
  expect(expected.turns.length).toBe(6);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 1000 })), {
        minLength: 1,
        maxLength: 12,
      }),
      fc.boolean(),
      async (pieces, binary) => {
        expect(await heardThrough(server, heard, pieces, binary)).toEqual(expected);
      },
    ),
    {
      numRuns: 25,
      seed: 7,
      examples: [
        [[1], false],
        [[1], true],
        [[1000], false],
      ],
    },
  );
  scope.cancel("draining");
  await server.dispose();
});
