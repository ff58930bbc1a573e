import { describe, expect, test } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import type { EarEvent } from "../../../src/pipeline/ears/ear-events.ts";
import { cut, hear, only, rate, recording, settings, silence, typesOf } from "../ears/ears.ts";
import { measure } from "./voices.ts";

const measured = settings({ measureDelivery: true });
const talk = joinPcm([recording("goal-rms"), silence(1000)]);
const readings = (events: readonly EarEvent[]) =>
  only(events, "delivery_live").map(({ delivery }) => delivery);

describe("[DM7] delivery comes with the transcript, and live while speech goes on", () => {
  test("only when asked for", async () => {
    const [asked] = only(await hear(cut(talk), { settings: measured }), "transcribed");
    expect(asked!.delivery).toMatchObject({ pauseCount: 0, pitchHz: expect.any(Number) });
    expect(asked!.delivery!.speechMs).toBeGreaterThan(3000);
    const unasked = await hear(cut(talk));
    expect(only(unasked, "transcribed")[0]).not.toHaveProperty("delivery");
    expect(typesOf(unasked)).not.toContain("delivery_live");
  });

  test("every half second of audio at most, growing with what was said, the last near the final figures", async () => {
    const events = await hear(cut(talk), { settings: measured });
    const live = readings(events);
    const final = only(events, "transcribed")[0]!.delivery!;
    expect(live.length).toBeGreaterThanOrEqual(5);
    expect(live.length).toBeLessThanOrEqual(Math.ceil((talk.length / rate) * 2));
    for (const [k, { speechMs }] of live.entries()) {
      expect(speechMs).toBeGreaterThan(live[k - 1]?.speechMs ?? 0);
      // Less than 300 ms of speech has no reading, so that the first may come with the next half second.
      expect(speechMs - (live[k - 1]?.speechMs ?? 300)).toBeLessThan(700);
    }
    expect(live.at(-1)!.pitchHz).toBeCloseTo(final.pitchHz!, -1);
    const types = typesOf(events);
    expect(types.lastIndexOf("delivery_live")).toBeLessThan(types.indexOf("committed"));
    expect(types.indexOf("delivery_live")).toBeGreaterThan(types.indexOf("speech_started"));
  });

  test("none during a pause", async () => {
    const pushed = settings({ measureDelivery: true, detection: null });
    const paused = joinPcm([recording("mhm-slt"), silence(4000)]);
    const events = await hear([...cut(paused), { type: "commit" }], { settings: pushed });
    expect(readings(events).length).toBeGreaterThan(0);
    expect(readings(events).length).toBeLessThanOrEqual(3);
    expect(only(events, "transcribed")[0]!.delivery).toEqual(measure(paused));
  });

  test("the same events however the audio is cut", async () => {
    const pushed = settings({ measureDelivery: true, detection: null });
    const live = async (sizes: readonly number[]) =>
      readings(await hear([...cut(talk, sizes), { type: "commit" }], { settings: pushed }));
    const whole = await live([talk.length]);
    expect(whole.length).toBeGreaterThan(5);
    expect(await live([1999, 7, 480])).toEqual(whole);
  });

  test("noise tells nothing", async () => {
    const pushed = settings({ measureDelivery: true, detection: null });
    const events = await hear([...cut(recording("noise-pink-3s")), { type: "commit" }], { settings: pushed });
    expect(readings(events)).toEqual([]);
    expect(only(events, "transcribed")[0]?.delivery).toBeUndefined();
  });
});
