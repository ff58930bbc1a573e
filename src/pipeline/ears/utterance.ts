/** One utterance on its way to the transcriber while it is still being said; its transcript comes back later. */
import { channel } from "../../lib/channel.ts";
import { StageError } from "../../lib/errors.ts";
import { Cancelled } from "../../lib/scope.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import type { Transcriber, Transcript } from "../../ports/transcriber.ts";
import type { OnUtteranceUsage, UsageReport } from "../../ports/usage.ts";
import { samplesIn } from "../audio/pcm.ts";
import type { EarEvent, EarSettings } from "./ear-events.ts";
import { createDraftTranscript } from "./preemptive-transcript.ts";

export interface Utterance {
  readonly number: number;
  /** The words so far, when the transcriber tells them as it goes. */
  readonly words: string | undefined;
  /** Streams audio to the transcriber, no more than `maxMs` in all. Keeps `pcm`, not a copy. */
  push(pcm: Int16Array): void;
  /** A provisional silence: a draft of the transcript may start. */
  pause(): void;
  /** Speech goes on after `pause`: a draft no longer holds. */
  resume(): void;
  /**
   * All audio is in: the transcript may follow now. Nothing but silence came since the last `pause`, if not resumed.
   * `measure` is asked once the transcript is there.
   */
  end(measure?: () => Measured): void;
  /** Throws it away; nothing more of it is heard. */
  abort(): void;
  /** Resolves, never rejects, once its transcriber has let go. */
  readonly done: Promise<void>;
}

/** How it was said, as `transcribed` tells it. */
export type Measured = Pick<
  Extract<EarEvent, { type: "transcribed" }>,
  "delivery" | "contour" | "turnDelivery"
>;

export interface UtteranceOptions {
  readonly number: number;
  readonly transcriber: Transcriber;
  readonly speaker?: object;
  readonly settings: EarSettings;
  readonly maxMs: number;
  /** Waits while too many events wait for the listener. */
  readonly emit: (event: EarEvent) => Promise<void> | undefined;
  readonly onUsage?: OnUtteranceUsage;
}

/** Opens an utterance: the transcriber starts at once and hears it as it comes. */
export function openUtterance(options: UtteranceOptions): Utterance {
  const { number, settings, transcriber, speaker, emit, onUsage } = options;
  const { rate, language, hint, expectation } = settings;
  const room = samplesIn(options.maxMs, rate);
  /** Holds the whole utterance if it must, since that is bounded: a slow transcriber loses nothing. */
  const audio = channel<Int16Array>(room, (pcm) => pcm.length);
  const upstream = new AbortController();
  const committed = Promise.withResolvers<void>();
  const asked = {
    rate,
    language,
    ...(hint !== undefined && { hint }),
    ...(expectation !== undefined && { expectation }),
    ...(speaker && { speaker }),
    ...(onUsage && { onUsage: (report: UsageReport) => onUsage(report, number) }),
  };
  const drafting = settings.draftAfterMs !== undefined;
  const draft =
    drafting && !transcriber.streams
      ? createDraftTranscript({
          transcriber,
          options: asked,
          onTranscript: (transcript) => tellDraft(transcript),
        })
      : undefined;
  let measure: (() => Measured) | undefined;
  let words: string | undefined;
  let over: "ended" | "thrown away" | undefined;
  let drafted = false;

  const tellDraft = (transcript: Transcript) => {
    if (over || drafted) return;
    drafted = true;
    void emit({ type: "drafted", utterance: number, transcript });
  };
  const transcribe = async (): Promise<Transcript> => {
    const events = transcriber.transcribe(audio, { ...asked, signal: upstream.signal });
    for await (const event of untilAborted(events, upstream.signal)) {
      if (event.type === "final") return event.transcript;
      words = event.text;
      if (!upstream.signal.aborted) await emit({ type: "partial", utterance: number, text: event.text });
    }
    throw new StageError("transcribe", "malformed");
  };
  /** The transcript of the whole utterance, or of the draft where that is as good: it lacks but silence. */
  const settle = async (): Promise<Transcript> => {
    const whole = transcribe();
    if (!draft) return whole;
    whole.catch(() => {});
    await committed.promise;
    const early = await draft.finished();
    if (!early) {
      audio.close();
      return whole;
    }
    upstream.abort(new Cancelled("finished"));
    return early;
  };
  const run = async () => {
    let outcome: EarEvent;
    try {
      const transcript = await settle();
      audio.discard();
      await committed.promise;
      outcome = { type: "transcribed", utterance: number, transcript, ...measure?.() };
    } catch (error) {
      audio.discard();
      await committed.promise;
      outcome = { type: "failed", utterance: number, error: asStageError(error) };
    }
    if (over !== "thrown away") await emit(outcome);
  };
  return {
    number,
    get words() {
      const early = draft?.transcript;
      return early?.understood ? early.text : words;
    },
    push(pcm) {
      if (pcm.length === 0) return;
      audio.push(pcm);
      draft?.keep(pcm);
    },
    pause() {
      if (draft) draft.start();
      else if (drafting && words) tellDraft({ text: words, understood: true });
    },
    resume() {
      draft?.drop();
    },
    end(how) {
      over = "ended";
      measure = how;
      if (!draft) audio.close();
      committed.resolve();
    },
    abort() {
      over = "thrown away";
      draft?.drop();
      upstream.abort(new Cancelled("client_cancelled"));
      audio.discard();
      committed.resolve();
    },
    done: run(),
  };
}

/** A transcriber's own error, or any other wrapped as one: nothing else leaves the ears. */
function asStageError(error: unknown): StageError {
  return error instanceof StageError ? error : new StageError("transcribe", "unavailable", { cause: error });
}
