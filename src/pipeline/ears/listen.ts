/** The ears: microphone audio in, turns and their transcripts out. First stage of a turn; knows only audio time. */
import { onAbort } from "../../lib/abort.ts";
import { type Channel, channel } from "../../lib/channel.ts";
import { yieldToEventLoop } from "../../lib/clock.ts";
import { openScope } from "../../lib/scope.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import type { Transcriber } from "../../ports/transcriber.ts";
import type { OnUtteranceUsage } from "../../ports/usage.ts";
import type { Loudspeaker } from "../echo/loudspeaker.ts";
import type { EarEvent, EarInput, EarSettings } from "./ear-events.ts";
import { TurnSegmenter } from "./turn-segmenter.ts";

export interface ListenOptions {
  readonly transcriber: Transcriber;
  /** Hold until the first `configure`. */
  readonly settings: EarSettings;
  readonly signal: AbortSignal;
  /** The person listened to, for the transcriber; one object for each session. */
  readonly speaker?: object;
  /** Longest audio of one utterance, ms. @default 60_000 */
  readonly maxUtteranceMs?: number;
  /**
   * Called with the transcriber's usage for an utterance, preemptive and discarded ones included: as a rule before its
   * `transcribed`; after an abort, a moment later, maybe once the ears have ended. Must not throw.
   */
  readonly onUsage?: OnUtteranceUsage;
  /** The replies that the user's loudspeaker plays, so that their echo is not taken for speech; undefined: not known. */
  readonly loudspeaker?: Loudspeaker;
}

/** Events that may wait for the listener; at the limit the ears take no input. */
const maxWaitingEvents = 256;
/** Samples taken in one turn of the event loop: 0.5 to 3 s of audio, a few ms of work. */
const sliceSamples = 24_000;

/** Cuts long audio into slices for `listen`, which lets other work go first between two of them. Shares memory. */
export function sliceAudio(pcm: Int16Array): readonly Int16Array[] {
  if (pcm.length <= sliceSamples) return [pcm];
  const slices: Int16Array[] = [];
  for (let at = 0; at < pcm.length; at += sliceSamples) slices.push(pcm.subarray(at, at + sliceSamples));
  return slices;
}

/**
 * Listens until the inputs end, then waits for the transcripts under way; an utterance still open then is discarded.
 * Keeps the chunks passed in, so they must not be written to afterwards. A transcriber's failure is an event, never a
 * throw.
 * @throws the signal's reason once it is aborted, with nothing left running.
 * @throws RangeError on a rate that voice activity cannot be judged at.
 * @example
 * const { signal } = new AbortController();
 * const settings = {
 *   rate: 24_000,
 *   detection: { type: "server_vad", threshold: 0.5, prefixPaddingMs: 300, silenceMs: 500 },
 *   language: "en-US",
 *   measureDelivery: false,
 * } as const;
 * async function* microphone(): AsyncGenerator<EarInput> {
 *   yield { type: "audio", pcm: readWav(await readFile("test/fixtures/speech/fox-slt.wav")).pcm };
 *   yield { type: "commit" };
 * }
 * for await (const event of listen(microphone(), { transcriber, settings, signal }))
 *   if (event.type === "transcribed") console.log(event.utterance, event.transcript.text);
 */
export async function* listen(
  inputs: AsyncIterable<EarInput>,
  options: ListenOptions,
): AsyncGenerator<EarEvent, void, undefined> {
  const life = openScope().follow(options.signal);
  const events = channel<EarEvent>(maxWaitingEvents);
  const pumping = pump(inputs, options, life.signal, events);
  pumping.catch(() => {});
  try {
    yield* events;
    await pumping;
    life.signal.throwIfAborted();
  } finally {
    life.cancel("finished");
    events.discard();
    await pumping.catch(() => {});
  }
}

/** Moves inputs into the segmenter and its events into the channel, which is closed at the end, however it comes. */
async function pump(
  inputs: AsyncIterable<EarInput>,
  options: ListenOptions,
  signal: AbortSignal,
  events: Channel<EarEvent>,
): Promise<void> {
  const { transcriber, speaker, maxUtteranceMs = 60_000, onUsage, loudspeaker } = options;
  const output = new OrderedOutput(events);
  const segmenter = new TurnSegmenter({
    transcriber,
    speaker,
    maxMs: maxUtteranceMs,
    emit: output.emit,
    onUsage,
    loudspeaker,
  });
  // Also while the last transcripts are waited for, after the inputs have ended.
  const unlink = onAbort(signal, () => {
    events.discard();
    segmenter.abort();
  });
  try {
    await segmenter.configure(options.settings);
    await takeAll(inputs, (input) => takeInput(segmenter, input, output), signal);
    segmenter.close();
    await segmenter.settled();
    await output.drained();
  } finally {
    unlink();
    if (signal.aborted) segmenter.abort();
    segmenter.close();
    await segmenter.settled();
    events.close();
  }
}

/** Passes one input on. A promise holds the next input back until it resolves. */
function takeInput(
  segmenter: TurnSegmenter,
  input: EarInput,
  output: OrderedOutput,
): Promise<void> | undefined {
  if (input.type === "audio") {
    segmenter.audio(input.pcm);
    if (input.pcm.length >= sliceSamples) return yieldToEventLoop().then(output.drained);
  } else if (input.type === "commit") segmenter.commit(input.cause ?? "client", input.eventId);
  else if (input.type === "clear") segmenter.clear(input.eventId);
  else return segmenter.configure(input.settings).then(output.drained);
  return output.drained();
}

/** Takes the inputs in order; a channel's without the promises of an iteration, since every 20 ms of every session pass. */
async function takeAll(
  inputs: AsyncIterable<EarInput>,
  take: (input: EarInput) => Promise<void> | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (isChannel(inputs)) return inputs.consume(take, signal);
  for await (const input of untilAborted(inputs, signal)) {
    const busy = take(input);
    if (busy) await busy;
  }
}

function isChannel(inputs: AsyncIterable<EarInput>): inputs is Channel<EarInput> {
  return "consume" in inputs;
}

/** A bounded channel's input for several writers: keeps the order of `emit`, and makes writers wait while it is full. */
class OrderedOutput {
  readonly #events: Channel<EarEvent>;
  readonly #waiting: EarEvent[] = [];
  #moving: Promise<void> | undefined;

  constructor(events: Channel<EarEvent>) {
    this.#events = events;
  }

  /** Undefined: taken. A promise: resolves once there is room for more. */
  readonly emit = (event: EarEvent): Promise<void> | undefined => {
    if (!this.#moving && (this.#events.closed || this.#events.push(event))) return undefined;
    this.#waiting.push(event);
    this.#moving ??= this.#move();
    return this.#moving;
  };

  /** Undefined: nothing waits. A promise: resolves once that is so. */
  readonly drained = (): Promise<void> | undefined => this.#moving;

  async #move(): Promise<void> {
    while (this.#waiting.length > 0) {
      if (this.#events.closed) this.#waiting.length = 0;
      else if (this.#events.push(this.#waiting[0]!)) this.#waiting.shift();
      else await this.#events.writable();
    }
    this.#moving = undefined;
  }
}
