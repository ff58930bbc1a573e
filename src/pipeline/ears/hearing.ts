import type { SampleRate } from "../../ports/audio.ts";
import type { Transcriber } from "../../ports/transcriber.ts";
import type { OnUtteranceUsage } from "../../ports/usage.ts";
import { durationMs, samplesIn } from "../audio/pcm.ts";
import { EchoGuard } from "../echo/echo-guard.ts";
import type { Loudspeaker } from "../echo/loudspeaker.ts";
import { furthestOnset } from "../voice-activity/onset.ts";
import { frameMs } from "../voice-activity/voice-activity.ts";
import type { EarEvent, EarSettings } from "./ear-events.ts";
import { createPreroll, type Preroll } from "./preroll.ts";
import { Turn } from "./turn.ts";
import {
  type Detection,
  type DetectorSettings,
  openTurnDetector,
  type TurnDetector,
  type TurnSign,
} from "./turn-detector.ts";
import { openUtterance, type Utterance } from "./utterance.ts";

export interface HearingOptions {
  readonly transcriber: Transcriber;
  readonly speaker?: object;
  /** Longest audio of one utterance. */
  readonly maxMs: number;
  readonly emit: (event: EarEvent) => Promise<void> | undefined;
  readonly onUsage?: OnUtteranceUsage;
  /** What plays beside the microphone; undefined: nothing that is known of. */
  readonly loudspeaker?: Loudspeaker;
}

/** Everything but `configure` and `settled` is done when it returns. */
export interface Hearing {
  audio(pcm: Int16Array): void;
  commit(cause: "client" | "idle_timeout", eventId?: string): void;
  clear(eventId?: string): void;
  /** Settings from here on; the first call begins. A change of rate or of the kind of detection ends an open utterance. */
  configure(settings: EarSettings): Promise<void>;
  /** No more audio: an open utterance is thrown away, the detector freed; transcripts under way go on. */
  close(): void;
  /** Throws the transcripts under way away too. */
  abort(): void;
  /** Resolves once no transcript is under way. */
  settled(): Promise<void>;
}

/** A `commit` of less audio is refused, as the reference does, ms. */
const shortestCommitMs = 100;
/** Audio kept from before the detected start under `semantic_vad`, as in the reference's `server_vad`, ms. */
const semanticPaddingMs = 300;

/** While turns are detected: the detector, the frame being filled, and the audio from before the next turn. */
interface Watch {
  readonly detector: TurnDetector;
  readonly frame: Int16Array;
  readonly preroll: Preroll;
  /** Samples from before the onset that belong to the turn. */
  readonly padding: number;
}

function paddingOf(detection: Detection): number {
  return detection.type === "server_vad" ? detection.prefixPaddingMs : semanticPaddingMs;
}

async function openWatch(
  rate: SampleRate,
  settings: DetectorSettings,
  guard: EchoGuard | undefined,
  before?: Watch,
): Promise<Watch> {
  const padding = samplesIn(paddingOf(settings.detection), rate);
  if (before?.padding === padding) {
    before.detector.configure(settings);
    return before;
  }
  const frame = before?.frame ?? new Int16Array(samplesIn(frameMs, rate));
  const preroll = createPreroll(padding + furthestOnset * frame.length);
  if (before) preroll.push(before.preroll.take(before.preroll.length));
  before?.detector.configure(settings);
  const detector = before?.detector ?? (await openTurnDetector(rate, settings, guard));
  return { detector, frame, preroll, padding };
}

