import { beforeEach, describe, expect, test } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import type { EarInput } from "../../../src/pipeline/ears/ear-events.ts";
import { openDetectors } from "../../../src/pipeline/voice-activity/voice-activity.ts";
import {
  atLevel,
  audioInput,
  cut,
  hear,
  msOf,
  only,
  recorder,
  recording,
  seededNoise,
  serverVad,
  settings,
  silence,
  sound,
  typesOf,
} from "./ears.ts";

let detectorsBefore = 0;
beforeEach(() => {
  detectorsBefore = openDetectors();
});

const fox = recording("fox-slt");
const pushToTalk = settings({ detection: null });

describe("commit and clear under detection", () => {
  const middle = Math.round(fox.length / 2);

  test("[E8] a commit ends the open utterance where it stands; the rest is a turn of its own", async () => {
    const { transcriber, heard } = recorder();
    const inputs: EarInput[] = [
      ...cut(fox.subarray(0, middle)),
      { type: "commit" },
      ...cut(joinPcm([fox.subarray(middle), silence(1000)])),
    ];
    const events = await hear(inputs, { transcriber });
    const told = typesOf(events).filter((type) => type !== "transcribed");
    expect(told).toEqual([
      ...["speech_started", "speech_confirmed", "speech_stopped", "committed"],
      ...["speech_started", "speech_confirmed", "speech_stopped", "committed"],
    ]);
    expect(only(events, "committed").map((event) => event.cause)).toEqual(["client", "endpoint"]);
    expect(only(events, "committed")[0]!.endMs).toBe(Math.round(msOf(fox.subarray(0, middle))));
    expect(joinPcm(heard).subarray(0, fox.length)).toEqual(fox);
  });

  test("[E8] without an open utterance it commits what is kept from before", async () => {
    const { transcriber, heard } = recorder();
    const noise = seededNoise(3);
    const room = sound(3010, -50, noise);
    const events = await hear([...cut(room), { type: "commit", cause: "idle_timeout" }], { transcriber });
    expect(typesOf(events)).toEqual(["committed", "transcribed"]);
    expect(events[0]).toMatchObject({ startMs: 3010 - 800, endMs: 3010, cause: "idle_timeout" });
    expect(heard[0]).toEqual(room.subarray(-heard[0]!.length));
  });

  test("[E9] clear throws the utterance away: no commit, no transcript, and the transcriber is told to stop", async () => {
    const recorded = recorder();
    const inputs: EarInput[] = [
      ...cut(fox.subarray(0, middle)),
      { type: "clear", eventId: "e" },
      ...cut(silence(2000)),
    ];
    const events = await hear(inputs, { transcriber: recorded.transcriber });
    expect(typesOf(events)).toEqual(["speech_started", "speech_confirmed", "cleared"]);
    expect(events[2]).toEqual({
      type: "cleared",
      utterance: 1,
      discardedMs: expect.any(Number),
      eventId: "e",
    });
    expect(recorded.asked[0]!.signal.aborted).toBe(true);
    expect(recorded.running).toBe(0);
  });

  test("[E9] clear forgets what was kept from before", async () => {
    const inputs: EarInput[] = [...cut(silence(500)), { type: "clear" }, { type: "commit" }];
    expect(await hear(inputs)).toEqual([{ type: "cleared" }, { type: "commit_empty", bufferedMs: 0 }]);
  });
});

