import { describe, expect, test } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import type { EarEvent } from "../../../src/pipeline/ears/ear-events.ts";
import { takesTheFloor } from "../../../src/pipeline/voice-activity/confirmation.ts";
import type { Transcriber } from "../../../src/ports/transcriber.ts";
import {
  atLevel,
  audioInput,
  cut,
  hear,
  only,
  rate,
  recording,
  serverVad,
  settings,
  silence,
  typesOf,
  withNoise,
} from "../ears/ears.ts";
import { mouthSound, mouthSounds } from "../mouth/mouth-sounds.ts";

const mhm = recording("mhm-slt");
const alone = (speech: Int16Array) => joinPcm([silence(600), speech, silence(1200)]);

/** How long after the first sound of the utterance's audio, less its padding, speech was confirmed, ms. */
function confirmedAfter(events: readonly EarEvent[]): number {
  const [started] = only(events, "speech_started");
  const [confirmed] = only(events, "speech_confirmed");
  return confirmed!.atMs - (started!.atMs + serverVad.prefixPaddingMs);
}

describe("someone takes the floor", () => {
  // Voices and words that change little take longer: the last begins with one long vowel and a hiss.
  test.each([
    ["fox-slt", 800],
    ["fox-misread-slt", 800],
    ["fox-fast-rms", 900],
    ["goal-rms", 700],
    ["overwhelmed-slt", 700],
    ["overwhelmed-noisy-slt", 900],
    ["yes-wrap-up-awb", 1200],
  ])("[E16] %s is confirmed once, within %i ms, loud or faint", async (name, limit) => {
    for (const level of [-6, -30]) {
      const events = await hear(cut(alone(atLevel(recording(name), level))));
      expect(only(events, "speech_confirmed")).toHaveLength(1);
      expect(typesOf(events).indexOf("speech_confirmed")).toBe(1);
      expect(confirmedAfter(events)).toBeLessThanOrEqual(limit);
    }
  });

  test("[E16] each utterance anew", async () => {
    const events = await hear(cut(alone(recording("pause-1200ms-rms"))));
    expect(only(events, "speech_confirmed").map((event) => event.utterance)).toEqual([1, 2]);
  });

  test("[E16] a word that is no backchannel is enough", async () => {
    const confirmed = async (text: string, language = "en-US") => {
      const saying: Transcriber = {
        name: "saying",
        async *transcribe(audio) {
          yield { type: "partial", text };
          for await (const _ of audio);
          yield { type: "final", transcript: { text, understood: true } };
        },
      };
      const with_ = { settings: settings({ language }), transcriber: saying };
      return only(await hear(cut(alone(mhm)), with_), "speech_confirmed").length;
    };
    expect(await confirmed("Stop")).toBe(1);
    expect(await confirmed("Mhm.")).toBe(0);
    expect(await confirmed("Yeah, okay…")).toBe(0);
    expect(await confirmed("Oui, d’accord", "fr-FR")).toBe(0);
    expect(await confirmed("Oui, mais", "fr-FR")).toBe(1);
  });

  test.each([
    ["", false],
    ["…", false],
    ["I", false],
    ["I see", false],
    ["I see.", false],
    ["I think", true],
    ["uh", false],
    ["Uh-huh", false],
    ["yeah, got", false],
    ["wait", true],
    ["no", true],
    ["okay but", true],
  ])("[E16] %j takes the floor: %s", (words, takes) => {
    expect(takesTheFloor(words, "en-GB")).toBe(takes);
  });
});

describe("nobody takes the floor", () => {
  const confirmed = async (audio: Int16Array) =>
    only(await hear([audioInput(audio)]), "speech_confirmed").length;

  test("[E16] a backchannel of 760 ms, wherever its frames fall, loud or faint, in a quiet room or a noisy one", async () => {
    for (let shift = 0; shift < 480; shift += 40)
      expect(await confirmed(joinPcm([new Int16Array(shift), alone(mhm)])), `${shift} samples`).toBe(0);
    for (const level of [-1, -20, -36]) expect(await confirmed(alone(atLevel(mhm, level)))).toBe(0);
    for (const snr of [30, 20]) expect(await confirmed(withNoise(alone(mhm), snr)), `${snr} dB`).toBe(0);
  });

  test.each(mouthSounds)("[E16] %s", async (name) => {
    for (let seed = 0; seed < 6; seed++) expect(await confirmed(mouthSound(name, seed)), `${seed}`).toBe(0);
  });

  test("[E16] though most of these sounds begin a turn", async () => {
    const voiced = mouthSounds.filter((name) => name !== "a breath");
    let begun = 0;
    for (const name of voiced)
      for (let seed = 0; seed < 4; seed++)
        begun += only(await hear([audioInput(mouthSound(name, seed))]), "speech_started").length > 0 ? 1 : 0;
    expect(begun).toBeGreaterThan(voiced.length * 2);
  });

  test("[E16] push to talk asks nothing of the kind", async () => {
    const events = await hear([...cut(recording("fox-slt")), { type: "commit" }], {
      settings: settings({ detection: null, rate }),
    });
    expect(only(events, "speech_confirmed")).toEqual([]);
  });
});
