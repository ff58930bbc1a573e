/** A turn's audio on its way to the transcriber, however long: utterances of bounded length, one after the other. */
import { joinPcm, samplesIn } from "../audio/pcm.ts";
import { createLiveMeter } from "../delivery/live.ts";
import type { MeasuredPart } from "../delivery/meter.ts";
import { SpeechPresence } from "../delivery/speech-presence.ts";
import type { EarEvent, EarSettings } from "./ear-events.ts";
import { quietestPlace, searchedSamples } from "./quietest-place.ts";
import type { Utterance, UtteranceMeasures } from "./utterance.ts";

export interface TurnOptions {
  /** Hold to the turn's end. */
  readonly settings: EarSettings;
  /** The turn was begun by speech; otherwise its audio may hold none, and then has no delivery. */
  readonly detected: boolean;
  /** Longest audio of one utterance, ms. */
  readonly maxMs: number;
  readonly emit: (event: EarEvent) => Promise<void> | undefined;
  /** Opens the next utterance, numbered one above the last. */
  readonly openUtterance: (settings: EarSettings) => Utterance;
  /** The first sample's place in the input. */
  readonly start: number;
  /** Audio time of a sample, ms. */
  readonly msAt: (sample: number) => number;
}

/** Utterances of one turn that may wait for their transcripts; at the limit, further audio is dropped. */
const maxUntranscribed = 10;

/**
 * An open turn. Up to the bound it is one utterance. At the bound that utterance is sealed in the quietest place of its
 * last seconds, and the next begins with the very next sample. Audio that may lie behind such a place is withheld from
 * the transcriber until the place is known or the turn pauses.
 */
export class Turn {
  readonly #options: TurnOptions;
  /** Samples of one utterance at most, and how many of them from its end are searched for a quiet place. */
  readonly #maxLength: number;
  readonly #searchedLength: number;
  readonly #meter: ReturnType<typeof createLiveMeter> | undefined;
  /** While it is not known whether the turn has speech in it; undefined: it has, or nothing is measured. */
  readonly #presence: SpeechPresence | undefined;
  /** Sealed utterances whose transcripts are still to come. */
  readonly #untranscribed = new Set<Utterance>();
  #utterance: Utterance;
  #rolledOver = false;
  /** The open utterance: its first sample's place in the input, samples passed to it, samples withheld. */
  #start: number;
  #passed = 0;
  #withheld: Int16Array[] = [];
  #withheldLength = 0;
  /** Samples of the input so far. */
  #position: number;
  #overflowing = false;

  constructor(options: TurnOptions) {
    const { settings, maxMs, emit, start } = options;
    this.#options = options;
    this.#maxLength = samplesIn(maxMs, settings.rate);
    this.#searchedLength = searchedSamples(maxMs, settings.rate);
    this.#start = this.#position = start;
    this.#utterance = options.openUtterance(settings);
    if (!settings.measureDelivery) return;
    this.#presence = options.detected ? undefined : new SpeechPresence(settings.rate);
    this.#meter = createLiveMeter(settings.rate, (delivery) => {
      if (this.#hasSpeech()) emit({ type: "delivery_live", utterance: this.number, delivery });
    });
  }

  /** The open utterance's number. */
  get number(): number {
    return this.#utterance.number;
  }

  /** The open utterance's words so far, where they are known. */
  get words(): string | undefined {
    return this.#utterance.words;
  }

  /** True: the open utterance is a reading that came to the end of its text. */
  get readToEnd(): boolean {
    return this.#utterance.readToEnd;
  }

  /** Start of the open utterance, audio time, ms. */
  get startMs(): number {
    return this.#options.msAt(this.#start);
  }

  /** End of the open utterance so far, audio time, ms; dropped audio lies behind it. */
  get endMs(): number {
    return this.#options.msAt(this.#start + this.#length);
  }

  /** Samples of the whole turn so far, audio that was dropped included. */
  get samples(): number {
    return this.#position - this.#options.start;
  }

  get #length(): number {
    return this.#passed + this.#withheldLength;
  }

  /** Takes audio in. Keeps `pcm`, not a copy. */
  push(pcm: Int16Array): void {
    for (let at = 0; at < pcm.length; ) {
      if (this.#length === this.#maxLength && !this.#rollOver()) {
        this.#position += pcm.length - at;
        return;
      }
      const piece = pcm.subarray(at, at + this.#maxLength - this.#length);
      this.#take(piece);
      this.#position += piece.length;
      at += piece.length;
    }
  }

  /** Has the preemptive transcript made, at a provisional silence. */
  pause(): void {
    this.#passWithheld();
    this.#utterance.pause();
  }

  /** Drops the preemptive transcript: speech goes on after `pause`. */
  resume(): void {
    this.#utterance.resume();
  }

  /** Ends the audio; the last transcript may follow now. */
  end(): void {
    this.#passWithheld();
    const [meter, rolledOver] = [this.#meter, this.#rolledOver];
    const measured = this.#hasSpeech() ? meter : undefined;
    this.#utterance.end(
      measured && (() => measuresOf(measured.part(), rolledOver ? measured.finish() : undefined)),
    );
  }

  /** Discards the open utterance; those sealed before stand. */
  abort(): void {
    this.#utterance.abort();
  }

  #take(pcm: Int16Array): void {
    const free =
      this.#withheldLength > 0 ? 0 : Math.max(0, this.#maxLength - this.#searchedLength - this.#passed);
    if (free > 0) this.#pass(pcm.subarray(0, free));
    if (pcm.length <= free) return;
    this.#withheld.push(pcm.subarray(free));
    this.#withheldLength += pcm.length - free;
  }

  #hasSpeech(): boolean {
    return this.#presence?.found ?? true;
  }

  #pass(pcm: Int16Array): void {
    this.#passed += pcm.length;
    this.#presence?.push(pcm);
    this.#meter?.push(pcm);
    this.#utterance.push(pcm);
  }

  #passWithheld(): void {
    for (const pcm of this.#takeWithheld()) this.#pass(pcm);
  }

  #takeWithheld(): readonly Int16Array[] {
    const withheld = this.#withheld;
    this.#withheld = [];
    this.#withheldLength = 0;
    return withheld;
  }

  /** Seals the full utterance and opens the next. False: too many wait for their transcripts already. */
  #rollOver(): boolean {
    const { emit, openUtterance, settings } = this.#options;
    if (this.#untranscribed.size >= maxUntranscribed) {
      if (!this.#overflowing) emit({ type: "overflow", utterance: this.number });
      this.#overflowing = true;
      return false;
    }
    const tail = joinPcm(this.#takeWithheld());
    const cut = this.#overflowing ? tail.length : quietestPlace(tail, settings.rate);
    this.#pass(tail.subarray(0, cut));
    this.#seal();
    this.#start = this.#overflowing ? this.#position : this.#start + this.#passed;
    this.#passed = 0;
    this.#overflowing = false;
    this.#utterance = openUtterance(settings);
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
    // A preemptive transcript may hold what was said behind the cut.
    utterance.resume();
    utterance.end(part && this.#hasSpeech() ? () => measuresOf(part) : undefined);
    this.#rolledOver = true;
    this.#untranscribed.add(utterance);
    void utterance.done.then(() => this.#untranscribed.delete(utterance));
  }
}

function measuresOf(part: MeasuredPart, turnDelivery?: UtteranceMeasures["turnDelivery"]): UtteranceMeasures {
  const delivery = part.delivery();
  return {
    delivery,
    contour: delivery && part.contour(),
    melody: delivery && part.melody(),
    turnDelivery,
  };
}
