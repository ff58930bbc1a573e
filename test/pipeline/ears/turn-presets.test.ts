import { expect, test } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import {
  type TurnPreset,
  type TurnPresetName,
  turnPresets,
} from "../../../src/pipeline/ears/turn-presets.ts";
import { cut, hear, only, recorder, recording, settings, silence } from "./ears.ts";

const thinking = joinPcm([recording("pause-1200ms-rms"), silence(9000)]);
const finished = joinPcm([recording("overwhelmed-slt"), silence(9000)]);

/** What the ears make of it under a preset, by a transcriber that tells no words. */
async function under(name: TurnPresetName, audio: Int16Array) {
  const { detection, draftAfterMs }: TurnPreset = turnPresets[name];
  const with_ = settings({ detection, ...(draftAfterMs !== undefined && { draftAfterMs }) });
  return hear(cut(audio), { settings: with_, transcriber: recorder(0, false).transcriber });
}

test("[E20] a thinking pause of 1.2 s is one turn for the patient, and two for the brisk", async () => {
  expect(only(await under("patient", thinking), "committed")).toHaveLength(1);
  expect(only(await under("brisk", thinking), "committed")).toHaveLength(2);
});

test("[E20] a finished sentence is answered the sooner the brisker, and each drafts before that", async () => {
  const waits: number[] = [];
  for (const name of ["patient", "conversation", "brisk"] as const) {
    const events = await under(name, finished);
    const [stopped] = only(events, "speech_stopped");
    const last = only(events, "paused").at(-1);
    expect(stopped!.atMs - last!.atMs).toBe(stopped!.silenceMs - turnPresets[name].draftAfterMs);
    waits.push(stopped!.silenceMs);
  }
  expect(waits[0]).toBeGreaterThan(waits[1]!);
  expect(waits[1]).toBeGreaterThan(waits[2]!);
  expect(waits[2]).toBeLessThan(800);
});

test("[E20] push to talk detects nothing", async () => {
  expect(await under("push_to_talk", thinking)).toEqual([]);
});
