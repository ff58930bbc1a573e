/** A provider that takes as long as a real one, for servers that are killed or cut off from their database. */
import { type FakeUpstream, openUpstream } from "./upstream/upstream.ts";

/** How long a report takes, ms: longer than the moment between the end of a session and the kill. */
const reportMs = 4000;

/** Opens one; each transcript and each reply is its own. */
export function openSlowUpstream(): Promise<FakeUpstream> {
  return openUpstream({
    transcriptions: ({ call }) => ({
      text: `Heard ${call}, about the garden.`,
      streams: "deltas",
      delayMs: 120,
    }),
    chat: ({ call, request }) => {
      const asks = JSON.stringify(request.body);
      if (asks.includes("You write the report")) return { text: "{}", delayMs: reportMs };
      return { text: `Reply ${call}: what would you like to see there?`, delayMs: 180, gapMs: 12 };
    },
    speech: () => ({ delayMs: 90, gapMs: 8 }),
  });
}
