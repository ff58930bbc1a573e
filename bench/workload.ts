/** What one session says and what it gets back: the same for both servers. */

/**
 * `commit`: the client commits each turn, binary frames (`kuku.v1`). `vad`: the server finds the turns, binary frames.
 * `base64`: the client commits, JSON both ways (`realtime`).
 */
export type Mode = "commit" | "vad" | "base64";
export const modes: readonly Mode[] = ["commit", "vad", "base64"];

/** Length of one audio message, ms. */
export const chunkMs = 20;

export interface Workload {
  readonly mode: Mode;
  /** Samples per second of the microphone's audio. */
  readonly rate: number;
  /** Audio messages a turn: speech, then silence. */
  readonly chunksPerTurn: number;
}

/** One message of the server's, as recorded from ours: what the bare server sends back for a turn. */
export interface ReplyMessage {
  readonly binary: boolean;
  /** Base64 of the payload. */
  readonly payload: string;
}

/** A turn as seen on the wire in a rehearsal with one session. */
export interface TurnShape {
  readonly messages: readonly ReplyMessage[];
  /** `vad`: after which of the turn's chunks (from 0) the answer comes; otherwise the last. */
  readonly answerAfter: number;
}

/** `session.update` and what goes with it, sent once after the handshake. */
export function setupMessages(workload: Workload): string[] {
  const format = { type: "audio/pcm", rate: workload.rate };
  const detection = workload.mode === "vad" ? { type: "server_vad", silence_duration_ms: 500 } : null;
  const session = {
    type: "realtime",
    audio: { input: { format, turn_detection: detection }, output: { format } },
    // Metrics off, and nobody speaks before the client does.
    ...(workload.mode === "base64" ? {} : { kuku: { delivery: false, greet: false } }),
  };
  return [JSON.stringify({ type: "session.update", session })];
}

/** What ends a turn where the client does. */
export const turnEndMessages: readonly string[] = [
  JSON.stringify({ type: "input_audio_buffer.commit" }),
  JSON.stringify({ type: "response.create" }),
];

/** A turn's answer where none can be rehearsed: 16 events of 300 bytes and 1 s of audio at 24 kHz in ten frames. */
export function assumedShape(workload: Workload): TurnShape {
  const event = JSON.stringify({ type: "assumed", text: "x".repeat(270) });
  const audio = JSON.stringify({ type: "response.output_audio.delta", delta: "A".repeat(6400) });
  const message = (binary: boolean, payload: Buffer) => ({ binary, payload: payload.toString("base64") });
  const frame =
    workload.mode === "base64" ? message(false, Buffer.from(audio)) : message(true, Buffer.alloc(12 + 4800));
  const events = (count: number) => Array.from({ length: count }, () => message(false, Buffer.from(event)));
  const frames = Array.from({ length: 10 }, () => frame);
  return { messages: [...events(8), ...frames, ...events(8)], answerAfter: workload.chunksPerTurn - 1 };
}
