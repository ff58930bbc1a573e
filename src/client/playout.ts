/** The jitter buffer between socket and speaker: holds a reply's frames until they are due and tells which sample sounds. Pure. */

/** Audio of one reply, cut anywhere. */
export interface ReplyAudio {
  /** Counts the session's responses from 1. */
  readonly responseNumber: number;
  /** Index of the first sample within this response's audio. */
  readonly startSample: number;
  /** Mono 16-bit samples. */
  readonly pcm: Int16Array;
}

/** `waiting`: begun but short of audio; `cleared`: stopped before its end. */
type PlayState = "waiting" | "playing" | "paused" | "ended" | "cleared";

export interface PlayPosition {
  readonly responseNumber: number;
  /** Samples of this response that were played. */
  readonly playedSamples: number;
  readonly state: PlayState;
}

export interface PlayoutOptions {
  /** Samples per second. */
  readonly rate: number;
  /** Audio held before a reply starts to sound, so that a late frame makes no gap; ms. Default 60. */
  readonly startMs?: number;
  /** Longest that a short beginning is held back for more, ms. Default 120. */
  readonly patienceMs?: number;
  /** Most audio that may wait; beyond it audio is refused (`full`). Default 300 s. */
  readonly limitMs?: number;
  /** Called at each change of state, from within the call that made it. */
  readonly onChange?: (position: PlayPosition) => void;
}

export interface Playout {
  /** `dead`: of a response that was cleared or is over, thrown away. `full`: the limit is reached, thrown away. */
  add(audio: ReplyAudio): "held" | "dead" | "full";
  /** Notes that a response has no more audio than what was added. */
  finish(responseNumber: number): void;
  /** Silences this response and every one before it, now and for good. */
  clear(upToResponse: number): void;
  /** Holds this response and every one before it, until `resume` or their end; a later response plays. */
  pause(upToResponse: number): void;
  resume(): void;
  /** Fills `out` with what is heard next, silence where there is nothing; answers how many samples were the reply's. */
  render(out: Float32Array): number;
  /** The response being heard; undefined before the first. */
  position(): PlayPosition | undefined;
}

/** After running dry, hold twice as much before going on: the line has shown how late it can be. */
const maxStartMs = 300;
/** A cut mid-wave clicks; what is cleared fades over this long. */
const fadeMs = 5;

/** Makes an empty playout. */
export function openPlayout(options: PlayoutOptions): Playout {
  return new FramePlayout(options);
}

class FramePlayout implements Playout {
  readonly #onChange: PlayoutOptions["onChange"];
  readonly #rate: number;
  /** Most samples that may wait. */
  readonly #limit: number;
  /** Longest wait for more of a short beginning, samples. */
  readonly #patience: number;
  /** Samples held before a reply starts to sound; doubled after running dry. */
  #startAt: number;
  #queue: ReplyAudio[] = [];
  /** Samples of the first queued piece already played. */
  #offset = 0;
  /** Samples that wait. */
  #held = 0;
  /** Rendered samples since the present wait began. */
  #waited = 0;
  #deadUpTo = 0;
  #finishedUpTo = 0;
  #fade: Float32Array | undefined;
  /** A hold belongs to responses, not to the speaker: none outlives the response it was asked for. */
  #pausedUpTo = 0;
  #current: PlayPosition | undefined;

  constructor(options: PlayoutOptions) {
    this.#rate = options.rate;
    this.#onChange = options.onChange;
    this.#limit = this.#samples(options.limitMs ?? 300_000);
    this.#patience = this.#samples(options.patienceMs ?? 120);
    this.#startAt = this.#samples(options.startMs ?? 60);
  }

