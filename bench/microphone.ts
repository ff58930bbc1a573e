/** A recording spoken in real time. */
import type { WebSocket } from "ws";

const chunkMs = 20;
const chunkBytes = 24 * 2 * chunkMs;

/** Sends the recording, then silence, as a microphone would: each chunk once it has been heard to its end, none twice. */
export function openMicrophone(ws: WebSocket, speech: Buffer): { startedAt: number; close(): void } {
  const quiet = Buffer.alloc(chunkBytes);
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const heard = Math.floor((performance.now() - startedAt) / chunkMs);
    for (; sent < heard; sent++) {
      const piece = speech.subarray(sent * chunkBytes, (sent + 1) * chunkBytes);
      ws.send(piece.length > 0 ? piece : quiet);
    }
  }, chunkMs / 10);
  return { startedAt, close: () => clearInterval(timer) };
}
