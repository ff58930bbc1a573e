/** The user's and the coach's audio placed in time beside each other: the recording before it is written. */
import type { SampleRate } from "../../ports/audio.ts";
import { Arrival } from "./arrival.ts";
import { Lane, openResamplers } from "./lane.ts";
import { Track } from "./track.ts";

export interface TwoTrackOptions {
  /** Rate of the recording, Hz. Default 16,000, which is enough for listeners and recognisers. */
  readonly rate?: SampleRate;
  /** Rates that audio will come in, Hz. Default 8,000, 16,000 and 24,000. */
  readonly rates?: readonly SampleRate[];
  /** Farthest the coach's audio may be scheduled ahead of what is final, ms. Default 120,000 (3.8 MB at 16 kHz). */
  readonly coachLeadMs?: number;
  /** Longest lead of the user's audio, which has no reason to be ahead. Default 10,000. */
  readonly userLeadMs?: number;
}

/** Distance from where the last audio ended within which the coach's next follows it, ms. */
const seamMs = 60;

/** Opens a recording's two tracks. @throws RangeError on a rate out of range. */
export async function openTwoTrack(options: TwoTrackOptions = {}): Promise<TwoTrack> {
  const { rate = 16_000, rates = [8000, 16_000, 24_000] } = options;
  const user = await openResamplers(rates, rate);
  const coach = await openResamplers(rates, rate);
  return new TwoTrack(rate, { user, coach }, options);
}

type Resamplers = Awaited<ReturnType<typeof openResamplers>>;

/**
 * The two tracks of a recording between what is final and what is still to be played. Times are milliseconds since the
 * recording began. Memory follows how far the coach is ahead of what is final, up to the leads; audio beyond them, or for
 * a time that is final already, is left out and counted as lost.
 */
export class TwoTrack {
  readonly rate: SampleRate;
  readonly #resamplers: { readonly user: Resamplers; readonly coach: Resamplers };
  readonly #userTrack: Track;
  readonly #arrival: Arrival;
  readonly #coach: CoachSide;
  /** Samples. */
  #userLost = 0;

  constructor(
    rate: SampleRate,
    resamplers: { readonly user: Resamplers; readonly coach: Resamplers },
    { coachLeadMs = 120_000, userLeadMs = 10_000 }: TwoTrackOptions,
  ) {
    this.rate = rate;
    this.#resamplers = resamplers;
    const userLead = (userLeadMs * rate) / 1000;
    const userTrack = new Track(Math.round(userLead));
    const lane = new Lane(resamplers.user, rate, (at, pcm) => {
      this.#userLost += userTrack.put(at, pcm);
    });
    this.#userTrack = userTrack;
    this.#arrival = new Arrival(lane, rate, userLead);
    this.#coach = new CoachSide(resamplers.coach, rate, Math.round((coachLeadMs * rate) / 1000));
  }

