/** The ears: microphone audio in, turns and their transcripts out. Fourth of the turn's rooms; knows only audio time. */
import { type Channel, channel } from "../../lib/channel.ts";
import { yieldToEventLoop } from "../../lib/clock.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import type { Transcriber } from "../../ports/transcriber.ts";
import type { OnUtteranceUsage } from "../../ports/usage.ts";
import type { Loudspeaker } from "../echo/loudspeaker.ts";
import type { EarEvent, EarInput, EarSettings } from "./ear-events.ts";
import { createHearing } from "./hearing.ts";

export interface ListenOptions {
  readonly transcriber: Transcriber;
  /** Hold until the first `configure`. */
  readonly settings: EarSettings;
  readonly signal: AbortSignal;
  /** Who is listened to, for the transcriber; one object for each session. */
  readonly speaker?: object;
  /** Longest audio of one utterance, ms (default 60,000). */
  readonly maxUtteranceMs?: number;
  /**
   * Is told what the transcriber used for an utterance, drafts and what was thrown away included: as a rule before its
   * `transcribed`, but of an abort a moment after it, which may be after the ears have ended. Must not throw.
   */
  readonly onUsage?: OnUtteranceUsage;
  /** What the speaker's own loudspeaker plays, so that its echo is not taken for speech; undefined: not known. */
  readonly loudspeaker?: Loudspeaker;
}

/** Events that may wait for whoever listens; at the limit the ears stop taking input in. */
const waitingEvents = 256;
/** Samples heard in one go of the event loop, 0.5 to 3 s and a few ms of work; others have their turn then. */
const sliceSamples = 24_000;

/** Cuts audio that came in one long piece for `listen`, which lets others go first between two slices. Shares memory. */
export function sliceAudio(pcm: Int16Array): readonly Int16Array[] {
  if (pcm.length <= sliceSamples) return [pcm];
  const slices: Int16Array[] = [];
  for (let at = 0; at < pcm.length; at += sliceSamples) slices.push(pcm.subarray(at, at + sliceSamples));
  return slices;
}

/**
 * Listens until the inputs end, then waits for the transcripts under way; an utterance still open then is thrown away.
 * Chunks handed in are kept, so they must not be written to afterwards. A transcriber's failure is an event, never a
 * throw.
 * @throws the signal's reason once it is aborted, with nothing left running.
 * @throws RangeError on a rate that voice activity cannot be judged at.
 */
export async function* listen(
  inputs: AsyncIterable<EarInput>,
  options: ListenOptions,
): AsyncGenerator<EarEvent, void, undefined> {
  const life = new AbortController();
  const onAbort = () => life.abort(options.signal.reason);
  if (options.signal.aborted) onAbort();
  else options.signal.addEventListener("abort", onAbort, { once: true });
  const events = channel<EarEvent>(waitingEvents);
  const pumping = pump(inputs, options, life.signal, events);
  pumping.catch(() => {});
  try {
    yield* events;
    await pumping;
    life.signal.throwIfAborted();
  } finally {
    options.signal.removeEventListener("abort", onAbort);
    life.abort();
    events.discard();
    await pumping.catch(() => {});
  }
}

/** Moves inputs through the hearing and events into the channel; closes it in the end, whatever the end was. */
async function pump(
  inputs: AsyncIterable<EarInput>,
  options: ListenOptions,
  signal: AbortSignal,
  events: Channel<EarEvent>,
): Promise<void> {
  const { emit, drained } = inOrder(events);
  const { transcriber, speaker, maxUtteranceMs = 60_000, onUsage, loudspeaker } = options;
  const hearing = createHearing({
    transcriber,
    maxMs: maxUtteranceMs,
    emit,
    ...(speaker && { speaker }),
    ...(onUsage && { onUsage }),
    ...(loudspeaker && { loudspeaker }),
  });
  // Also while the last transcripts are waited for, the inputs long over.
  const onAbort = () => {
    events.discard();
    hearing.abort();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await hearing.configure(options.settings);
    const take = (input: EarInput): Promise<void> | undefined => {
      if (input.type === "audio") {
        hearing.audio(input.pcm);
        if (input.pcm.length >= sliceSamples) return yieldToEventLoop().then(drained);
      } else if (input.type === "commit") hearing.commit(input.cause ?? "client", input.eventId);
      else if (input.type === "clear") hearing.clear(input.eventId);
      else return hearing.configure(input.settings).then(drained);
      return drained();
    };
    if (isChannel(inputs)) await inputs.consume(take, signal);
    else
      for await (const input of untilAborted(inputs, signal)) {
        const busy = take(input);
        if (busy) await busy;
      }
    hearing.close();
    await hearing.settled();
    await drained();
  } finally {
    signal.removeEventListener("abort", onAbort);
    if (signal.aborted) hearing.abort();
    hearing.close();
    await hearing.settled();
    events.close();
  }
}

/** A channel hands its values over as they come, which is what every 20 ms of every session go through. */
function isChannel(inputs: AsyncIterable<EarInput>): inputs is Channel<EarInput> {
  return "consume" in inputs;
}

/** A way into a bounded channel for several writers: in the order of `emit`, and with something to wait for when full. */
function inOrder(events: Channel<EarEvent>) {
  const waiting: EarEvent[] = [];
  let moving: Promise<void> | undefined;
  const move = async () => {
    while (waiting.length > 0) {
      if (events.closed) waiting.length = 0;
      else if (events.push(waiting[0]!)) waiting.shift();
      else await events.writable();
    }
    moving = undefined;
  };
  return {
    /** Undefined: taken. A promise: resolves once there is room again. */
    emit(event: EarEvent): Promise<void> | undefined {
      if (!moving && (events.closed || events.push(event))) return undefined;
      waiting.push(event);
      moving ??= move();
      return moving;
    },
    drained: () => moving,
  };
}
