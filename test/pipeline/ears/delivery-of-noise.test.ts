import { describe, expect, test } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { noises } from "../../support/noises.ts";
import { audioInput, cut, hear, only, recording, settings, silence, sound } from "./ears.ts";

const measured = settings({ detection: null, measureDelivery: true });

/** What the ears say of audio that the client ends. */
const committed = (pcm: Int16Array) =>
  hear([...cut(pcm, [4800]), audioInput(silence(100)), { type: "commit" }], { settings: measured });

describe("[DM2] a turn that the client ends", () => {
  test.each([
    "wailing siren",
    "two-tone siren",
    "low chords",
    "accordion",
    "barks",
    "knocks",
    "footsteps",
    "whistle",
    "bells",
    "ringing telephone",
  ])("has no delivery of %s", async (name) => {
    const events = await committed(sound(5000, -10, noises[name]!()));
    expect(only(events, "transcribed")).toHaveLength(1);
    expect(only(events, "transcribed")[0]).not.toHaveProperty("delivery.speechMs");
    expect(only(events, "delivery_live")).toEqual([]);
  });

  test.each(["fox-slt", "mhm-slt", "rice-slt"])("has one of %s, over a bell too", async (name) => {
    expect(only(await committed(recording(name)), "transcribed")[0]).toHaveProperty("delivery.speechMs");
    const bell = joinPcm([sound(2000, -20, noises.bells!()), recording(name)]);
    expect(only(await committed(bell), "transcribed")[0]).toHaveProperty("delivery.speechMs");
  });
});
