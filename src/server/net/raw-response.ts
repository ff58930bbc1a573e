/** HTTP answers written straight to a socket: where an upgrade is refused, or what came cannot be read as HTTP. */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** Status and body of an answer. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}

/** Answers an upgrade with a status instead of a socket, and closes. */
export function refuseUpgrade(socket: Duplex, refused: Refusal): void {
  if (socket.destroyed || !socket.writable) return void socket.destroy();
  const body = JSON.stringify({ success: false, error: refused.message, code: refused.code });
  const head = [
    `HTTP/1.1 ${refused.status} ${STATUS_CODES[refused.status] ?? "Refused"}`,
    "Connection: close",
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "X-Content-Type-Options: nosniff",
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
  ];
  if (refused.retryAfter !== undefined) head.push(`Retry-After: ${refused.retryAfter}`);
  if (refused.status === 426) head.push("Upgrade: websocket");
  if (refused.status === 401) head.push('WWW-Authenticate: Bearer realm="kuku"');
  // The client may hang up while this is written.
  socket.on("error", () => socket.destroy());
  socket.once("finish", () => socket.destroy());
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
