import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import type { EarInput } from "../../../src/pipeline/ears/ear-events.ts";
import { cut, hear, only, rate, recorder, recording, serverVad, settings, silence, typesOf } from "./ears.ts";

const fox = recording("fox-slt");
const mhm = recording("mhm-slt");
const semantic = (eagerness: "low" | "medium" | "high") =>
  settings({ detection: { type: "semantic_vad", eagerness } });
const pushToTalk = settings({ detection: null });

describe("laws", () => {
  const phrase = fox.subarray(0, Math.round(1.3 * rate));
  const scene = joinPcm([
    silence(333),
    phrase,
    silence(701),
    recording("tone-220hz-2s").subarray(0, 9000),
    mhm,
    silence(900),
  ]);
  const sizes = fc.array(fc.integer({ min: 24, max: rate }), { minLength: 1, maxLength: 12 });
  const marks = fc.array(fc.tuple(fc.nat(scene.length), fc.constantFrom("commit", "clear", "configure")), {
    maxLength: 3,
  });
  const drafting = settings({ draftAfterMs: 140 });
  const detections = fc.constantFrom(settings(), semantic("high"), pushToTalk, drafting);

  /** The scene with commands at fixed places, cut one way or another. */
  function* script(
    commands: readonly (readonly [number, string])[],
    cuts: readonly number[],
  ): Generator<EarInput> {
    let at = 0;
    for (const [place, command] of [...commands].sort((a, b) => a[0] - b[0])) {
      yield* cut(scene.subarray(at, place), cuts);
      at = place;
      if (command === "configure")
        yield { type: "configure", settings: settings({ detection: { ...serverVad, silenceMs: 300 } }) };
      else yield { type: command as "commit" | "clear" };
    }
    yield* cut(scene.subarray(at), cuts);
    // Enough for a last commit to be taken, whatever the commands left.
    yield* cut(silence(100), cuts);
    yield { type: "commit" };
  }

  test("[E2] how audio is cut into messages never changes the events, nor a sample of what the transcriber hears", async () => {
    await fc.assert(
      fc.asyncProperty(detections, marks, sizes, async (with_, commands, cuts) => {
        const run = async (how: readonly number[]) => {
          const { transcriber, heard, asked } = recorder(0, false);
          const events = await hear(script(commands, how), { settings: with_, transcriber });
          const told = events.filter(
            ({ type }) => type !== "transcribed" && type !== "preemptive_transcript",
          );
          const transcripts = only(events, "transcribed").sort((a, b) => a.utterance - b.utterance);
          return { told, transcripts, heard: heard.filter((_, call) => !asked[call]!.signal.aborted) };
        };
        expect(await run(cuts)).toEqual(await run([480]));
      }),
      { numRuns: 25 },
    );
  });

  test("[E2] down to one millisecond and odd numbers of samples", async () => {
    const run = async (how: readonly number[]) => {
      const { transcriber, heard } = recorder();
      return { events: await hear(script([], how), { transcriber }), heard };
    };
    const whole = await run([scene.length]);
    expect(only(whole.events, "committed")).toHaveLength(3);
    for (const how of [[24], [1, 7, 481]]) {
      const other = await run(how);
      expect(other.heard).toEqual(whole.heard);
      expect(other.events.filter((e) => e.type !== "transcribed")).toEqual(
        whole.events.filter((e) => e.type !== "transcribed"),
      );
    }
  });

  test("[E9] [E12] every started speech is stopped and committed or cleared; every commit has one outcome", async () => {
    await fc.assert(
      fc.asyncProperty(detections, marks, async (with_, commands) => {
        const { transcriber } = recorder(3);
        const events = await hear(script(commands, [960]), { settings: with_, transcriber });
        const numbers = new Set(events.flatMap((event) => ("utterance" in event && event.utterance) || []));
        for (const number of numbers) {
          const own = typesOf(
            events.filter((event) => "utterance" in event && event.utterance === number),
          ).join(" ");
          expect(own).toMatch(
            /^(speech_started )?(speech_confirmed |partial |paused (partial |speech_confirmed |drafted )*resumed )*(paused (partial |speech_confirmed |drafted )*)?(cleared|(speech_stopped )?committed (partial )*transcribed)$/,
          );
          expect(own.includes("speech_started") || !/speech_stopped|speech_confirmed|paused/.test(own)).toBe(
            true,
          );
          expect(own.split("speech_confirmed").length).toBeLessThanOrEqual(2);
          expect(own.split("preemptive_transcript").length).toBeLessThanOrEqual(2);
        }
        const spans = only(events, "committed");
        for (let i = 1; i < spans.length; i++)
          expect(spans[i]!.startMs).toBeGreaterThanOrEqual(spans[i - 1]!.endMs);
      }),
      { numRuns: 25 },
    );
  });
});
