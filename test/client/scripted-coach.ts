/** A coach for the command's tests: greets, hears loud audio as speech, judges the reading, answers with a tone. */
import type { WebSocket } from "ws";
import { encodeAudioFrame } from "../../src/protocol/binary-frame.ts";
import { type ScriptServer, scriptServer } from "./script-server.ts";

export interface CoachOptions {
  readonly greets?: boolean;
  /** Refuse `session.update` with this message. */
  readonly refuses?: string;
  /** End the reply as failed. */
  readonly failsReply?: boolean;
  /** Close with this code once speech was heard. */
  readonly closes?: number;
  /** What is told of a turn beside its words, in place of the plain reading. */
  readonly tells?: readonly Record<string, unknown>[];
  /** Told behind the reply to the turn; then the session ends, as it should. */
  readonly reports?: Record<string, unknown>;
}

export const words = [
  { verdict: "correct", expected: "The", heard: "the", score: 0.9 },
  { verdict: "substituted", expected: "fox", heard: "box", score: 0.2 },
  { verdict: "omitted", expected: "lazy" },
];

export const replyTone = Int16Array.from({ length: 12_000 }, (_, i) => Math.round(8_000 * Math.sin(i / 20)));

const isLoud = (bytes: Buffer) => {
  for (let at = 0; at + 1 < bytes.length; at += 2) if (Math.abs(bytes.readInt16LE(at)) > 1_000) return true;
  return false;
};

export async function scriptedCoach(options: CoachOptions = {}): Promise<ScriptServer> {
  return scriptServer({ onClient: (socket) => serve(socket, options) });
}

function serve(socket: WebSocket, options: CoachOptions) {
  let responses = 0;
  let events = 0;
  let state: "quiet" | "speaking" | "done" = "quiet";
  const send = (event: Record<string, unknown>) =>
    socket.send(JSON.stringify({ event_id: `event_${++events}`, ...event }));
  const answer = (text: string, status: string) => {
    const number = ++responses;
    const id = `resp_${number}`;
    const part = { response_id: id, item_id: `item_c${number}`, content_index: 0, output_index: 0 };
    send({ type: "response.created", response: { id, status: "in_progress" } });
    send({ type: "response.content_part.added", ...part });
    send({ type: "response.output_audio_transcript.delta", ...part, delta: text });
    const audio = new Uint8Array(replyTone.buffer);
    socket.send(encodeAudioFrame({ responseNumber: number, startSample: 0, audio }));
    const failed =
      status === "failed" ? { status_details: { error: { message: "the voice is hoarse" } } } : {};
    send({ type: "response.done", response: { id, status, ...failed } });
  };
  const judge = () => {
    state = "done";
    const item = { item_id: "item_u" };
    send({ type: "input_audio_buffer.speech_stopped", ...item, audio_end_ms: 0 });
    send({ type: "input_audio_buffer.committed", ...item });
    send({
      type: "conversation.item.input_audio_transcription.completed",
      ...item,
      content_index: 0,
      transcript: "the box",
    });
    const reading = { type: "coach.drill", sentence: "The lazy fox", outcome: "slipped", words };
    const plain = { ...reading, accuracy: 1 / 3, next_sentence: "The lazy fox" };
    for (const told of options.tells ?? [plain]) send({ ...item, ...told });
    answer("I heard box for fox.", options.failsReply ? "failed" : "completed");
    send({ type: "kuku.latency", response_id: `resp_${responses}`, endpoint_ms: 500, first_audio_ms: 530 });
    if (!options.reports) return;
    send({ type: "coach.report", ...options.reports });
    socket.close(1000);
  };
  send({
    type: "session.created",
    session: { id: "sess_1", model: "reader", audio: { input: {}, output: {} } },
  });
  socket.on("message", (data: Buffer, binary) => {
    if (binary) {
      if (state === "quiet" && isLoud(data)) {
        state = "speaking";
        send({ type: "input_audio_buffer.speech_started", item_id: "item_u", audio_start_ms: 0 });
        if (options.closes) socket.close(options.closes);
      } else if (state === "speaking" && !isLoud(data)) judge();
      return;
    }
    const event = JSON.parse(data.toString());
    if (event.type === "session.update" && options.refuses)
      send({ type: "error", error: { message: options.refuses, code: "unsupported_value" } });
    else if (event.type === "session.update") {
      send({ type: "session.updated", session: {} });
      if (options.greets ?? true) answer("Read: The lazy fox.", "completed");
    }
  });
}
