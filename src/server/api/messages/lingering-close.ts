/** Lingering close: reads and discards the rest of a refused body for a moment, then cuts the connection. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../../lib/clock.ts";

/** Most bytes that are discarded. */
const mostBytes = 4 * 1024 * 1024;

/** Time the client has to read its answer and stop sending, ms. */
const lingerMs = 2000;

/**
 * Call it before an answer is sent, in case the request has not been read to its end. A connection that is closed with
 * bytes unread is reset, and the client may never see the answer: so a little more is read, and none of it kept.
 */
export function lingeringClose(raw: IncomingMessage, answer: ServerResponse, clock: Clock): void {
  if (raw.complete || raw.destroyed) return;
  // Also where the client asked for the connection to be closed: it is, but not at once.
  answer.shouldKeepAlive = true;
  let bytes = 0;
  const cancel = clock.after(lingerMs, () => raw.destroy());
  raw.once("close", cancel);
  raw.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostBytes) raw.pause();
  });
  raw.resume();
}
