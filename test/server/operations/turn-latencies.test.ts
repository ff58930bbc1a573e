import { expect, it } from "vitest";
import { summarizeLatencies, TurnLatencies } from "../../../src/server/operations/turn-latencies.ts";

it("[AD2] percentiles are over all nodes' turns together, by nearest rank, in the order of a turn", () => {
  const first = new TurnLatencies();
  const second = new TurnLatencies();
  for (let ms = 1; ms <= 60; ms++) first.add({ first_audio_ms: ms + 0.4, endpoint_ms: 500 });
  for (let ms = 61; ms <= 100; ms++) second.add({ first_audio_ms: ms });
  expect(summarizeLatencies([first.list(), second.list(), {}])).toEqual([
    { step: "endpoint", count: 60, p50: 500, p90: 500, p99: 500, max: 500 },
    { step: "first_audio", count: 100, p50: 50, p90: 90, p99: 99, max: 100 },
  ]);
});

it("[AD2] a node remembers its last 200 turns", () => {
  const latencies = new TurnLatencies();
  for (let ms = 1; ms <= 250; ms++) latencies.add({ transcript_ms: ms });
  latencies.add(undefined);
  const kept = latencies.list().transcript;
  expect([kept?.length, kept?.[0]]).toEqual([200, 51]);
});
