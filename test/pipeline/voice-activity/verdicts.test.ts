import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Verdicts, verdicts, verdictsFile } from "./verdicts.ts";

/**
 * Frames of 20 ms that a verdict may move by: one, and for the start of faint speech, of which the neural network is less
 * sure, six.
 */
const allowed = (condition: string, sign: string) =>
  condition.endsWith("-40 dBFS") && sign.startsWith("began") ? 6 : 1;

test("[E3] [E5] [E6] [E16] the detector begins, confirms, pauses and ends turns where it did when its verdicts were recorded", async () => {
  const recorded = JSON.parse(readFileSync(verdictsFile, "utf8")) as Verdicts;
  const now = await verdicts();
  expect(Object.keys(now)).toEqual(Object.keys(recorded));
  for (const [condition, signs] of Object.entries(recorded)) {
    const kinds = (list: readonly string[]) => list.map((sign) => sign.split(" ")[0]);
    expect(kinds(now[condition]!), condition).toEqual(kinds(signs));
    signs.forEach((sign, i) => {
      const frame = (text: string) => Number(text.split(" ")[1]);
      expect(Math.abs(frame(now[condition]![i]!) - frame(sign)), `${condition}: ${sign}`).toBeLessThanOrEqual(
        allowed(condition, sign),
      );
    });
  }
});
