import type { SampleRate } from "../../ports/audio.ts";
import type { Lane } from "./lane.ts";

/** How far the clock and the count of samples may be apart before anything is made of it. */
const toleranceMs = 60;
/** How long they must be, so that it is a gap or a drifting clock and not the network. */
const patienceMs = 1000;
/** Audio that is this much ahead of the clock is left out even if it is loud. */
const loudLeadMs = 500;
/** Peak below which nobody speaks (−36 dB of full scale). */
const quiet = 500;

interface Waiting {
  readonly pcm: Int16Array;
  readonly rate: SampleRate;
}

/**
 * Places audio by its own count of samples, and lets the clock correct that.
 *
 * A sample's arrival is its time plus a delay that is never negative, and mostly jitter. So the smallest delay of a
 * second is believed: audio that lags the clock by more than 60 ms waits up to a second for the rest. If the count
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
  /** Lengths of what waits, at the recording's rate. */
  #waitingLength = 0;
  #waitingSince = 0;
  #smallestLag = 0;
  #aheadSince: number | undefined;
  #smallestLead = 0;
  /** What is to be left out, at the recording's rate. */
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
    this.#goOn(0);
    this.#watchLead(at, -lag);
    const rest = this.#leaveOut(pcm, rate, -lag);
    if (rest.length > 0) this.#lane.append(rest, rate);
  }

  /** Everything before `to` is about to be final: what waits there is placed now, by what is known. */
  settle(to: number): void {
    if (this.#waiting.length > 0 && this.#lane.position < to) this.#goOn(this.#smallestLag);
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
    const over = at - this.#waitingSince >= this.#samplesIn(patienceMs);
    if (over || this.#waitingLength >= this.#limit) this.#goOn(this.#smallestLag);
  }

  /** Places what waits, `by` samples behind what came before. */
  #goOn(by: number): void {
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
    if (at - this.#aheadSince < this.#samplesIn(patienceMs)) return;
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
  for (let i = 0; i < pcm.length; i++) if (Math.abs(pcm[i]!) > quiet) return false;
  return true;
}
