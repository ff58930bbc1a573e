import { expect, test } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { listen } from "../../../src/pipeline/ears/listen.ts";
import { scriptedTranscriber } from "../../../src/providers/scripted/transcriber.ts";
import { cut, recording, settings, silence, stream } from "./ears.ts";

const turn = joinPcm([silence(300), recording("fox-slt"), silence(1000)]);

test("what an utterance used is told with its number, its draft's use and a thrown-away one's too", async () => {
  const told: unknown[] = [];
  const transcriber = scriptedTranscriber([{ text: "The fox.", usage: { audioSeconds: 2, cost: 0.5 } }]);
  const inputs = [...cut(turn), ...cut(turn.subarray(0, 48_000)), { type: "clear" } as const];
  const ears = listen(stream(inputs), {
    settings: settings({ draftAfterMs: 160 }),
    transcriber,
    signal: new AbortController().signal,
    onUsage: ({ stage, cost }, utterance) => told.push([stage, cost, utterance]),
  });
  let transcribed = 0;
  for await (const event of ears) {
    if (event.type !== "transcribed") continue;
    transcribed++;
    expect(told.filter((entry) => (entry as number[])[2] === event.utterance).length).toBe(2);
  }
  expect(transcribed).toBe(1);
  expect(told).toEqual([
    ["transcribe", 0.5, 1],
    ["transcribe", 0.5, 1],
    ["transcribe", 0.5, 2],
  ]);
});
