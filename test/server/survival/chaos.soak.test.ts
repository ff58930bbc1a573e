/** A bad day in a minute; `npm run test:chaos` makes it longer. */
import { expect, test } from "vitest";
import { chaosUnderTalk } from "../../support/chaos/chaos.ts";

test("[ST2][RS5] two nodes killed, stopped, cut off, their database and provider too: nothing acknowledged is lost, everybody comes back", async () => {
  const figures = await chaosUnderTalk({ minutes: 1, talkers: 50, everyMs: 8000 });
  expect(figures.troubles).toEqual([]);
  expect(figures.missing).toEqual([]);
  expect(figures).toMatchObject({ lost: 0, twice: 0, misplaced: 0, altered: 0, absent: 0 });
  expect(figures.found).toBe(figures.acknowledged);
  expect(figures.acknowledged).toBeGreaterThan(100);
  expect(figures.comebacks).toBeGreaterThan(10);
});
