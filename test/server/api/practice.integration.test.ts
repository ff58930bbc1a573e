/** Practice over REST: what readings of earlier sessions bring back, rounds, and a session's results. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReadingRecord } from "../../../src/store/records.ts";
import { ask, begin, type RestServer, shiftedClock, startRest } from "../../support/rest.ts";
import { storeReadings } from "../../support/stored-readings.ts";
import { testDatabase } from "../../support/test-database.ts";

const dayMs = 86_400_000;
const { clock } = shiftedClock();
let rest: RestServer;
beforeAll(async () => {
  rest = await startRest({ databaseUrl: await testDatabase(), clock });
});
afterAll(() => rest.close());

const get = async (path: string) => {
  const { status, body } = await ask(rest.server, `GET ${path}`);
  expect([path, status]).toEqual([path, 200]);
  return body.data;
};

/** A session of so many days ago, with readings. */
const practised = (id: string, daysAgo: number, readings: readonly Partial<ReadingRecord>[]) =>
  storeReadings(rest, id, clock.wallTime() - daysAgo * dayMs, readings);

describe("[CU2] practice over REST", () => {
  it("begins with a placement, then brings back what was missed", async () => {
    const first = await get("/api/me/practice/round?size=6");
    expect(first.items).toHaveLength(6);
    expect(new Set(first.items.map(({ reason }: { reason: string }) => reason))).toEqual(
      new Set(["placement"]),
    );
    expect(await get("/api/me/practice")).toMatchObject({ placed: false, dueCount: 0, due: [], level: 1 });

    const [one, two] = first.items as { id: string; text: string }[];
    const word = (one?.text ?? "").toLowerCase().match(/[a-z]{4,}/)?.[0] ?? "";
    await practised("session-00000000-0000-7000-8000-000000000001", 9, [
      { text: one?.text, score: 0.5, slips: [word] },
      { text: one?.text, score: 1 },
      { text: two?.text, score: 1 },
    ]);
    const standing = await get("/api/me/practice");
    expect(standing).toMatchObject({ placed: true, readings: 3 });
    expect(standing.weeks).toEqual([
      { from: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), kind: "sentence", readings: 3, score: 0.833 },
    ]);
    expect(new Date(standing.weeks[0].from).getUTCDay()).toBe(1);
    expect(standing.sessions).toEqual([
      { sessionId: "session-00000000-0000-7000-8000-000000000001", score: 0.75 },
    ]);
    expect(standing.due.map(({ text }: { text: string }) => text)).toContain(one?.text);
    const round = await get("/api/me/practice/round");
    const again = round.items.find(({ id }: { id: string }) => id === one?.id);
    expect(again).toMatchObject({ reason: "due", lastScore: 1 });
    expect(round.drill).toEqual({ kind: "sentence", round: round.items.map(({ id }: { id: string }) => id) });
    expect((await get("/api/me/practice/round?language=fr-FR")).items[0].reason).toBe("placement");
  });

  it("[CU4] results tell each exercise from first to best, and the change since the session before", async () => {
    await practised("session-00000000-0000-7000-8000-000000000002", 5, [
      { text: "The cat sat by the door.", score: 0.5, slips: ["cat", "door", "by"] },
      { text: "The cat sat by the door.", score: 1 },
      { text: "Dogs bark.", score: 0.5, slips: ["dogs"] },
    ]);
    const results = await get("/api/sessions/session-00000000-0000-7000-8000-000000000002/results");
    expect(results).toMatchObject({
      readings: 3,
      score: 0.5,
      bestScore: 0.75,
      previous: { sessionId: "session-00000000-0000-7000-8000-000000000001", score: 0.75 },
      change: -0.25,
      exercises: [
        { first: 0.5, best: 1, last: 1, readings: 2, itemIds: ["item_0", "item_1"] },
        { text: "Dogs bark.", first: 0.5, best: 0.5 },
      ],
    });
    expect(results.words[0]).toEqual({ word: "dogs", slips: 1, mended: false, itemId: "item_2" });
    expect(results.words).toContainEqual({ word: "cat", slips: 1, mended: true, itemId: "item_0" });
    const empty = await get(`/api/sessions/${await begin(rest.server)}/results`);
    expect(empty).toEqual({ readings: 0, exercises: [], words: [], sounds: [] });
  });

  it("forgets the readings of a session that is erased", async () => {
    const before = (await get("/api/me/practice")).readings;
    const id = "session-00000000-0000-7000-8000-000000000002";
    expect((await ask(rest.server, `POST /api/sessions/${id}/end`)).status).toBe(200);
    expect((await ask(rest.server, `DELETE /api/sessions/${id}`)).status).toBe(200);
    expect((await get("/api/me/practice")).readings).toBe(before - 3);
  });
});
