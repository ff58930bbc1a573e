/** The mouth: the model's tokens become sentences, and sentences audio, one made while another is sent. Last stage of a turn. */
import { onAbort } from "../../lib/abort.ts";
import { type Channel, channel } from "../../lib/channel.ts";
import type { Clock } from "../../lib/clock.ts";
import { StageError } from "../../lib/errors.ts";
import { pause, withPauses } from "../../lib/pauses.ts";
import { openScope, type Scope } from "../../lib/scope.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import type { SampleRate } from "../../ports/audio.ts";
import type { Prompt } from "../../ports/prompt.ts";
import type { ReplyDelta, ReplyModel, ReplyOptions } from "../../ports/reply-model.ts";
import type { OnDeparture, Synthesizer } from "../../ports/synthesizer.ts";
import type { OnUsage } from "../../ports/usage.ts";
import { durationMs } from "../audio/pcm.ts";
import { emphasisedWords } from "./emphasis.ts";
import { audioFrames, later } from "./reply-audio.ts";
import type { Reading, ReplyEvent } from "./reply-events.ts";
import { type Piece, sentenceSplitter } from "./sentences.ts";

export interface ReplyStreamOptions {
  readonly model: ReplyModel;
  /** Absent: the reply is text alone. */
  readonly synthesizer?: Synthesizer;
  /** One of the synthesizer's voices. */
  readonly voice: string;
  /** 1 is the voice's own pace; 0.25–1.5. */
  readonly speed: number;
  /** Rate of the audio, Hz. */
  readonly rate: SampleRate;
  /** BCP 47. */
  readonly language: string;
  readonly maxOutputTokens?: number;
  /** Times the model's pauses. */
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called once, when the model's first text or tool call arrives. */
  readonly onFirstDelta?: () => void;
  /** The model's text as it comes; `whole`: it ends a sentence, or is the last. Of a spoken reply alone. */
  readonly onText?: (text: string, whole: boolean) => void;
  /** Called with both stages' usage, as the ports report it: an aborted reply's a moment after the abort. */
  readonly onUsage?: OnUsage;
  /** Tells sentences that are said again and again in these very words (`SynthesizeOptions.fixed`). */
  readonly isFixed?: (sentence: string) => boolean;
}

/** Sentences that wait to be spoken; at this many the model is not read until one has been taken. */
const WAITING_PIECES = 16;
/** Audio that waits to be sent, s; beyond it the synthesizer is not read until some has been taken. */
const WAITING_AUDIO_S = 10;
/** After a pause of the model this long a sentence that is whole is spoken, whether or not more follows, ms. */
const STALL_MS = 300;

/**
 * Makes a reply to `prompt` as it is read: with a synthesizer, each sentence's `transcript` and then its `audio` in
 * frames of at most 200 ms; without, the model's `text`. One sentence is made ahead of the one being read, never more.
 * A sentence is spoken once it is known to be whole: by what follows it, or after a pause of the model, or as the model
 * fails. An abort ends it at once, whatever the providers do, and what was made but not read is dropped.
 * @throws StageError of either stage, once all audio made before it was read, `malformed` where the model ends with
 * nothing said and nothing called; or the signal's reason once aborted.
 * @example
 * const { signal } = new AbortController();
 * const voice = { synthesizer, voice: synthesizer.voices[0]!, speed: 1, rate: 24_000, language: "en-US" };
 * for await (const event of reply(prompt, { model, ...voice, clock: systemClock, signal })) {
 *   if (event.type === "transcript") console.log(event.delta);
 *   if (event.type === "audio") speaker.write(pcmToBytes(event.pcm));
 * }
 */
export function reply(prompt: Prompt, options: ReplyStreamOptions): AsyncIterable<ReplyEvent> {
  const { synthesizer } = options;
  return {
    [Symbol.asyncIterator]: () =>
      synthesizer ? openSpokenReply(prompt, options, synthesizer) : writtenReply(prompt, options),
  };
}