  /** Audio that could not be placed, ms. */
  get lost(): { readonly userMs: number; readonly coachMs: number } {
    const msOf = (samples: number) => (samples * 1000) / this.rate;
    return { userMs: msOf(this.#userLost), coachMs: msOf(this.#coach.lost) };
  }

  /** Samples of memory held by both sides. */
  get held(): number {
    const user = this.#userTrack.capacity + this.#arrival.waiting;
    return user + this.#coach.track.capacity + this.#coach.waiting;
  }

  /**
   * Takes the user's next audio; `atMs` is when its first sample was spoken as far as the server can tell (its arrival
   * less its length). Audio is placed by its own count of samples; see `Arrival` for when the clock corrects that.
   * @throws RangeError on a rate that is not among the options' `rates`; `coach` likewise.
   */
  user(pcm: Int16Array, rate: SampleRate, atMs: number): void {
    this.#check(rate);
    this.#arrival.take(pcm, rate, this.#exactSampleAt(atMs));
  }

  /**
   * Takes the coach's next audio; `atMs` is when its first sample is played. Within 60 ms of where the last ended it
   * follows that without a seam. Anywhere else it replaces what was scheduled from then on.
   */
  coach(pcm: Int16Array, rate: SampleRate, atMs: number): void {
    this.#check(rate);
    this.#coach.play(pcm, rate, this.#exactSampleAt(atMs));
  }

  /** Silences the coach: audio scheduled from then on was never played. */
  cutCoach(atMs: number): void {
    this.#coach.cut(this.#sampleAt(atMs));
  }

  /** Pauses the coach: audio scheduled from then on, and audio that comes meanwhile, waits for `releaseCoach`. */
  holdCoach(atMs: number): void {
    this.#coach.hold(this.#sampleAt(atMs));
  }

  /** Resumes the coach where it was held. */
  releaseCoach(atMs: number): void {
    this.#coach.release(this.#sampleAt(atMs));
  }

  /**
   * Declares everything before `toMs` final. Returns what became final as interleaved stereo, in pieces of a second at
   * most, all of which must be taken before the next call.
   */
  advance(toMs: number): Iterable<Int16Array> {
    return this.#taken(this.#settle(toMs));
  }

  /** Returns the rest, up to `toMs`; audio beyond was never played. Nothing may be called afterwards. */
  end(toMs: number): Iterable<Int16Array> {
    this.#coach.cut(this.#sampleAt(toMs));
    const to = this.#settle(toMs);
    for (const side of [this.#resamplers.user, this.#resamplers.coach])
      for (const resampler of side.values()) resampler.close();
    return this.#taken(to);
  }

  #check(rate: SampleRate): void {
    if (!this.#resamplers.user.has(rate))
      throw new RangeError(`the recording has no resampler for ${rate} Hz`);
  }

  #exactSampleAt(ms: number): number {
    return (ms * this.rate) / 1000;
  }

  #sampleAt(ms: number): number {
    return Math.round(this.#exactSampleAt(ms));
  }

  #settle(toMs: number): number {
    const to = this.#sampleAt(toMs);
    this.#arrival.settle(to);
    this.#coach.settle(to);
    return to;
  }

  *#taken(to: number): Generator<Int16Array> {
    const user = this.#userTrack;
    while (user.head < to) {
      const next = Math.min(to, user.head + this.rate);
      const piece = new Int16Array((next - user.head) * 2);
      user.take(next, piece, 0);
      this.#coach.track.take(next, piece, 1);
      yield piece;
    }
  }
}

/** The coach's side: the caller knows when audio plays, and may change that later. */
class CoachSide {
  readonly track: Track;
  lost = 0;
  readonly #lane: Lane;
  readonly #limit: number;
  readonly #seam: number;
  /** While the coach is paused, what it goes on with. */
  #held: { pieces: Int16Array[]; length: number } | undefined;
  #begun = false;

  constructor(resamplers: Resamplers, rate: SampleRate, limit: number) {
    this.track = new Track(limit);
    this.#limit = limit;
    this.#seam = (seamMs * rate) / 1000;
    this.#lane = new Lane(resamplers, rate, (at, pcm) => {
      if (this.#held) this.#keep(this.#held, pcm);
      else this.lost += this.track.put(at, pcm);
    });
  }

  get waiting(): number {
    return this.#held?.length ?? 0;
  }

  play(pcm: Int16Array, rate: SampleRate, at: number): void {
    const follows = this.#begun && Math.abs(at - this.#lane.position) <= this.#seam;
    if (!this.#held && !follows) {
      this.#lane.moveTo(at);
      this.track.cut(Math.round(at));
    }
    this.#begun = true;
    this.#lane.append(pcm, rate);
  }

  cut(at: number): void {
    this.#lane.flush();
    this.#held = undefined;
    this.track.cut(at);
    this.#begun = false;
  }

  hold(at: number): void {
    if (this.#held) return;
    this.#lane.flush();
    const rest = this.track.cut(at);
    this.#held = { pieces: rest.length > 0 ? [rest] : [], length: rest.length };
  }

  release(at: number): void {
    if (!this.#held) return;
    this.#lane.flush();
    const { pieces } = this.#held;
    this.#held = undefined;
    let to = at;
    for (const piece of pieces) {
      this.lost += this.track.put(to, piece);
      to += piece.length;
    }
    this.#lane.moveTo(to);
  }

  settle(to: number): void {
    if (!this.#held && this.#lane.emitted < to) this.#lane.flush();
  }

  #keep(held: { pieces: Int16Array[]; length: number }, pcm: Int16Array): void {
    const free = Math.max(0, this.#limit - held.length);
    this.lost += Math.max(0, pcm.length - free);
    const kept = pcm.slice(0, free);
    if (kept.length === 0) return;
    held.pieces.push(kept);
    held.length += kept.length;
  }
}
