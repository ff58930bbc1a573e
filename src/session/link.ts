/** The actor's way out: what a transport (the WebSocket connection, a test, later the REST face) gives a session. */
import type { CloseCode } from "../protocol/close-codes.ts";
import type { ServerEvent } from "../protocol/server-events.ts";

/** A piece of a reply's audio on its way out, already in the session's output format. */
export interface OutgoingAudio {
  readonly responseId: string;
  readonly itemId: string;
  readonly outputIndex: number;
  readonly contentIndex: number;
  /** Counts the session's responses from 1. */
  readonly responseNumber: number;
  /** Position of the first sample within this response's audio. */
  readonly startSample: number;
  /** Number of samples, at the output rate. */
  readonly samples: number;
  /** Samples a second. */
  readonly rate: number;
  /** Bytes in the output format: little-endian PCM16, or one byte a sample for G.711. */
  readonly bytes: Uint8Array;
}

/** Everything is fire and forget: a link never throws and never blocks the actor. */
export interface Link {
  /** Sends one event; the link gives it nothing but its encoding. */
  send(event: ServerEvent): void;
  /** Sends reply audio, as a binary frame or a base64 `response.output_audio.delta`, whichever the client speaks. */
  sendAudio(audio: OutgoingAudio): void;
  /** Undefined: go on. A promise: too much waits in the socket; resolves once it has drained, or the link is gone. */
  writable(): Promise<void> | undefined;
  /** Calls `onArrived` once all that was sent before has reached the client; never, where that is not known. Absent: it never is. */
  whenArrived?(onArrived: () => void): void;
  close(code: CloseCode, reason: string): void;
}
