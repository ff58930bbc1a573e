/** A turn's audio on its way to the transcriber, however long: utterances of bounded length, one behind the other. */
import { joinPcm, samplesIn } from "../audio/pcm.ts";
import { createLiveMeter } from "../delivery/live.ts";
import type { EarEvent, EarSettings } from "./ear-events.ts";
import { quietestPlace } from "./quietest-place.ts";
import type { Measured, Utterance } from "./utterance.ts";

export interface TurnOptions {
  /** Hold to the turn's end. */
  readonly settings: EarSettings;
  /** Longest audio of one utterance, ms. */
  readonly maxMs: number;
  readonly emit: (event: EarEvent) => Promise<void> | undefined;
  /** Opens the next utterance, with the number behind the last one's. */
  readonly open: (settings: EarSettings) => Utterance;
  /** The first sample's place in the input. */
  readonly start: number;
  /** Audio time of a sample, ms. */
  readonly msAt: (sample: number) => number;
}

/** The end of the audio is looked at this far back for a quiet place, ms; a quarter of a short utterance. */
const searchedMs = 4_000;
/** Utterances of one turn that may wait for their transcripts; with so many, audio that comes is dropped. */
const mostWaiting = 10;

/**
 * A turn that is open. Up to the bound it is one utterance. At the bound that utterance is sealed in the quietest place
 * of its last seconds, and the next begins with the very next sample: what lies behind such a place is not given to the
 * transcriber before it is known where the place is, or the turn pauses.
 */
export class Turn {
  readonly #options: TurnOptions;
  readonly #most: number;
  readonly #searched: number;
  readonly #meter: ReturnType<typeof createLiveMeter> | undefined;
  readonly #waiting = new Set<Utterance>();
  #utterance: Utterance;
  #sealed = false;
  /** Of the open utterance: its first sample's place in the input, samples given to it, samples that wait. */
  #start: number;
  #given = 0;
  #held: Int16Array[] = [];
  #heldLength = 0;
  /** Samples of the input so far. */
  #position: number;
  #overflowing = false;

  constructor(options: TurnOptions) {
    const { settings, maxMs, emit, start } = options;
    this.#options = options;
    this.#most = samplesIn(maxMs, settings.rate);
    this.#searched = samplesIn(Math.min(searchedMs, maxMs / 4), settings.rate);
    this.#start = this.#position = start;
    this.#utterance = options.open(settings);
    this.#meter = settings.measureDelivery
      ? createLiveMeter(
          settings.rate,
          (delivery) => void emit({ type: "delivery_live", utterance: this.number, delivery }),
        )
      : undefined;
  }

  /** Of the open utterance. */
  get number(): number {
    return this.#utterance.number;
  }

  /** The open utterance's words so far, when the transcriber tells them as it goes. */
  get words(): string | undefined {
    return this.#utterance.words;
  }

  /** Of the open utterance, audio time, ms. */
  get startMs(): number {
    return this.#options.msAt(this.#start);
  }

  /** As `startMs`; audio that was dropped is behind it. */
  get endMs(): number {
    return this.#options.msAt(this.#start + this.#length);
  }

  /** Samples of the whole turn so far, audio that was dropped included. */
  get samples(): number {
    return this.#position - this.#options.start;
  }

  get #length(): number {
    return this.#given + this.#heldLength;
  }

  /** Takes audio in. Keeps `pcm`, not a copy. */
  push(pcm: Int16Array): void {
    for (let at = 0; at < pcm.length; ) {
      if (this.#length === this.#most && !this.#rollOver()) {
        this.#position += pcm.length - at;
        return;
      }
      const piece = pcm.subarray(at, at + this.#most - this.#length);
      this.#take(piece);
      this.#position += piece.length;
      at += piece.length;
    }
  }

  /** A provisional silence: a draft of the transcript may start. */
  pause(): void {
    this.#giveHeld();
    this.#utterance.pause();
  }

  /** Speech goes on after `pause`: a draft no longer holds. */
  resume(): void {
    this.#utterance.resume();
  }

  /** All audio is in: the last transcript may follow now. */
  end(): void {
    this.#giveHeld();
    const [meter, sealed] = [this.#meter, this.#sealed];
    this.#utterance.end(meter && (() => measured(meter.part(), sealed ? meter.finish() : undefined)));
  }

  /** Throws the open utterance away; those sealed before stand. */
  abort(): void {
    this.#utterance.abort();
  }

  #take(pcm: Int16Array): void {
    const free = this.#heldLength > 0 ? 0 : Math.max(0, this.#most - this.#searched - this.#given);
    if (free > 0) this.#give(pcm.subarray(0, free));
    if (pcm.length <= free) return;
    this.#held.push(pcm.subarray(free));
    this.#heldLength += pcm.length - free;
  }

  #give(pcm: Int16Array): void {
    this.#given += pcm.length;
    this.#meter?.push(pcm);
    this.#utterance.push(pcm);
  }

  #giveHeld(): void {
    const held = this.#held;
    this.#held = [];
    this.#heldLength = 0;
    for (const pcm of held) this.#give(pcm);
  }

  /** Seals the full utterance and opens the next. False: too many wait already. */
  #rollOver(): boolean {
    const { emit, open, settings } = this.#options;
    if (this.#waiting.size >= mostWaiting) {
      if (!this.#overflowing) emit({ type: "overflow", utterance: this.number });
      this.#overflowing = true;
      return false;
    }
    const tail = joinPcm(this.#held);
    const cut = this.#overflowing ? tail.length : quietestPlace(tail, settings.rate);
    this.#held = [];
    this.#heldLength = 0;
    this.#give(tail.subarray(0, cut));
    this.#seal();
    this.#start = this.#overflowing ? this.#position : this.#start + this.#given;
    this.#given = 0;
    this.#overflowing = false;
    this.#utterance = open(settings);
    this.#take(tail.subarray(cut));
    return true;
  }

  #seal(): void {
    const { emit, msAt } = this.#options;
    const utterance = this.#utterance;
    const part = this.#meter?.seal();
    const { startMs, endMs } = this;
    emit({
      type: "committed",
      utterance: utterance.number,
      startMs,
      endMs,
      cause: "rollover",
      behindMs: msAt(this.#position) - endMs,
    });
    // A draft may know what was said behind the cut.
    utterance.resume();
    utterance.end(part && (() => measured(part)));
    this.#sealed = true;
    this.#waiting.add(utterance);
    void utterance.done.then(() => this.#waiting.delete(utterance));
  }
}

function measured(
  part: { delivery(): Measured["delivery"]; contour(): Measured["contour"] },
  turnDelivery?: Measured["turnDelivery"],
): Measured {
  const delivery = part.delivery();
  const contour = delivery && part.contour();
  return {
    ...(delivery && { delivery }),
    ...(contour && { contour }),
    ...(turnDelivery && { turnDelivery }),
  };
}
