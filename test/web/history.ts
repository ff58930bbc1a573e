/** Sessions of days gone by, as a server stores them, for pages that show a history. */
import { expect } from "vitest";
import type { ReadingRecord } from "../../src/store/records.ts";
import type { RestServer } from "../support/rest.ts";

/** Stores a session of so many days ago, with readings of the reader. */
export async function practised(
  rest: RestServer,
  number: number,
  daysAgo: number,
  readings: readonly Partial<ReadingRecord>[],
): Promise<void> {
  const at = Date.now() - daysAgo * 86_400_000;
  const journal = rest.store.journals.open({
    id: `session-00000000-0000-7000-8000-${String(number).padStart(12, "0")}`,
    ownerId: "local",
    persona: "reader",
    language: "en-US",
    origin: "rest",
    recorded: false,
    createdAt: at,
    nodeId: "node-1",
  });
  journal.write(
    readings.map((reading, index) => ({
      type: "reading" as const,
      reading: {
        itemId: `item_${index}`,
        at: at + index * 1000,
        language: "en-US",
        kind: "sentence" as const,
        text: "The cat sat by the door.",
        score: 1,
        slips: [],
        ...reading,
      },
    })),
  );
  expect(await journal.settled()).toBe("saved");
}
