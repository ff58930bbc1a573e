/**
 * One utterance on its way through the recogniser: collects audio, asks for partials while it grows, for a transcript ahead
 * at each pause, then for the final.
 */
import { StageError } from "../../../lib/errors.ts";
import { type SpokenLanguage, spokenLanguage } from "../../../pipeline/text-normalization/spoken-words.ts";
import type {
  PauseListener,
  TranscribeOptions,
  Transcript,
  TranscriptEvent,
} from "../../../ports/transcriber.ts";
import { type SpeakerProfile, updateProfile } from "./acoustic/model-adaptation.ts";
import { FreeSpeechStream } from "./free-speech/free-speech-stream.ts";
import { ReadingAhead } from "./reading-ahead.ts";
import type { Recognition } from "./recogniser.ts";
import type { RecognitionTask } from "./worker.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** Profiles of speakers, kept as long as the speaker's own object. */
export type SpeakerProfiles = WeakMap<object, SpeakerProfile>;

/** Longest recognised audio, s; the rest of a longer utterance is dropped. */
const LONGEST_S = 60;
/** Shorter audio holds no word, s. */
const SHORTEST_S = 0.1;
/** New audio between two partials, s. */
const PARTIAL_EVERY_S = 0.5;
/** Longest audio that partials are made of, s: each decodes all audio so far. */
const PARTIAL_LONGEST_S = 20;

const NOTHING: Transcript = { text: "", understood: false };

export class Utterance implements PauseListener {
  readonly #pool: WorkerPool;
  readonly #profiles: SpeakerProfiles;
  readonly #options: TranscribeOptions;
  readonly #onEvent: (event: TranscriptEvent) => void;
  readonly #language: SpokenLanguage | undefined;
  /** The text that is read aloud; undefined where none is expected. */
  readonly #text: string | undefined;
  readonly #rival: string | undefined;
  /** Holds `#length` samples; doubles when full. */
  #pcm: Int16Array;
  #length = 0;
  /** Length of the audio that the last partial was made of, samples. */
  #partialLength = 0;
  #partialPending = false;
  #partialText = "";
  /** Samples before the pause that lasts, and the transcript of them that is under way or made. */
  #pausedAt: number | undefined;
  #ahead: ReadingAhead | undefined;
  /** Follows free speech, where no reading is expected and the language has models for it. */
  readonly #freeSpeech: FreeSpeechStream | undefined;
  #ended = false;

