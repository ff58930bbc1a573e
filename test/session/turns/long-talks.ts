import { StageError } from "../../../src/lib/errors.ts";
import { encodeG711 } from "../../../src/pipeline/audio/g711.ts";
import { durationMs, joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import type { Transcriber, Transcript } from "../../../src/ports/transcriber.ts";
import type { SessionConfig } from "../../../src/protocol/session-config.ts";
import type { Meter } from "../../../src/session/meter.ts";
import {
  recording,
  sessionUpdate,
  silence,
  type TestSessionOptions,
  testSession,
} from "../../support/session.ts";

export const rate = 24_000;
export const seconds = (pcm: Int16Array) => durationMs(pcm.length, rate) / 1000;

/** Sentences with a breath between them, over and over, `minutes` long or a little more. */
export function talk(minutes: number): Int16Array {
  const sentences = ["goal-rms", "overwhelmed-slt", "fox-slt"].map(recording);
  const pieces: Int16Array[] = [];
  for (let length = 0, k = 0; length < minutes * 60 * rate; k++) {
    const piece = sentences[k % sentences.length]!;
    const breath = silence(250 + ((k * 137) % 500));
    pieces.push(piece, breath);
    length += piece.length + breath.length;
  }
  return joinPcm(pieces);
}

/** Ears that write down each utterance's samples. `say`: what the nth utterance said, or how it fails. */
export function recorder(say = (n: number): Partial<Transcript> | StageError => ({ text: `Part ${n}.` })) {
  const heard: Int16Array[] = [];
  const transcriber: Transcriber = {
    name: "recorder",
    async *transcribe(audio, { signal }) {
      const index = heard.push(new Int16Array(0)) - 1;
      const pieces: Int16Array[] = [];
      for await (const pcm of audio) pieces.push(pcm.slice());
      signal.throwIfAborted();
      heard[index] = joinPcm(pieces);
      const said = say(index + 1);
      if (said instanceof StageError) throw said;
      yield { type: "final", transcript: { text: "", understood: true, ...said } };
    },
  };
  return { transcriber, heard };
}

/** Counts what a quota would be charged. */
function countingMeter() {
  const counted = { heardMs: 0, turns: 0 };
  const meter: Meter = {
    add() {},
    addSpeech(ms) {
      counted.heardMs += ms;
    },
    addTurn() {
      counted.turns++;
    },
    spent: undefined,
    watch: () => () => {},
    levels: () => [],
  };
  return { meter, counted };
}

export type TurnDetection = SessionConfig["audio"]["input"]["turn_detection"];
export const serverVad: TurnDetection = { type: "server_vad", silence_duration_ms: 2000 };

/** A rehearsal that has been opened, its microphone under this turn detection; undefined: the presenter's own. */
export function rehearsal(
  transcriber: Transcriber,
  detection: TurnDetection | undefined,
  more: TestSessionOptions = {},
) {
  const { meter, counted } = countingMeter();
  const s = testSession({
    extended: true,
    persona: "presenter",
    engines: { transcriber },
    meter,
    ...more,
  });
  s.client(
    sessionUpdate({
      kuku: { greet: false },
      ...(detection !== undefined && { audio: { input: { turn_detection: detection } } }),
    }),
  );
  return { s, counted };
}

/** 24 kHz PCM as G.711 mu-law at 8 kHz. */
export function telephone(pcm: Int16Array): Uint8Array {
  return encodeG711(
    "pcmu",
    Int16Array.from({ length: Math.floor(pcm.length / 3) }, (_, i) => pcm[3 * i]!),
  );
}