/** Makes the hearing of one session; it hears nothing before `configure`. */
export function createHearing(options: HearingOptions): Hearing {
  const { emit } = options;
  const guard = options.loudspeaker && new EchoGuard(options.loudspeaker);
  const underWay = new Set<Utterance>();
  let settings: EarSettings | undefined;
  let watch: Watch | undefined;
  /** Samples in the frame being filled. */
  let filled = 0;
  let open: { turn: Turn; spoken: boolean } | undefined;
  let count = 0;
  /** Audio time: ms up to the last change of rate, and samples since. */
  let baseMs = 0;
  let samples = 0;
  const msAt = (sample: number) => Math.round(baseMs + durationMs(sample, settings!.rate));

  const openNext = (settings: EarSettings) => {
    const utterance = openUtterance({ ...options, number: ++count, settings });
    underWay.add(utterance);
    void utterance.done.then(() => underWay.delete(utterance));
    return utterance;
  };
  /** Opens a turn with audio that has been counted already. */
  const begin = (pcm: Int16Array, spoken: boolean) => {
    const start = samples - pcm.length;
    if (spoken) emit({ type: "speech_started", utterance: count + 1, atMs: msAt(start) });
    const turn = new Turn({ ...options, settings: settings!, open: openNext, start, msAt });
    open = { turn, spoken };
    turn.push(pcm);
  };
  const finish = (cause: "endpoint" | "client" | "idle_timeout", eventId?: string) => {
    if (!open) return;
    const { turn, spoken } = open;
    open = undefined;
    const { number: utterance, startMs, endMs } = turn;
    if (spoken) {
      const silenceMs = watch?.detector.silenceMs ?? 0;
      emit({ type: "speech_stopped", utterance, atMs: msAt(samples), silenceMs });
    }
    emit({
      type: "committed",
      utterance,
      startMs,
      endMs,
      cause,
      ...(eventId !== undefined && { eventId }),
    });
    turn.end();
  };
  const obey = (sign: TurnSign, { detector, frame, preroll, padding }: Watch) => {
    if (sign === "began") begin(preroll.take(padding + detector.beganFramesAgo * frame.length), true);
    if (!open) return;
    const { turn } = open;
    if (sign === "ended") finish("endpoint");
    if (sign === "confirmed") emit({ type: "speech_confirmed", utterance: turn.number, atMs: msAt(samples) });
    if (sign === "resumed") {
      turn.resume();
      emit({ type: "resumed", utterance: turn.number, atMs: msAt(samples) });
    }
    if (sign === "paused") {
      emit({ type: "paused", utterance: turn.number, atMs: msAt(samples) });
      turn.pause();
    }
  };
  const takeFrame = (watching: Watch) => {
    const { detector, frame, preroll } = watching;
    if (open) open.turn.push(frame.slice());
    else preroll.push(frame);
    guard?.frameEnds(baseMs + durationMs(samples, settings!.rate));
    const signs = detector.take(frame, open?.turn.words);
    if (signs.length > 0) for (const sign of signs) obey(sign, watching);
  };
  /** The part of a frame heard so far goes where its audio belongs, and the next frame starts here. */
  const takePart = ({ frame, preroll }: Watch) => {
    const part = frame.slice(0, filled);
    filled = 0;
    if (open) open.turn.push(part);
    else preroll.push(part);
  };
  const dismiss = () => {
    open?.turn.abort();
    open = undefined;
    filled = 0;
    watch?.preroll.clear();
    watch?.detector.reset();
  };
  const closeWatch = () => {
    watch?.detector.close();
    watch = undefined;
    filled = 0;
  };
  return {
    audio(pcm) {
      if (!watch) {
        samples += pcm.length;
        if (open) open.turn.push(pcm);
        else if (pcm.length > 0) begin(pcm, false);
        return;
      }
      const { frame } = watch;
      guard?.arrived(baseMs + durationMs(samples + pcm.length, settings!.rate));
      for (let at = 0; at < pcm.length; ) {
        const length = Math.min(frame.length - filled, pcm.length - at);
        frame.set(length === pcm.length ? pcm : pcm.subarray(at, at + length), filled);
        filled += length;
        at += length;
        samples += length;
        if (filled < frame.length) break;
        filled = 0;
        takeFrame(watch);
      }
    },
    commit(cause, eventId) {
      const buffered = filled + (open ? open.turn.samples : (watch?.preroll.length ?? 0));
      const bufferedMs = durationMs(buffered, settings!.rate);
      // What is buffered stays: more may follow.
      if (bufferedMs < shortestCommitMs)
        return void emit({ type: "commit_empty", bufferedMs, ...(eventId !== undefined && { eventId }) });
      if (watch) {
        takePart(watch);
        if (!open) begin(watch.preroll.take(watch.preroll.length), false);
        watch.detector.reset();
      }
      finish(cause, eventId);
    },
    clear(eventId) {
      const thrown = open && {
        utterance: open.turn.number,
        thrownAwayMs: open.turn.endMs - open.turn.startMs,
      };
      dismiss();
      emit({
        type: "cleared",
        ...thrown,
        ...(eventId !== undefined && { eventId }),
      });
    },
    async configure(next) {
      const { rate, detection } = next;
      if (settings && (settings.rate !== rate || (settings.detection === null) !== (detection === null))) {
        if (watch) takePart(watch);
        finish("endpoint");
        closeWatch();
        baseMs += durationMs(samples, settings.rate);
        samples = 0;
      }
      settings = next;
      if (detection) watch = await openWatch(rate, { ...next, detection }, guard, watch);
    },
    close() {
      dismiss();
      closeWatch();
    },
    abort() {
      for (const utterance of underWay) utterance.abort();
    },
    async settled() {
      await Promise.all([...underWay].map((utterance) => utterance.done));
    },
  };
}
