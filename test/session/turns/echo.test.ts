import { expect, test } from "vitest";
import type { AudioFormat } from "../../../src/protocol/audio-format.ts";
import { type Loopback, LoopbackClient, recordedVoice } from "../../support/loopback.ts";
import { recording, sessionUpdate, testSession } from "../../support/session.ts";

/** A session whose replies are two recorded sentences each, with a client whose loudspeaker comes back. */
function loopback(options: Loopback & { detection?: "server_vad" | "semantic_vad"; interrupts?: boolean }) {
  const { detection = "server_vad", interrupts = true, format, reports = false } = options;
  const s = testSession({
    extended: reports,
    replies: ["One two three four. Five six seven eight."],
    transcripts: ["Yes, let us wrap up and summarize."],
    engines: { synthesizer: recordedVoice() },
  });
  s.client(
    sessionUpdate({
      ...(reports && { kuku: { greet: false } }),
      audio: {
        input: {
          ...(format && { format }),
          turn_detection: { type: detection, interrupt_response: interrupts },
        },
        ...(format && { output: { format } }),
      },
    }),
  );
  return { s, client: new LoopbackClient(s, options) };
}

/** Has a reply made and lets it be played to its end and a second beyond. */
async function playReply({ s, client }: ReturnType<typeof loopback>): Promise<void> {
  const before = s.of("response.done").length;
  s.client({ type: "response.create" });
  await client.live(60_000, () => s.of("response.done").length > before);
  await client.live(client.playsUntilMs - client.nowMs + 1000);
}

const turnsOf = (s: ReturnType<typeof testSession>) =>
  s.types().filter((type) => type.startsWith("input_audio_buffer") || type.startsWith("kuku.playback"));

/** Events of one turn: the edge of [B10], in a session's first reply alone. */
const oneTurn = [
  "input_audio_buffer.speech_started",
  "input_audio_buffer.speech_stopped",
  "input_audio_buffer.committed",
];

/** A minute of replies; nothing but them is heard. */
async function staysSilent(options: Parameters<typeof loopback>[0]): Promise<void> {
  const made = loopback(options);
  await made.client.live(500);
  await playReply(made);
  const inFirstReply = turnsOf(made.s);
  const isEdge = options.gainDb === -12 && options.delayMs === 300;
  if (isEdge && inFirstReply.length > 0) expect(inFirstReply).toEqual(oneTurn);
  else expect(inFirstReply).toEqual([]);
  while (made.client.nowMs < 60_000) await playReply(made);
  expect(turnsOf(made.s)).toEqual(inFirstReply);
  expect(new Set(made.s.of("response.done").map(({ response }) => response.status))).toEqual(
    new Set(["completed"]),
  );
}

const gains = [-12, -20, -30];
const delays = [50, 150, 300];
const echoes = gains.flatMap((gainDb) => delays.map((delayMs) => ({ gainDb, delayMs })));

test.each(echoes)(
  "[B10] replies for a minute, back from the loudspeaker at $gainDb dB after $delayMs ms, make no turn",
  staysSilent,
);

const telephone: AudioFormat = { type: "audio/pcmu" };
test.each<Parameters<typeof loopback>[0]>([
  { gainDb: -20, delayMs: 150, reports: true },
  { gainDb: -20, delayMs: 150, format: telephone },
  { gainDb: -20, delayMs: 150, detection: "semantic_vad" },
  { gainDb: -20, delayMs: 150, interrupts: false },
  { gainDb: -20, delayMs: 150, noiseDb: -50 },
])("[B10] nor with %o", staysSilent);

/** Time, ms, from a person's first word, 2.6 s into the second reply, to `speech_started` and the cut. */
async function interruptedAfter(options: Parameters<typeof loopback>[0], who = "overwhelmed-slt") {
  const made = loopback(options);
  const { s, client } = made;
  await client.live(500);
  await playReply(made);
  s.client({ type: "response.create" });
  await client.live(2600);
  const from = client.nowMs;
  client.say(recording(who));
  await client.live(4000, () => s.of("input_audio_buffer.speech_started").length > 0);
  expect(s.of("input_audio_buffer.speech_started").length).toBe(1);
  return client.nowMs - from;
}

/** How much later a person may be told from an echo than where there is none, ms. */
const laterMs = 60;

test.each(echoes)(
  "[B11] a person who speaks over an echo of $gainDb dB after $delayMs ms is heard as soon as without",
  async (echo) => {
    const without = await interruptedAfter({ gainDb: Number.NEGATIVE_INFINITY, delayMs: 0 });
    expect(await interruptedAfter(echo)).toBeLessThanOrEqual(without + laterMs);
  },
);