  constructor(
    pool: WorkerPool,
    profiles: SpeakerProfiles,
    options: TranscribeOptions,
    onEvent: (event: TranscriptEvent) => void,
  ) {
    this.#pool = pool;
    this.#profiles = profiles;
    this.#options = options;
    this.#onEvent = onEvent;
    this.#language = spokenLanguage(options.language);
    const { expectation } = options;
    this.#text = expectation?.kind === "reading" ? expectation.text : undefined;
    this.#rival = expectation?.kind === "reading" ? expectation.rival : undefined;
    this.#pcm = new Int16Array(options.rate);
    if (this.#text === undefined && this.#language === "en")
      this.#freeSpeech = new FreeSpeechStream(pool, options.rate, (text) => this.#partial(text));
  }

  /** Takes a piece of audio. Returns false once the utterance has ended: no more audio is needed. */
  add(pcm: Int16Array): boolean {
    if (this.#ended) return false;
    const kept = pcm.subarray(0, LONGEST_S * this.#options.rate - this.#length);
    if (kept.length === 0) return true;
    this.#reserve(this.#length + kept.length);
    this.#pcm.set(kept, this.#length);
    this.#length += kept.length;
    this.#freeSpeech?.take(this.#pcm.subarray(0, this.#length));
    this.#readAhead();
    this.#requestPartial();
    return true;
  }

  /** Has what was read so far judged ahead, as soon as its audio is here and a thread is free. */
  paused(samples: number): void {
    this.resumed();
    if (this.#text === undefined || samples < SHORTEST_S * this.#options.rate) return;
    this.#pausedAt = samples;
    this.#readAhead();
  }

  resumed(): void {
    this.#ahead?.drop();
    this.#ahead = this.#pausedAt = undefined;
  }

  /** Ends the utterance and returns its transcript. @throws StageError */
  async finish(): Promise<Transcript> {
    this.#ended = true;
    const { rate, speaker, signal } = this.#options;
    if (!this.#language) throw new StageError("transcribe", "unsupported");
    if (this.#length < SHORTEST_S * rate) return NOTHING;
    const free = this.#freeSpeech?.finish(this.#pcm.subarray(0, this.#length));
    // Awaited below, once it is known that no command was said.
    free?.catch(() => {});
    const { sample, ...transcript } = await this.#recognise();
    if (free && !transcript.understood && !signal.aborted) return free;
    // The audio of an abandoned preemptive transcript comes again; it must not count twice.
    if (speaker && sample && this.#text !== undefined && !signal.aborted)
      this.#profiles.set(speaker, updateProfile(this.#profiles.get(speaker), sample, this.#text));
    return transcript;
  }

  /** Ends the utterance without a transcript and frees its audio. */
  abandon(): void {
    this.#ended = true;
    this.#freeSpeech?.abandon();
    this.resumed();
    this.#pcm = new Int16Array(0);
    this.#length = 0;
  }

  /**
   * The recognition made ahead, if the voice is known no better since; else one made now of the same audio, that before the
   * pause: a verdict must not depend on whether there was time to make it ahead.
   */
  async #recognise(): Promise<Recognition> {
    const ahead = this.#ahead;
    const known = ahead && (await ahead.recognition);
    if (known && ahead.voice === this.#voice()) return known;
    return this.#pool.run(this.#task(Math.min(this.#length, this.#pausedAt ?? this.#length)));
  }

  #readAhead(): void {
    const samples = this.#pausedAt;
    if (samples === undefined || this.#ahead || this.#ended || this.#length < samples) return;
    if (!this.#language || !this.#pool.hasFreeThread) return;
    const ahead = new ReadingAhead(this.#pool, this.#task(samples));
    this.#ahead = ahead;
    void ahead.recognition.then((recognition) => {
      if (!recognition || this.#ended || this.#ahead !== ahead) return;
      const { sample: _, ...transcript } = recognition;
      this.#onEvent({ type: "preemptive", samples, transcript });
    });
  }

  /** Returns what is known of the speaker; only a reading is judged by it: no other task needs to carry it to the thread. */
  #voice(): SpeakerProfile | undefined {
    const { speaker } = this.#options;
    const adapts = this.#text !== undefined && this.#rival === undefined;
    return speaker && adapts ? this.#profiles.get(speaker) : undefined;
  }

  #reserve(samples: number): void {
    if (samples <= this.#pcm.length) return;
    const grown = new Int16Array(Math.max(samples, 2 * this.#pcm.length));
    grown.set(this.#pcm.subarray(0, this.#length));
    this.#pcm = grown;
  }

  /** The task of recognising the first `samples`. */
  #task(samples: number, partial = false): RecognitionTask {
    if (!this.#language) throw new StageError("transcribe", "unsupported");
    return {
      // A copy: the task's audio is transferred to the thread.
      pcm: this.#pcm.slice(0, samples),
      rate: this.#options.rate,
      language: this.#language,
      text: this.#text,
      rival: this.#rival,
      partial,
      voice: partial ? undefined : this.#voice(),
    };
  }

  #partialDue(): boolean {
    const { rate } = this.#options;
    return (
      this.#text !== undefined &&
      // With a rival, a partial would always be the word asked for, whichever is being said.
      this.#rival === undefined &&
      this.#language !== undefined &&
      !this.#ended &&
      // In a pause nothing new is said.
      this.#pausedAt === undefined &&
      !this.#partialPending &&
      this.#length - this.#partialLength >= PARTIAL_EVERY_S * rate &&
      this.#length <= PARTIAL_LONGEST_S * rate
    );
  }

  #partial(text: string): void {
    if (this.#ended || text === "" || text === this.#partialText) return;
    this.#partialText = text;
    this.#onEvent({ type: "partial", text });
  }

  #requestPartial(): void {
    if (!this.#partialDue() || !this.#pool.hasSpareThread()) return;
    this.#partialPending = true;
    this.#partialLength = this.#length;
    this.#pool
      .run(this.#task(this.#length, true))
      .then(({ text }) => this.#partial(text))
      // A failed partial is dropped: the final decides whether the utterance fails.
      .catch(() => {})
      .finally(() => {
        this.#partialPending = false;
        this.#requestPartial();
      });
  }
}