describe("configure", () => {
  test("[E1] [E10] a new rate ends the utterance there; time goes on without a jump", async () => {
    const inputs: EarInput[] = [
      audioInput(new Int16Array(24_000)),
      { type: "configure", settings: settings({ detection: null, rate: 8000 }) },
      audioInput(new Int16Array(4000)),
      { type: "commit" },
    ];
    const { transcriber, asked } = recorder();
    const events = await hear(inputs, { settings: pushToTalk, transcriber });
    expect(only(events, "committed")).toMatchObject([
      { utterance: 1, startMs: 0, endMs: 1000, cause: "endpoint" },
      { utterance: 2, startMs: 1000, endMs: 1500, cause: "client" },
    ]);
    expect(asked.map((options) => options.rate)).toEqual([24_000, 8000]);
  });

  test("[E10] from push to talk to detection and back, each from where it stands", async () => {
    const inputs: EarInput[] = [
      ...cut(fox),
      { type: "configure", settings: settings() },
      ...cut(joinPcm([fox, silence(1000)])),
      { type: "configure", settings: pushToTalk },
      ...cut(fox),
    ];
    const events = await hear(inputs, { settings: pushToTalk });
    expect(only(events, "committed").map((event) => event.utterance)).toEqual([1, 2]);
    expect(only(events, "speech_started").map((event) => event.utterance)).toEqual([2]);
    expect(openDetectors()).toBe(detectorsBefore);
  });

  test("[E10] a shorter silence takes effect within the open utterance", async () => {
    const patient = settings({ detection: { ...serverVad, silenceMs: 5000 } });
    const inputs: EarInput[] = [
      ...cut(joinPcm([fox, silence(300)])),
      {
        type: "configure",
        settings: settings({ detection: { ...serverVad, silenceMs: 700, prefixPaddingMs: 100 } }),
      },
      ...cut(silence(2000)),
    ];
    const [committed] = only(await hear(inputs, { settings: patient }), "committed");
    expect(committed!.endMs).toBeLessThan(msOf(fox) + 1000);
  });

  test("[E10] a lower threshold lets a faint voice through that was none before", async () => {
    const strict = settings({ detection: { ...serverVad, threshold: 1 } });
    const faint = joinPcm([atLevel(recording("goal-rms"), -52), silence(1000)]);
    const change: EarInput = {
      type: "configure",
      settings: settings({ detection: { ...serverVad, threshold: 0 } }),
    };
    const events = await hear([...cut(faint), change, ...cut(faint)], { settings: strict });
    expect(only(events, "speech_started")).toHaveLength(1);
    expect(only(events, "committed")[0]!.startMs).toBeGreaterThan(msOf(faint) - 300);
  });

  test("[E10] what was kept from before the turn outlives a change of padding", async () => {
    const wider: EarInput = {
      type: "configure",
      settings: settings({ detection: { ...serverVad, prefixPaddingMs: 400 } }),
    };
    const events = await hear([...cut(silence(1000)), wider, ...cut(joinPcm([fox, silence(1000)]))]);
    expect(only(events, "speech_started")[0]!.atMs).toBeLessThan(1000);
  });

  test("[E10] push to talk in the middle of a turn: what was said until then is heard to the last sample", async () => {
    const { transcriber, heard } = recorder();
    const begun = fox.subarray(0, 30_011);
    await hear([...cut(begun), { type: "configure", settings: pushToTalk }], { transcriber });
    expect(heard[0]!.subarray(-5000)).toEqual(begun.subarray(-5000));
  });

  test("[E10] what the transcriber is told is what held when the utterance began", async () => {
    const { transcriber, asked } = recorder();
    const expectation = { kind: "reading", text: "the lazy dog" } as const;
    const next = settings({ detection: null, language: "fr-FR", hint: "Kuku", expectation });
    const inputs: EarInput[] = [
      audioInput(silence(100)),
      { type: "commit" },
      { type: "configure", settings: next },
    ];
    await hear([...inputs, audioInput(silence(100)), { type: "commit" }], {
      settings: pushToTalk,
      transcriber,
    });
    const told = asked.map(({ language, hint, expectation }) => [language, hint, expectation]);
    expect(told).toEqual([
      ["en-US", undefined, undefined],
      ["fr-FR", "Kuku", expectation],
    ]);
  });

  test("a rate that voice activity cannot be judged at is refused", async () => {
    await expect(hear([], { settings: settings({ rate: 22_050 }) })).rejects.toThrow(RangeError);
  });
});
