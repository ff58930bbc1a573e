/** The user's audio placed in the recording by its count of samples, corrected by the clock. */
import type { SampleRate } from "../../ports/audio.ts";
import type { Lane } from "./lane.ts";

/** Difference of clock and sample count up to which nothing is done, ms. */
const toleranceMs = 60;
/** Difference that shows a gap or a drifting clock and not the network, ms. */
const confirmMs = 1000;
/** Audio this far ahead of the clock is left out even if it is loud, ms. */
const loudLeadMs = 500;
/** Peak of audio without speech, at most (−36 dB of full scale). */
const quietPeak = 500;

interface Waiting {
  readonly pcm: Int16Array;
  readonly rate: SampleRate;
}

/**
 * Places audio by its own count of samples, and lets the clock correct that.
 *
 * A sample's arrival is its time plus a delay that is never negative, and mostly jitter. So the smallest delay of a
 * second counts: audio that lags the clock by more than 60 ms waits up to a second for the rest. If the count
 * catches up it was a stall of the network, and nothing moves; if it does not, there was a gap (a muted microphone, a
 * sound card that runs slow), and what waited moves by the smallest lag seen. Audio that is ahead of the clock for a
 * second is left out until it is not, where it is quiet or far ahead.
 */
export class Arrival {
  readonly #lane: Lane;
  readonly #rate: SampleRate;
  /** Most samples that may wait. */
  readonly #limit: number;
  #begun = false;
  #waiting: Waiting[] = [];
  /** Samples that wait, at the recording's rate, with fractions. */
  #waitingLength = 0;
  #waitingSince = 0;
  #smallestLag = 0;
  #aheadSince: number | undefined;
  #smallestLead = 0;
  /** Samples to be left out, at the recording's rate. */
  #surplus = 0;

  constructor(lane: Lane, rate: SampleRate, limit: number) {
    this.#lane = lane;
    this.#rate = rate;
    this.#limit = limit;
  }

  /** Samples that wait to be placed, at the recording's rate. */
  get waiting(): number {
    return Math.round(this.#waitingLength);
  }

  /** Takes audio whose first sample is at `at` by the clock (samples at the recording's rate, with fractions). */
  take(pcm: Int16Array, rate: SampleRate, at: number): void {
    if (!this.#begun) this.#lane.moveTo(at);
    this.#begun = true;
    const lag = at - this.#lane.position - this.#waitingLength;
    if (lag > this.#samplesIn(toleranceMs)) return this.#wait(pcm, rate, at, lag);
    this.#place(0);
    this.#watchLead(at, -lag);
    const rest = this.#leaveOut(pcm, rate, -lag);
    if (rest.length > 0) this.#lane.append(rest, rate);
  }

  /** Places what waits before `to`, by what is known: everything before `to` is about to be final. */
  settle(to: number): void {
    if (this.#waiting.length > 0 && this.#lane.position < to) this.#place(this.#smallestLag);
    if (this.#lane.emitted < to) this.#lane.flush();
  }

  #wait(pcm: Int16Array, rate: SampleRate, at: number, lag: number): void {
    if (this.#waiting.length === 0) {
      this.#waitingSince = at;
      this.#smallestLag = lag;
    }
    this.#smallestLag = Math.min(this.#smallestLag, lag);
    // The caller's memory may be used again before this is placed.
    this.#waiting.push({ pcm: pcm.slice(), rate });
    this.#waitingLength += (pcm.length * this.#rate) / rate;
    const over = at - this.#waitingSince >= this.#samplesIn(confirmMs);
    if (over || this.#waitingLength >= this.#limit) this.#place(this.#smallestLag);
  }

  /** Places what waits, `by` samples after the audio before it. */
  #place(by: number): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingLength = 0;
    if (by > 0) this.#lane.moveTo(this.#lane.position + by);
    for (const { pcm, rate } of waiting) this.#lane.append(pcm, rate);
  }

  #watchLead(at: number, lead: number): void {
    this.#surplus = Math.min(this.#surplus, Math.max(0, lead));
    if (this.#surplus > 0) return;
    if (lead <= this.#samplesIn(toleranceMs)) {
      this.#aheadSince = undefined;
      return;
    }
    if (this.#aheadSince === undefined) this.#smallestLead = lead;
    this.#aheadSince ??= at;
    this.#smallestLead = Math.min(this.#smallestLead, lead);
    if (at - this.#aheadSince < this.#samplesIn(confirmMs)) return;
    this.#surplus = this.#smallestLead;
    this.#aheadSince = undefined;
  }

  #leaveOut(pcm: Int16Array, rate: SampleRate, lead: number): Int16Array {
    if (this.#surplus <= 0) return pcm;
    if (lead < this.#samplesIn(loudLeadMs) && !isQuiet(pcm)) return pcm;
    const count = Math.min(pcm.length, Math.round((this.#surplus * rate) / this.#rate));
    this.#surplus = count < pcm.length ? 0 : this.#surplus - (count * this.#rate) / rate;
    return pcm.subarray(count);
  }

  #samplesIn(ms: number): number {
    return (ms * this.#rate) / 1000;
  }
}

function isQuiet(pcm: Int16Array): boolean {
  for (let i = 0; i < pcm.length; i++) if (Math.abs(pcm[i]!) > quietPeak) return false;
  return true;
}
