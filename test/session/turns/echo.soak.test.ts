import { expect, test } from "vitest";
import { recordedSentences } from "../../support/loopback.ts";
import { echoes, echoScene, interruptedAfter, playReply, silentScene, turnsOf } from "./echo-scenes.ts";

test.each(echoes)(
  "[B10] whatever a session's first reply begins with: back at $gainDb dB after $delayMs ms it makes no turn",
  async (echo) => {
    for (let firstSentence = 0; firstSentence < recordedSentences; firstSentence++) {
      const made = echoScene({ ...echo, firstSentence });
      await made.client.live(500);
      await playReply(made);
      expect(turnsOf(made.s), `sentence ${firstSentence}`).toEqual([]);
    }
  },
);

const voices = ["yes-wrap-up-awb", "goal-rms", "fox-slt", "lice-slt", "dollars-slt"];
/**
 * Longest delay of a person against no echo, ms; a faint word stands out later from the loudest, latest echo, where the network
 * that confirms speech is asked once more.
 */
const laterMs = ({ gainDb, delayMs }: (typeof echoes)[number]) =>
  gainDb === -12 && delayMs === 300 ? 180 : 40;

test.each(voices)("[B11] %s is heard over each echo as soon as without", async (who) => {
  const without = await interruptedAfter(silentScene, who);
  const later = [];
  for (const echo of echoes) later.push({ ...echo, ms: (await interruptedAfter(echo, who)) - without });
  expect(later.filter((echo) => echo.ms > laterMs(echo))).toEqual([]);
});
