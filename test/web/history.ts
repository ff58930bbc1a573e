/** Sessions of days gone by, as a server stores them, for pages that show a history. */
import type { ReadingRecord } from "../../src/store/records.ts";
import type { RestServer } from "../support/rest.ts";
import { storeReadings } from "../support/stored-readings.ts";

/** Stores a session of so many days ago, with readings of the reader. */
export async function practised(
  rest: RestServer,
  number: number,
  daysAgo: number,
  readings: readonly Partial<ReadingRecord>[],
): Promise<void> {
  const id = `session-00000000-0000-7000-8000-${String(number).padStart(12, "0")}`;
  const read = readings.map((reading) => ({ text: "The cat sat by the door.", ...reading }));
  await storeReadings(rest, id, Date.now() - daysAgo * 86_400_000, read);
}
