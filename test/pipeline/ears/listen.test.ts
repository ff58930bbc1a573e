import { describe, expect, test } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import type { EarInput } from "../../../src/pipeline/ears/ear-events.ts";
import type { Transcriber } from "../../../src/ports/transcriber.ts";
import {
  audioInput,
  cut,
  hear,
  msOf,
  only,
  rate,
  recorder,
  recording,
  seededNoise,
  serverVad,
  settings,
  silence,
  sound,
  typesOf,
} from "./ears.ts";

const wholeTurn = ["speech_started", "speech_confirmed", "speech_stopped", "committed", "transcribed"];
const fox = recording("fox-slt");
const mhm = recording("mhm-slt");
const pause = recording("pause-1200ms-rms");
const semantic = (eagerness: "low" | "medium" | "high") =>
  settings({ detection: { type: "semantic_vad", eagerness } });
const pushToTalk = settings({ detection: null });

describe("a turn under server_vad", () => {
  test("[E4] [E5] begins at the onset less the padding, ends by silence, and is heard whole", async () => {
    const { transcriber, heard } = recorder();
    const audio = joinPcm([silence(2000), fox, silence(1500)]);
    const events = await hear(cut(audio), { transcriber });
    expect(typesOf(events)).toEqual(wholeTurn);
    const [started] = only(events, "speech_started");
    const [committed] = only(events, "committed");
    expect(only(events, "speech_stopped")).toEqual([
      { type: "speech_stopped", utterance: 1, atMs: committed!.endMs, silenceMs: 500 },
    ]);
    // The voice's own hiss sets in with the recording, its first sound 180 ms later.
    expect(started!.atMs).toBeGreaterThanOrEqual(2000 - 300);
    expect(started!.atMs).toBeLessThanOrEqual(2000 + 180 - 240);
    const speechEnd = 2000 + 2780;
    expect(committed!.endMs).toBeGreaterThanOrEqual(speechEnd + 500);
    expect(committed!.endMs).toBeLessThan(speechEnd + 500 + 160);
    expect(committed).toMatchObject({ startMs: started!.atMs, cause: "endpoint", utterance: 1 });
    const span = audio.subarray((started!.atMs * rate) / 1000, (committed!.endMs * rate) / 1000);
    expect(heard[0]).toEqual(span);
  });

  test("[E5] the 1.2 s pause makes two turns at 500 ms of silence, counted from 1", async () => {
    const events = await hear(cut(joinPcm([pause, silence(1000)])));
    expect(only(events, "committed").map((event) => event.utterance)).toEqual([1, 2]);
  });

  test("[E5] a longer silence_duration keeps them one", async () => {
    const patient = settings({ detection: { ...serverVad, silenceMs: 2000 } });
    expect(
      only(await hear(cut(joinPcm([pause, silence(2500)])), { settings: patient }), "committed"),
    ).toHaveLength(1);
  });

  test.each([8000, 16_000, 48_000])("[E4] at %i Hz as at 24 kHz", async (other) => {
    const audio = joinPcm([silence(1000), recording("goal-rms"), silence(1000)]);
    const moved = Int16Array.from({ length: (audio.length * other) / rate }, (_, i) => {
      const at = (i * rate) / other;
      const left = audio[Math.floor(at)]!;
      return left + (at % 1) * ((audio[Math.floor(at) + 1] ?? left) - left);
    });
    const [reference] = only(await hear(cut(audio)), "committed");
    const events = await hear(cut(moved), { settings: settings({ rate: other }) });
    expect(typesOf(events)).toEqual(wholeTurn);
    const [committed] = only(events, "committed");
    expect(Math.abs(committed!.startMs - reference!.startMs)).toBeLessThanOrEqual(100);
    expect(Math.abs(committed!.endMs - reference!.endMs)).toBeLessThanOrEqual(100);
  });

  test("[E5] a hum that goes on behind the speaker does not keep the turn open", async () => {
    const hum = sound(6000, -20, (t) => Math.sin(2 * Math.PI * 100 * t) + Math.sin(2 * Math.PI * 300 * t));
    const audio = joinPcm([fox, silence(4000)]).map(
      (sample, i) => sample + (i > fox.length / 2 ? hum[i]! || 0 : 0),
    );
    const [committed] = only(await hear(cut(audio)), "committed");
    expect(committed!.endMs).toBeLessThan(msOf(fox) + 1500);
  });
});

