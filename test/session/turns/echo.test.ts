import { expect, test } from "vitest";
import type { AudioFormat } from "../../../src/protocol/audio-format.ts";
import {
  type EchoScene,
  echoes,
  echoScene,
  interruptedAfter,
  playReply,
  silentScene,
  turnsOf,
} from "./echo-scenes.ts";

/** A minute of replies; nothing but them is heard. */
async function staysSilent(scene: EchoScene): Promise<void> {
  const made = echoScene(scene);
  await made.client.live(500);
  while (made.client.nowMs < 60_000) await playReply(made);
  expect(turnsOf(made.s)).toEqual([]);
  expect(new Set(made.s.of("response.done").map(({ response }) => response.status))).toEqual(
    new Set(["completed"]),
  );
}

test.each(echoes)(
  "[B10] replies for a minute, back from the loudspeaker at $gainDb dB after $delayMs ms, make no turn",
  staysSilent,
);

const telephone: AudioFormat = { type: "audio/pcmu" };
test.each<EchoScene>([
  { gainDb: -20, delayMs: 150, reports: true },
  { gainDb: -20, delayMs: 150, format: telephone },
  { gainDb: -20, delayMs: 150, detection: "semantic_vad" },
  { gainDb: -20, delayMs: 150, interrupts: false },
  { gainDb: -20, delayMs: 150, noiseDb: -50 },
])("[B10] nor with %o", staysSilent);

/** Longest delay of a person who speaks over an echo, against no echo, ms. */
const laterMs = 40;

test.each(echoes)(
  "[B11] a person who speaks over an echo of $gainDb dB after $delayMs ms is heard as soon as without",
  async (echo) => {
    const without = await interruptedAfter(silentScene, "overwhelmed-slt");
    expect(await interruptedAfter(echo, "overwhelmed-slt")).toBeLessThanOrEqual(without + laterMs);
  },
);