async function* writtenReply(prompt: Prompt, options: ReplyStreamOptions): AsyncGenerator<ReplyEvent, void> {
  const { model, signal, onFirstDelta } = options;
  signal.throwIfAborted();
  let first = true;
  let empty = true;
  for await (const delta of untilAborted(model.reply(prompt, modelCall(options, signal)), signal)) {
    if (first) onFirstDelta?.();
    first = false;
    empty &&= delta.type === "end" || (delta.type === "text" && delta.delta.trim() === "");
    yield delta.type === "end" ? endOf(delta, empty) : delta;
    if (delta.type === "end") return;
  }
  throw new StageError("reply", "malformed");
}

/** The model call's options. */
function modelCall({ maxOutputTokens, onUsage }: ReplyStreamOptions, signal: AbortSignal): ReplyOptions {
  return { maxOutputTokens, onUsage, signal };
}

/** @throws StageError `malformed` where the model took an empty reply for a whole one. */
function endOf(
  { incomplete = false, ...end }: ReplyDelta & { type: "end" },
  empty: boolean,
): ReplyEvent & { type: "end" } {
  if (empty && !incomplete)
    throw new StageError("reply", "malformed", { cause: new Error("the reply is empty") });
  return { ...end, incomplete, ...(empty && { empty }) };
}

/** A piece to be spoken, or an event to be passed on, from the model's reader to the speaking loop. */
type Line = Piece | Exclude<ReplyEvent, { type: "text" | "transcript" | "departure" | "audio" }>;

