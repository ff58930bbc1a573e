/** The scripted Transcriber for tests, demo and bench: gives scripted transcripts and only counts the samples. */
import { type Clock, sleep, systemClock } from "../../lib/clock.ts";
import { drain } from "../../lib/drain.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import type { TranscribeOptions, Transcriber, Transcript, TranscriptEvent } from "../../ports/transcriber.ts";
import { answerReader, failOrStall, reportUsage, type Script, type ScriptedTiming } from "./script.ts";

/**
 * One utterance's outcome; a bare string is its text. `delayMs` counts from the end of the audio to the final;
 * `fail` strikes after `failAfter` partials, left out: in place of the final.
 */
export interface ScriptedTranscript extends ScriptedTiming, Partial<Transcript> {
  /** Given one after another as audio comes in; those the audio is too short for are left out. */
  readonly partials?: readonly string[];
  /** Audio between two partials, ms; default 200. */
  readonly partialEveryMs?: number;
}

/** The call that a script function answers when the utterance begins. */
export interface TranscribeCall {
  readonly options: TranscribeOptions;
}

/** A fixed transcript; where a reading is expected, a reading of it without errors. */
const transcribeAsExpected = ({ options }: TranscribeCall): ScriptedTranscript => {
  const text = options.expectation?.text;
  if (text === undefined) return { text: "This is a scripted transcript." };
  const words = text.match(/[\p{L}\p{N}'’-]+/gu) ?? [];
  const read = words.map((word) => ({ verdict: "correct" as const, expected: word, heard: word, score: 1 }));
  return { text, reading: { text, words: read, accuracy: 1 } };
};

/**
 * A Transcriber that answers from `script`. Audio is read to its end and not kept.
 * @throws RangeError for a script without answers.
 */
export function scriptedTranscriber(
  script: Script<TranscribeCall, string | ScriptedTranscript> = transcribeAsExpected,
  options: { readonly clock?: Clock } = {},
): Transcriber {
  const clock = options.clock ?? systemClock;
  const nextAnswer = answerReader(script);
  return {
    name: "scripted",
    transcribe(audio, options) {
      const answer = nextAnswer({ options });
      return transcribe(audio, options, typeof answer === "string" ? { text: answer } : answer, clock);
    },
  };
}

async function* transcribe(
  audio: AsyncIterable<Int16Array>,
  { rate, signal, onUsage }: TranscribeOptions,
  answer: ScriptedTranscript,
  clock: Clock,
): AsyncGenerator<TranscriptEvent, void, undefined> {
  signal.throwIfAborted();
  reportUsage("transcribe", answer, onUsage);
  const staging = { ...answer, failAfter: answer.failAfter ?? Number.POSITIVE_INFINITY };
  const partials = answer.partials ?? [];
  const every = Math.max(1, Math.round(((answer.partialEveryMs ?? 200) * rate) / 1000));
  let samples = 0;
  let given = 0;
  await failOrStall("transcribe", staging, given, signal);
  const pieces = untilAborted(audio, signal);
  if (partials.length === 0) await drain(pieces);
  for await (const chunk of pieces) {
    samples += chunk.length;
    while (given < partials.length && samples >= (given + 1) * every) {
      yield { type: "partial", text: partials[given++] as string };
      await failOrStall("transcribe", staging, given, signal);
    }
  }
  if (answer.delayMs) await sleep(clock, answer.delayMs, signal);
  await failOrStall("transcribe", staging, Number.POSITIVE_INFINITY, signal);
  signal.throwIfAborted();
  yield { type: "final", transcript: transcriptOf(answer) };
}

function transcriptOf({
  text = "",
  understood = true,
  words,
  reading,
  logprobs,
}: ScriptedTranscript): Transcript {
  return { text, understood, words, reading, logprobs };
}
