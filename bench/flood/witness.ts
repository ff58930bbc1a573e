/** A user's process, at another address: sends an event fifty times a second, and measures how long its answer takes. */
import { WebSocket } from "ws";
import { answer } from "../child.ts";

export interface WitnessFigures {
  /** `input_audio_buffer.clear` → `input_audio_buffer.cleared`, ms. */
  readonly echoes: readonly number[];
  /** Sent and not answered. */
  readonly unanswered: number;
  /** The socket's end, if it came. */
  readonly lost: string | undefined;
}

const everyMs = 20;

const sent: number[] = [];
let echoes: number[] = [];
let lost: string | undefined;

answer({
  join: ({ port, from }: { readonly port: number; readonly from: string }) =>
    new Promise<void>((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/realtime`, { localAddress: from });
      socket.on("error", reject);
      socket.on("close", (code) => {
        lost = `closed with ${code}`;
      });
      socket.on("message", (data) => {
        const { type } = JSON.parse(String(data)) as { type: string };
        if (type === "session.created") resolve();
        if (type !== "input_audio_buffer.cleared") return;
        const at = sent.shift();
        if (at !== undefined) echoes.push(performance.now() - at);
      });
      setInterval(() => {
        if (socket.readyState !== WebSocket.OPEN) return;
        sent.push(performance.now());
        socket.send('{"type":"input_audio_buffer.clear"}');
      }, everyMs);
    }),
  mark: (): void => {
    echoes = [];
  },
  figures: (): WitnessFigures => ({ echoes, unanswered: sent.length, lost }),
});