/** The reader's end of a spoken reply, whose making starts with the first read. */
function openSpokenReply(
  prompt: Prompt,
  options: ReplyStreamOptions,
  synthesizer: Synthesizer,
): AsyncIterator<ReplyEvent> {
  const { signal, rate } = options;
  const events = channel<ReplyEvent>(WAITING_AUDIO_S * rate, (event) =>
    event.type === "audio" ? event.pcm.length : 0,
  );
  const turns = takeTurns();
  const eventsRead = events[Symbol.asyncIterator]();
  const taken = (result: IteratorResult<ReplyEvent>) => {
    if (signal.aborted) throw signal.reason;
    if (!result.done && result.value.type === "transcript") turns.taken();
    return result;
  };
  let life: Scope | undefined;
  return {
    next() {
      if (signal.aborted) return Promise.reject(signal.reason);
      life ??= startSpeaking(prompt, options, synthesizer, events, turns);
      return eventsRead.next().then(taken);
    },
    return() {
      life ??= openScope();
      life.cancel("finished");
      events.discard();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}

/** Starts two loops: one reads the model into lines, one speaks lines into events. Both end with the scope returned. */
function startSpeaking(
  prompt: Prompt,
  options: ReplyStreamOptions,
  synthesizer: Synthesizer,
  events: Channel<ReplyEvent>,
  turns: Turns,
): Scope {
  const { signal } = options;
  // The providers' own signal: it ends with the reply, however that ends, and leaves nothing on the longer-lived one.
  const life = openScope().follow(signal);
  const lines = channel<Line>(WAITING_PIECES);
  onAbort(life.signal, () => {
    lines.discard();
    turns.release();
    if (signal.aborted) events.discard();
  });
  readModel(prompt, options, lines, life.signal).then(
    () => lines.close(),
    (error) => lines.close(error),
  );
  speakLines(lines, events, turns, options, synthesizer, life.signal).then(
    () => {
      life.cancel("finished");
      events.close();
    },
    (error) => {
      life.cancel("failed");
      events.close(error);
    },
  );
  return life;
}

/** Reads the model to its end, cutting its text into pieces. */
async function readModel(
  prompt: Prompt,
  options: ReplyStreamOptions,
  lines: Channel<Line>,
  signal: AbortSignal,
): Promise<void> {
  const { model, language, onFirstDelta, onText, clock } = options;
  const splitter = sentenceSplitter({ language });
  const deltas = model.reply(prompt, modelCall(options, signal));
  let first = true;
  let empty = true;
  const say = async (pieces: readonly Piece[], delta = "") => {
    onText?.(delta, pieces.length > 0);
    for (const piece of pieces) {
      empty &&= piece.spoken === "";
      if (!lines.push(piece)) await pushWhenRoom(lines, piece);
    }
  };
  try {
    const watch = { clock, ms: STALL_MS, signal, applies: () => splitter.undecided };
    for await (const delta of withPauses(deltas, watch)) {
      if (lines.closed) return;
      if (delta === pause) {
        await say(splitter.finished(true));
        continue;
      }
      if (first) onFirstDelta?.();
      first = false;
      if (delta.type === "text") {
        await say(splitter.push(delta.delta), delta.delta);
        continue;
      }
      await say(splitter.end());
      empty &&= delta.type === "end";
      await pushWhenRoom(lines, delta.type === "end" ? endOf(delta, empty) : delta);
      if (delta.type === "end") return;
    }
    throw new StageError("reply", "malformed");
  } catch (error) {
    // Nothing follows: whole sentences are still spoken before the failure.
    await say(splitter.finished(false));
    throw error;
  }
}

/** Speaks line after line, at most one sentence ahead of the reader. */
async function speakLines(
  lines: Channel<Line>,
  events: Channel<ReplyEvent>,
  turns: Turns,
  options: ReplyStreamOptions,
  synthesizer: Synthesizer,
  signal: AbortSignal,
): Promise<void> {
  const { voice, speed, language, rate, onUsage, isFixed } = options;
  let reading: Reading = {};
  let start = 0;
  const onDeparture: OnDeparture = (said, words) => {
    reading.said = said;
    reading.words = words && later(words, durationMs(start, rate));
  };
  const call = { voice, speed, language, rate, signal, onUsage, onDeparture };
  let position = 0;
  for await (const line of lines) {
    if ("type" in line) {
      await pushWhenRoom(events, line);
      continue;
    }
    if (line.spoken !== "") await turns.next();
    if (signal.aborted) return;
    turns.announced();
    reading = {};
    start = position;
    await pushWhenRoom(events, { type: "transcript", delta: line.text, reading });
    if (line.spoken === "") continue;
    const fixed = isFixed?.(line.spoken) ?? false;
    const emphasis = emphasisedWords(line.text);
    const asked = { ...call, ...(fixed && { fixed }), ...(emphasis.length > 0 && { emphasis }) };
    for await (const chunk of synthesizer.synthesize(line.spoken, asked)) {
      for (const frame of audioFrames(chunk, start, position, rate))
        if (!events.push(frame)) await pushWhenRoom(events, frame);
      position += chunk.pcm.length;
      if (events.closed) return;
    }
    reading.samples = position - start;
    const { said } = reading;
    if (said !== undefined && said !== line.spoken) await pushWhenRoom(events, { type: "departure", said });
  }
}

/** Puts a value in once there is room; a closed channel drops it. */
async function pushWhenRoom<T>(target: Channel<T>, value: T): Promise<void> {
  while (!target.push(value)) {
    if (target.closed) return;
    await target.writable();
  }
}

/** Keeps the speaker one sentence ahead of the reader. */
interface Turns {
  /** Resolves once the reader has begun every sentence announced so far. */
  next(): Promise<void> | undefined;
  announced(): void;
  taken(): void;
  /** Ends the wait. */
  release(): void;
}

function takeTurns(): Turns {
  let ahead = 0;
  let wake: (() => void) | undefined;
  const release = () => {
    wake?.();
    wake = undefined;
  };
  return {
    next() {
      if (ahead === 0) return undefined;
      return new Promise((resolve) => {
        wake = resolve;
      });
    },
    announced() {
      ahead++;
    },
    taken() {
      if (--ahead === 0) release();
    },
    release,
  };
}
