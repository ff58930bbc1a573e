/** Reads what a server sends: events, and what a session tells of itself. */
import type { ServerEvent } from "../protocol/server-events.ts";
import type { WireSession } from "../protocol/session-config.ts";

/** Writes JSON with sorted fields: a session that was stored in between has them in another order. */
export function sortedJson(value: unknown): string {
  const sorted = (_: string, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each;
  return JSON.stringify(value, sorted);
}

/** Returns the rate of input audio, samples a second; servers of the plain protocol may leave any of it out. */
export function sampleRateOf(session: Partial<WireSession>): number {
  const format = session.audio?.input?.format;
  if (!format || format.type === "audio/pcm") return format?.rate ?? 24_000;
  return 8_000;
}

/** Parses an event; undefined: the text is none. */
export function parseEvent(text: string): ServerEvent | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // The server is trusted to keep its own protocol; validating here would bring a schema library into the browser.
    return typeof value === "object" && value !== null && "type" in value
      ? (value as ServerEvent)
      : undefined;
  } catch {
    return undefined;
  }
}