  add(audio: ReplyAudio): "held" | "dead" | "full" {
    if (audio.responseNumber <= this.#deadUpTo) return "dead";
    if (this.#held + audio.pcm.length > this.#limit) return "full";
    if (audio.pcm.length === 0) return "held";
    this.#queue.push(audio);
    this.#held += audio.pcm.length;
    if (!this.#isOpen) this.#settle();
    return "held";
  }

  finish(responseNumber: number): void {
    this.#finishedUpTo = Math.max(this.#finishedUpTo, responseNumber);
    this.#settle();
  }

  clear(upToResponse: number): void {
    if (upToResponse <= this.#deadUpTo) return;
    this.#deadUpTo = upToResponse;
    if (this.#queue[0] && this.#queue[0].responseNumber <= upToResponse) {
      this.#fadeOut();
      this.#offset = 0;
      this.#queue = this.#queue.filter((piece) => piece.responseNumber > upToResponse);
      this.#held = this.#queue.reduce((sum, piece) => sum + piece.pcm.length, 0);
    }
    const current = this.#current;
    if (this.#isOpen && current && current.responseNumber <= upToResponse)
      this.#change({ ...current, state: "cleared" });
    if (!this.#isOpen) this.#settle();
  }

  pause(upToResponse: number): void {
    this.#pausedUpTo = Math.max(this.#pausedUpTo, upToResponse);
    const current = this.#current;
    if (this.#isOpen && current && current.state !== "paused" && current.responseNumber <= this.#pausedUpTo)
      this.#change({ ...current, state: "paused" });
  }

  resume(): void {
    this.#pausedUpTo = 0;
    if (this.#current?.state === "paused") this.#change({ ...this.#current, state: "waiting" });
  }

  render(out: Float32Array): number {
    out.fill(0);
    if (this.#fade) {
      out.set(this.#fade.subarray(0, out.length));
      this.#fade = undefined;
    }
    let played = 0;
    while (played < out.length && this.#isOpen && this.#current && this.#current.state !== "paused") {
      if (this.#current.state === "waiting") {
        if (!this.#isReady()) {
          this.#waited += out.length - played;
          break;
        }
        this.#change({ ...this.#current, state: "playing" });
      }
      played += this.#playFrom(out, played);
      const before = this.#current;
      if (this.#queue[0]?.responseNumber === before.responseNumber) break;
      this.#settle();
      if (this.#current === before) {
        // A frame that comes before the next call is still in time: only a call left unfilled has run dry.
        if (played < out.length) this.#waitAfterUnderrun(before);
        break;
      }
    }
    return played;
  }

  position(): PlayPosition | undefined {
    return this.#current;
  }

  get #isOpen(): boolean {
    return (
      this.#current !== undefined && this.#current.state !== "ended" && this.#current.state !== "cleared"
    );
  }

  #samples(ms: number): number {
    return Math.round((ms * this.#rate) / 1000);
  }

  #change(position: PlayPosition): void {
    this.#current = position;
    this.#onChange?.(position);
  }

  #begin(responseNumber: number, playedSamples: number): void {
    this.#waited = 0;
    const state = responseNumber <= this.#pausedUpTo ? "paused" : "waiting";
    this.#change({ responseNumber, playedSamples, state });
  }

  /** Ends the current response once all of it was played, and turns to the next one that waits. */
  #settle(): void {
    const current = this.#current;
    const next = this.#queue[0];
    if (this.#isOpen && current) {
      const over = next
        ? next.responseNumber > current.responseNumber
        : this.#finishedUpTo >= current.responseNumber;
      if (!over) return;
      this.#deadUpTo = Math.max(this.#deadUpTo, current.responseNumber);
      this.#change({ ...current, state: "ended" });
    }
    const first = this.#queue[0];
    if (first) this.#begin(first.responseNumber, first.startSample);
  }

  #waitAfterUnderrun({ responseNumber, playedSamples }: PlayPosition): void {
    this.#startAt = Math.min(Math.max(1, this.#startAt) * 2, this.#samples(maxStartMs));
    this.#begin(responseNumber, playedSamples);
  }

  #isReady(): boolean {
    const next = this.#queue[0];
    if (!next) return false;
    const whole =
      this.#finishedUpTo >= next.responseNumber ||
      (this.#queue.at(-1)?.responseNumber ?? 0) > next.responseNumber;
    return this.#held >= this.#startAt || whole || this.#waited >= this.#patience;
  }

  #fadeOut(): void {
    const piece = this.#queue[0];
    if (this.#current?.state !== "playing" || !piece) return;
    const rest = piece.pcm.subarray(this.#offset, this.#offset + this.#samples(fadeMs));
    this.#fade = Float32Array.from(rest, (value, i) => (value / 32_768) * (1 - i / rest.length));
  }

  /** Copies what is due into `out` from `start` on; returns how many samples that were. */
  #playFrom(out: Float32Array, start: number): number {
    let at = start;
    while (at < out.length && this.#current?.state === "playing") {
      const piece = this.#queue[0];
      if (!piece || piece.responseNumber !== this.#current.responseNumber) break;
      const count = Math.min(out.length - at, piece.pcm.length - this.#offset);
      for (let i = 0; i < count; i++) out[at + i] = (piece.pcm[this.#offset + i] as number) / 32_768;
      at += count;
      this.#offset += count;
      this.#held -= count;
      this.#current = { ...this.#current, playedSamples: piece.startSample + this.#offset };
      if (this.#offset === piece.pcm.length) {
        this.#queue.shift();
        this.#offset = 0;
      }
    }
    return at - start;
  }
}
