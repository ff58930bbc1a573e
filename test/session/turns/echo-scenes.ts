/** Sessions at a client whose loudspeaker comes back into its microphone. */
import { expect } from "vitest";
import { type Loopback, LoopbackClient, recordedVoice } from "../../support/loopback.ts";
import { recording, sessionUpdate, testSession } from "../../support/session.ts";

export interface EchoScene extends Loopback {
  readonly detection?: "server_vad" | "semantic_vad";
  readonly interrupts?: boolean;
  /** Which of the recorded sentences the first reply begins with. @default 0 */
  readonly firstSentence?: number;
}

/** Every gain with every delay. */
export const echoes = [-12, -20, -30].flatMap((gainDb) =>
  [50, 150, 300].map((delayMs) => ({ gainDb, delayMs })),
);

/** A session whose replies are two recorded sentences each, and its client. */
export function echoScene(options: EchoScene) {
  const { detection = "server_vad", interrupts = true, format, reports = false, firstSentence } = options;
  const s = testSession({
    extended: reports,
    replies: ["One two three four. Five six seven eight."],
    transcripts: ["Yes, let us wrap up and summarize."],
    engines: { synthesizer: recordedVoice(firstSentence) },
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
export async function playReply({ s, client }: ReturnType<typeof echoScene>): Promise<void> {
  const before = s.of("response.done").length;
  s.client({ type: "response.create" });
  await client.live(60_000, () => s.of("response.done").length > before);
  await client.live(client.playsUntilMs - client.nowMs + 1000);
}

/** Types of the events about turns, and about holding a reply. */
export const turnsOf = (s: ReturnType<typeof testSession>) =>
  s.types().filter((type) => type.startsWith("input_audio_buffer") || type.startsWith("kuku.playback"));

/** Time, ms, from a person's first word, 2.6 s into the second reply, to `speech_started` and the cut. */
export async function interruptedAfter(scene: EchoScene, who: string): Promise<number> {
  const made = echoScene(scene);
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

/** The same where nothing comes back. */
export const silentScene: EchoScene = { gainDb: Number.NEGATIVE_INFINITY, delayMs: 0 };
