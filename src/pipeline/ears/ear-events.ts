/** Inputs and events of the ears (`listen`). The session actor stands at both ends. */
import type { StageError } from "../../lib/errors.ts";
import type { SampleRate } from "../../ports/audio.ts";
import type { VoiceDelivery } from "../../ports/delivery.ts";
import type { Expectation, SpeechHints, Transcript } from "../../ports/transcriber.ts";
import type { Contour } from "../delivery/contour.ts";
import type { TurnDetection } from "./turn-detection.ts";

/** Settings that apply from their place in the input on. */
export interface EarSettings extends SpeechHints {
  readonly rate: SampleRate;
  readonly detection: TurnDetection;
  /** BCP 47. */
  readonly language: string;
  readonly expectation?: Expectation;
  /** Measures each utterance's delivery (pauses, pace, pitch, loudness), with readings as it goes; off costs nothing. */
  readonly measureDelivery: boolean;
  /**
   * Silence within an utterance, ms of audio, after which `paused` comes and a preemptive transcript may start
   * (typical 150). Undefined: never, at no cost. Applies from the next utterance on.
   */
  readonly draftAfterMs?: number;
}

/** Inputs apply in order: one that stands behind a chunk of audio applies after it. */
export type EarInput =
  /** Mono PCM at the settings' rate, any length. */
  | { readonly type: "audio"; readonly pcm: Int16Array }
  /** Ends the utterance here (push to talk, or an impatient client). `eventId` comes back in the answering event. */
  | { readonly type: "commit"; readonly eventId?: string; readonly cause?: "client" | "idle_timeout" }
  /** Discards the audio of the open utterance. */
  | { readonly type: "clear"; readonly eventId?: string }
  | { readonly type: "configure"; readonly settings: EarSettings };

/** `utterance` counts from 1 within a session. Times are audio time: ms of input since the session began. */
export type EarEvent =
  /** `atMs` includes the prefix padding. */
  | { readonly type: "speech_started"; readonly utterance: number; readonly atMs: number }
  /**
   * The user surely takes the floor: open-mouthed voice lasts, or a word was recognised that is no backchannel. Once an
   * utterance at most, after its `speech_started`; never for a hum, a cough or a noise.
   */
  | { readonly type: "speech_confirmed"; readonly utterance: number; readonly atMs: number }
  /** Silence for `draftAfterMs` within an utterance; `resumed` follows if speech goes on. May come several times. */
  | { readonly type: "paused"; readonly utterance: number; readonly atMs: number }
  /** Speech goes on after `paused`: the preemptive transcript is void. */
  | { readonly type: "resumed"; readonly utterance: number; readonly atMs: number }
  /**
   * The utterance's transcript in case no more speech comes: between `paused` and `resumed` or `speech_stopped`, at most
   * once an utterance. A transcriber with `streams` gives the words so far, from which `transcribed` may differ.
   */
  | { readonly type: "preemptive_transcript"; readonly utterance: number; readonly transcript: Transcript }
  /** `silenceMs`: silence at the utterance's end, ms of audio; `atMs` is the end of that silence. */
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
      /** With `rollover`: how much of the turn had come beyond `endMs`, ms. */
      readonly behindMs?: number;
    }
  /** A `commit` found less than 100 ms of audio, which stays where it is. */
  | { readonly type: "commit_empty"; readonly bufferedMs: number; readonly eventId?: string }
  /** `discardedMs`: length of the open utterance's audio. */
  | {
      readonly type: "cleared";
      readonly utterance?: number;
      readonly discardedMs?: number;
      readonly eventId?: string;
    }
  | { readonly type: "partial"; readonly utterance: number; readonly text: string }
  /** The open turn's delivery so far: after every 500 ms of its audio in which there was voice. */
  | { readonly type: "delivery_live"; readonly utterance: number; readonly delivery: VoiceDelivery }
  | {
      readonly type: "transcribed";
      readonly utterance: number;
      readonly transcript: Transcript;
      readonly delivery?: VoiceDelivery;
      /** The whole turn's delivery, with the last utterance of a turn that rolled over. */
      readonly turnDelivery?: VoiceDelivery;
      /** Contour of pitch and level, with `delivery`. */
      readonly contour?: Contour;
      /** The same with a point every 20 ms. */
      readonly melody?: Contour;
    }
  | { readonly type: "failed"; readonly utterance: number; readonly error: StageError }
  /** The turn's transcripts are too far behind for more audio to be kept: audio is dropped until they have caught up. */
  | { readonly type: "overflow"; readonly utterance: number };
