import { expect, test } from "vitest";
import {
  obstacleIn,
  type RecordingQuality,
} from "../../../../../src/providers/embedded/recogniser/acoustic/recording-quality.ts";

const good: RecordingQuality = {
  levelDb: -20,
  snrDb: 27,
  clippedShare: 0.0003,
  decayDb: 15,
  otherVoiceMs: 0,
};

test("[DR17] a good recording is judged, whatever was read in it", () => {
  expect(obstacleIn(good, "whole")).toBeUndefined();
  expect(obstacleIn(good, "wrong")).toBeUndefined();
});

test.each([
  ["clipping", { clippedShare: 0.03 }],
  ["too_quiet", { levelDb: -70 }],
  ["noise", { snrDb: 6 }],
  ["second_voice", { otherVoiceMs: 500 }],
] as const)("[DR17] %s: not judged even where every word seems right", (reason, poor) => {
  expect(obstacleIn({ ...good, ...poor }, "whole")).toBe(reason);
});

test.each([
  ["noise", { snrDb: 11 }],
  ["second_voice", { otherVoiceMs: 100 }],
  ["reverberation", { decayDb: 6 }],
] as const)(
  "[DR17] some %s: no word is called wrong, and a reading that came through whole stands",
  (reason, poor) => {
    expect(obstacleIn({ ...good, ...poor }, "wrong")).toBe(reason);
    expect(obstacleIn({ ...good, ...poor }, "whole")).toBeUndefined();
  },
);
