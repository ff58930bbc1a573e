import type { SampleRate } from "../../ports/audio.ts";
import { Arrival } from "./arrival.ts";
import { Lane, openResamplers } from "./lane.ts";
import { Track } from "./track.ts";

export interface TwoTrackOptions {
  /** Of the recording, Hz. Default 16,000: speech loses nothing a listener or a recogniser would miss. */
  readonly rate?: SampleRate;
  /** Rates that audio will come in, Hz. Default 8,000, 16,000 and 24,000. */
  readonly rates?: readonly SampleRate[];
  /** Farthest the coach's audio may be scheduled ahead of what is final, ms. Default 120,000 (3.8 MB at 16 kHz). */
  readonly coachLeadMs?: number;
  /** The same of the user's audio, which has no reason to. Default 10,000. */
  readonly userLeadMs?: number;
}

/**
 * All times are milliseconds since the recording began. Memory follows how far the coach is ahead of what is final,
 * up to the leads; audio beyond them, or for a time that is final already, is left out and counted as lost.
 */
export interface TwoTrack {
  readonly rate: SampleRate;
  /**
   * The user's next audio; `atMs` is when its first sample was spoken as far as the server can tell (its arrival less
   * its length). It is placed by its own count of samples; see `Arrival` for when the clock corrects that.
   * @throws RangeError on a rate that was not announced; `coach` likewise.
   */
  user(pcm: Int16Array, rate: SampleRate, atMs: number): void;
  /**
   * The coach's next audio; `atMs` is when its first sample is played. Within 60 ms of where the last ended it follows
   * that without a seam. Anywhere else it is what plays from then on: what was scheduled there is thrown away.
   */
  coach(pcm: Int16Array, rate: SampleRate, atMs: number): void;
  /** The coach falls silent: what was scheduled from then on was never heard. */
  cutCoach(atMs: number): void;
  /** The coach pauses: what was scheduled from then on, and what comes meanwhile, waits for `releaseCoach`. */
  holdCoach(atMs: number): void;
  /** The coach goes on from then where it was held. */
  releaseCoach(atMs: number): void;
  /**
   * Declares everything before `toMs` final, and gives what became final as interleaved stereo in pieces of a second
   * at most. Take them all: the next call goes on behind them.
   */
  advance(toMs: number): Iterable<Int16Array>;
  /** The rest, up to `toMs`; what lies beyond was never heard. Nothing may be called afterwards. */
  end(toMs: number): Iterable<Int16Array>;
  /** Audio that could not be placed, ms. */
  readonly lost: { readonly userMs: number; readonly coachMs: number };
  /** Samples of memory held by both sides. */
  readonly held: number;
}

/** How far the coach's audio may be from where the last ended and still follow it. */
const seamMs = 60;

/** Opens a recording's two tracks. @throws RangeError on a rate out of range. */
export async function openTwoTrack(options: TwoTrackOptions = {}): Promise<TwoTrack> {
  const {
    rate = 16_000,
    rates = [8000, 16_000, 24_000],
    coachLeadMs = 120_000,
    userLeadMs = 10_000,
  } = options;
  const resamplers = [await openResamplers(rates, rate), await openResamplers(rates, rate)] as const;
  const samplesIn = (ms: number) => (ms * rate) / 1000;
  const lost = { user: 0, coach: 0 };

  const userTrack = new Track(Math.round(samplesIn(userLeadMs)));
  const userLane = new Lane(resamplers[0], rate, (at, pcm) => {
    lost.user += userTrack.put(at, pcm);
  });
  const arrival = new Arrival(userLane, rate, samplesIn(userLeadMs));
  const coach = new CoachSide(resamplers[1], rate, Math.round(samplesIn(coachLeadMs)));

  const check = (from: SampleRate) => {
    if (!rates.includes(from)) throw new RangeError(`a recording that was not told of ${from} Hz`);
  };
  const settle = (toMs: number): number => {
    const to = Math.round(samplesIn(toMs));
    arrival.settle(to);
    coach.settle(to);
    return to;
  };
  function* taken(to: number) {
    while (userTrack.head < to) {
      const next = Math.min(to, userTrack.head + rate);
      const piece = new Int16Array((next - userTrack.head) * 2);
      userTrack.take(next, piece, 0);
      coach.track.take(next, piece, 1);
      yield piece;
    }
  }
  return {
    rate,
    user(pcm, from, atMs) {
      check(from);
      arrival.take(pcm, from, samplesIn(atMs));
    },
    coach(pcm, from, atMs) {
      check(from);
      coach.play(pcm, from, samplesIn(atMs));
    },
    cutCoach: (atMs) => coach.cut(Math.round(samplesIn(atMs))),
    holdCoach: (atMs) => coach.hold(Math.round(samplesIn(atMs))),
    releaseCoach: (atMs) => coach.release(Math.round(samplesIn(atMs))),
    advance: (toMs) => taken(settle(toMs)),
    end(toMs) {
      coach.cut(Math.round(samplesIn(toMs)));
      const to = settle(toMs);
      for (const made of resamplers) for (const resampler of made.values()) resampler.close();
      return taken(to);
    },
    get lost() {
      return { userMs: (lost.user * 1000) / rate, coachMs: ((lost.coach + coach.lost) * 1000) / rate };
    },
    get held() {
      return userTrack.capacity + arrival.waiting + coach.track.capacity + coach.waiting;
    },
  };
}

/** The coach's side: the caller knows when it plays, and may think better of it. */
class CoachSide {
  readonly track: Track;
  lost = 0;
  readonly #lane: Lane;
  readonly #limit: number;
  readonly #seam: number;
  /** While the coach is paused, what it goes on with. */
  #held: { pieces: Int16Array[]; length: number } | undefined;
  #begun = false;

  constructor(resamplers: Awaited<ReturnType<typeof openResamplers>>, rate: SampleRate, limit: number) {
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
    const room = Math.max(0, this.#limit - held.length);
    this.lost += Math.max(0, pcm.length - room);
    const kept = pcm.slice(0, room);
    if (kept.length === 0) return;
    held.pieces.push(kept);
    held.length += kept.length;
  }
}
