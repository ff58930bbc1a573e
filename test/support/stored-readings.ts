/** Readings of a session of days gone by, stored as a server stores them. */
import { expect } from "vitest";
import type { ReadingRecord } from "../../src/store/records.ts";
import type { RestServer } from "./rest.ts";

/** Stores a session of the reader, begun at `at` (ms since the epoch), with its readings, a second apart. */
export async function storeReadings(
  { store }: Pick<RestServer, "store">,
  id: string,
  at: number,
  readings: readonly Partial<ReadingRecord>[],
): Promise<void> {
  const journal = store.journals.open({
    id,
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
        text: "",
        score: 1,
        slips: [],
        ...reading,
      },
    })),
  );
  expect(await journal.settled()).toBe("saved");
}
