/** HTTP answers shared by plain requests and refused upgrades: the JSON envelope and the headers every answer carries. */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Refused } from "./admission.ts";

/** Sent with every answer. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
  "Content-Security-Policy":
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; " +
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
};

/** The envelope of everything that went wrong. */
export function failure(code: string, error: string): string {
  return JSON.stringify({ success: false, error, code });
}

/** Answers an upgrade with a status instead of a socket, and closes. */
export function refuseUpgrade(
  socket: Duplex,
  refused: Pick<Refused, "status" | "code" | "message" | "retryAfter">,
): void {
  if (socket.destroyed || !socket.writable) return void socket.destroy();
  const body = failure(refused.code, refused.message);
  const head = [
    `HTTP/1.1 ${refused.status} ${STATUS_CODES[refused.status] ?? "Refused"}`,
    "Connection: close",
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "X-Content-Type-Options: nosniff",
  ];
  if (refused.retryAfter !== undefined) head.push(`Retry-After: ${refused.retryAfter}`);
  if (refused.status === 426) head.push("Upgrade: websocket");
  if (refused.status === 401) head.push('WWW-Authenticate: Bearer realm="kuku"');
  // The client may hang up while this is written; that is no news.
  socket.on("error", () => socket.destroy());
  socket.once("finish", () => socket.destroy());
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
