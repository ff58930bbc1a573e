/** What goes into the ears and what comes out of them. The session actor is the only one at both ends. */
import type { StageError } from "../../lib/errors.ts";
import type { SampleRate } from "../../ports/audio.ts";
import type { VoiceDelivery } from "../../ports/delivery.ts";
import type { Expectation, Transcript } from "../../ports/transcriber.ts";
import type { Contour } from "../delivery/contour.ts";
import type { TurnDetection } from "./turn-detection.ts";

/** Settings that hold from where they stand in the input. */
export interface EarSettings {
  readonly rate: SampleRate;
  readonly detection: TurnDetection;
  /** BCP 47. */
  readonly language: string;
  readonly hint?: string;
  readonly expectation?: Expectation;
  /** Measure delivery per utterance (pauses, pace, pitch, loudness), and tell it as it goes; off costs nothing. */
  readonly measureDelivery: boolean;
  /**
   * Silence within an utterance, ms of audio, after which `paused` is said and a draft of its transcript may start
   * (typical 150). Undefined: never, at no cost. Holds from the next utterance on.
   */
  readonly draftAfterMs?: number;
}

/** In order: what stands behind a chunk of audio applies after it. */
export type EarInput =
  /** Mono PCM at the settings' rate, any length. */
  | { readonly type: "audio"; readonly pcm: Int16Array }
  /** End the utterance here (push to talk, or an impatient client). `eventId` comes back in the answer. */
  | { readonly type: "commit"; readonly eventId?: string; readonly cause?: "client" | "idle_timeout" }
  /** Throw the audio of the open utterance away. */
  | { readonly type: "clear"; readonly eventId?: string }
  | { readonly type: "configure"; readonly settings: EarSettings };

/** `utterance` counts from 1 within a session. Times are audio time: ms of input since the session began. */
export type EarEvent =
  /** `atMs` includes the prefix padding. */
  | { readonly type: "speech_started"; readonly utterance: number; readonly atMs: number }
  /**
   * Someone is surely taking the floor: open-mouthed voice lasts, or a word was recognised that is no backchannel. Once
   * an utterance at most, after its `speech_started`; never for a hum, a cough or a noise.
   */
  | { readonly type: "speech_confirmed"; readonly utterance: number; readonly atMs: number }
  /** Silence for `draftAfterMs` within an utterance; `resumed` follows if speech goes on. May come several times. */
  | { readonly type: "paused"; readonly utterance: number; readonly atMs: number }
  /** Speech goes on after `paused`: what was made of a draft no longer holds. */
  | { readonly type: "resumed"; readonly utterance: number; readonly atMs: number }
  /**
   * What the utterance's transcript is if no more speech comes: between `paused` and `resumed` or `speech_stopped`, at
   * most once an utterance. From a transcriber with `streams` it is the words so far, and `transcribed` may differ.
   */
  | { readonly type: "drafted"; readonly utterance: number; readonly transcript: Transcript }
  /** `silenceMs`: silence heard at the utterance's end, ms of audio, `atMs` being the end of it. */
  | {
      readonly type: "speech_stopped";
      readonly utterance: number;
      readonly atMs: number;
      readonly silenceMs: number;
    }
  /** The utterance is closed; its transcript follows as `transcribed` or `failed`. */
  | {
      readonly type: "committed";
      readonly utterance: number;
      readonly startMs: number;
      readonly endMs: number;
      /** `rollover`: the turn is longer than one utterance, and goes on in the one with the next number. */
      readonly cause: "endpoint" | "client" | "idle_timeout" | "rollover";
      readonly eventId?: string;
      /** With `rollover`: how much of the turn had been heard beyond `endMs`, ms. */
      readonly behindMs?: number;
    }
  /** A `commit` found less than 100 ms of audio, which stays where it is. */
  | { readonly type: "commit_empty"; readonly bufferedMs: number; readonly eventId?: string }
  /** `thrownAwayMs`: audio of the utterance that was open. */
  | {
      readonly type: "cleared";
      readonly utterance?: number;
      readonly thrownAwayMs?: number;
      readonly eventId?: string;
    }
  | { readonly type: "partial"; readonly utterance: number; readonly text: string }
  /** How the open turn is delivered so far: after every 500 ms of its audio in which there was voice. */
  | { readonly type: "delivery_live"; readonly utterance: number; readonly delivery: VoiceDelivery }
  | {
      readonly type: "transcribed";
      readonly utterance: number;
      readonly transcript: Transcript;
      readonly delivery?: VoiceDelivery;
      /** Of the whole turn, with the last utterance of one that rolled over. */
      readonly turnDelivery?: VoiceDelivery;
      /** Of the pitch and the level, beside `delivery`. */
      readonly contour?: Contour;
    }
  | { readonly type: "failed"; readonly utterance: number; readonly error: StageError }
  /** The turn's transcripts are so far behind that no more of it can be kept: audio is dropped until they have caught up. */
  | { readonly type: "overflow"; readonly utterance: number };