describe("a turn under semantic_vad", () => {
  test("[E6] the thinking pause is one turn for a patient coach", async () => {
    const events = await hear(cut(joinPcm([pause, silence(9000)])), { settings: semantic("low") });
    expect(only(events, "committed")).toHaveLength(1);
    expect(only(events, "speech_started")).toHaveLength(1);
  });

  test("[E6] the more eager, the sooner", async () => {
    const audio = joinPcm([fox, silence(9000)]);
    const ends = await Promise.all(
      (["low", "medium", "high"] as const).map(async (eagerness) => {
        const [committed] = only(await hear(cut(audio), { settings: semantic(eagerness) }), "committed");
        return committed!.endMs;
      }),
    );
    expect(ends[0]).toBeGreaterThan(ends[1]! + 500);
    expect(ends[1]).toBeGreaterThan(ends[2]! + 200);
  });

  test("[E6] words that hang in the air are waited for", async () => {
    const saying = (text: string): Transcriber => ({
      name: "saying",
      async *transcribe(audio) {
        yield { type: "partial", text };
        for await (const _ of audio);
        yield { type: "final", transcript: { text, understood: true } };
      },
    });
    const end = async (text: string) => {
      const transcriber = saying(text);
      const inputs = joinPcm([fox, silence(5000)]);
      const [committed] = only(
        await hear(cut(inputs), { settings: semantic("medium"), transcriber }),
        "committed",
      );
      return committed!.endMs;
    };
    expect(await end("the fox and")).toBeGreaterThan((await end("the lazy dog.")) + 1500);
  });
});

describe("push to talk", () => {
  test("[E7] opens with the first chunk, closes with commit alone, and analyses nothing", async () => {
    const { transcriber, heard } = recorder();
    const audio = joinPcm([fox, silence(3000), mhm]);
    const inputs: EarInput[] = [...cut(audio), { type: "commit", eventId: "event_7" }];
    const events = await hear(inputs, { settings: pushToTalk, transcriber });
    expect(typesOf(events)).toEqual(["committed", "transcribed"]);
    expect(events[0]).toEqual({
      type: "committed",
      utterance: 1,
      startMs: 0,
      endMs: Math.round(msOf(audio)),
      cause: "client",
      eventId: "event_7",
    });
    expect(heard).toEqual([audio]);
  });

  test("[E7] works at any rate", async () => {
    const inputs: EarInput[] = [audioInput(new Int16Array(22_050)), { type: "commit" }];
    const [committed] = only(
      await hear(inputs, { settings: settings({ detection: null, rate: 22_050 }) }),
      "committed",
    );
    expect(committed).toMatchObject({ startMs: 0, endMs: 1000 });
  });

  test("[E8] a commit with nothing buffered says so", async () => {
    for (const with_ of [pushToTalk, settings()])
      expect(await hear([{ type: "commit", eventId: "e" }], { settings: with_ })).toEqual([
        { type: "commit_empty", eventId: "e", bufferedMs: 0 },
      ]);
  });

  test.each([
    ["push to talk", pushToTalk],
    ["under detection", settings()],
  ])("[TT4] less than 100 ms is no turn, %s; it stays, and comes with what follows", async (_, heardWith) => {
    const { transcriber, heard } = recorder();
    const room = sound(100, -50, seededNoise(5));
    const most = room.length - 1;
    const inputs: EarInput[] = [
      audioInput(room.subarray(0, most)),
      { type: "commit", eventId: "early" },
      audioInput(room.subarray(most)),
      { type: "commit" },
    ];
    const events = await hear(inputs, { settings: heardWith, transcriber });
    expect(typesOf(events)).toEqual(["commit_empty", "committed", "transcribed"]);
    expect(events[0]).toEqual({
      type: "commit_empty",
      eventId: "early",
      bufferedMs: msOf(room.subarray(0, most)),
    });
    expect(events[1]).toMatchObject({ startMs: 0, endMs: 100 });
    expect(heard).toEqual([room]);
  });
});
