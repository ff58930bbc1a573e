import { describe, expect, test } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { openTurnDetector, type TurnSign } from "../../../src/pipeline/ears/turn-detector.ts";
import { noises } from "../../support/noises.ts";
import { whispered } from "../../support/whisper.ts";
import { atLevel, rate, recording, serverVad, silence, sound, withNoise } from "../ears/ears.ts";

const length = (rate * 20) / 1000;

/** The signs of the detector, in order. */
async function signsIn(pcm: Int16Array): Promise<TurnSign[]> {
  const detector = await openTurnDetector(rate, { detection: serverVad, language: "en" });
  const signs: TurnSign[] = [];
  for (let at = 0; at + length <= pcm.length; at += length)
    signs.push(...detector.take(pcm.subarray(at, at + length), undefined));
  detector.close();
  return signs;
}

describe("[E22] noises of rooms begin no turn", () => {
  test.each(Object.entries(noises))("20 s of %s, loud and faint", async (_, make) => {
    for (const [ms, level] of [
      [20_000, -6],
      [8000, -35],
    ] as const)
      expect(await signsIn(joinPcm([silence(500), sound(ms, level, make()), silence(500)]))).toEqual([]);
  });
});

describe("[E23] whispering is heard", () => {
  const turns = (signs: readonly TurnSign[]) => signs.filter((sign) => sign === "began" || sign === "ended");

  test.each(["fox-slt", "goal-rms", "overwhelmed-slt", "yes-wrap-up-awb"])(
    "%s, as one turn",
    async (name) => {
      const whisper = whispered(recording(name));
      const still = joinPcm([silence(600), atLevel(whisper, -12), silence(1500)]);
      expect(turns(await signsIn(still))).toEqual(["began", "ended"]);
      const noisy = withNoise(joinPcm([silence(2000), atLevel(whisper, -12), silence(2500)]), 20);
      expect(turns(await signsIn(noisy))).toEqual(["began", "ended"]);
    },
  );
});
