import { describe, expect, test } from "vitest";
import type { PlayPosition } from "../../src/client/playout.ts";
import { virtualPlayer } from "../../src/client/virtual-player.ts";
import { manualClock } from "../../src/lib/clock.ts";

const rate = 24_000;
const second = (responseNumber: number, startSample = 0) => ({
  responseNumber,
  startSample,
  pcm: new Int16Array(rate).fill(1_000),
});

function open() {
  const clock = manualClock();
  const positions: PlayPosition[] = [];
  let heard = 0;
  const player = virtualPlayer({
    clock,
    onHeard: (samples) => {
      heard += samples.length;
    },
  })((position) => positions.push(position));
  const told = () => positions.map((it) => `${it.state} ${Math.round((it.playedSamples * 1000) / rate)} ms`);
  return { clock, player, positions, told, heardMs: () => (heard * 1000) / rate };
}

describe("the virtual player", () => {
  test("keeps a reply in time and reports it a few times a second, then holds no timer", async () => {
    const { clock, player, told, heardMs } = open();
    player.add(second(1));
    player.finish(1);
    await clock.advance(500);
    expect(heardMs()).toBe(500);
    await clock.advance(1_000);
    expect(heardMs()).toBe(1_000);
    expect(told()).toEqual([
      "playing 0 ms",
      "playing 280 ms",
      "playing 540 ms",
      "playing 800 ms",
      "ended 1000 ms",
    ]);
    expect(clock.pending).toBe(0);
  });

  test("cleared, it stops where it is and says so; the next reply plays", async () => {
    const { clock, player, positions, heardMs } = open();
    player.add(second(1));
    await clock.advance(300);
    player.clear(1);
    expect(positions.at(-1)).toEqual({ responseNumber: 1, playedSamples: 7_200, state: "cleared" });
    await clock.advance(1_000);
    expect(heardMs()).toBeLessThanOrEqual(305);
    expect(clock.pending).toBe(0);
    player.add(second(2));
    player.finish(2);
    await clock.advance(1_100);
    expect(positions.at(-1)).toEqual({ responseNumber: 2, playedSamples: rate, state: "ended" });
  });

  test("paused, it waits without a timer; resumed, it goes on where it was", async () => {
    const { clock, player, positions } = open();
    player.add(second(1));
    player.finish(1);
    await clock.advance(400);
    player.pause(1);
    await clock.advance(5_000);
    expect(positions.at(-1)).toMatchObject({ state: "paused", playedSamples: 9_600 });
    expect(clock.pending).toBe(0);
    player.resume();
    await clock.advance(620);
    expect(positions.at(-1)).toMatchObject({ state: "ended", playedSamples: rate });
  });

  test("paused and then cleared, it plays the next reply", async () => {
    const { clock, player, positions, heardMs } = open();
    player.add(second(1));
    await clock.advance(300);
    player.pause(1);
    await clock.advance(100);
    player.clear(1);
    const before = heardMs();
    player.add(second(2));
    player.finish(2);
    await clock.advance(1_100);
    expect(heardMs() - before).toBe(1_000);
    expect(positions.at(-1)).toEqual({ responseNumber: 2, playedSamples: rate, state: "ended" });
    expect(clock.pending).toBe(0);
  });

  test("closed, nothing is left", async () => {
    const { clock, player } = open();
    player.add(second(1));
    player.close();
    player.add(second(1, rate));
    expect(clock.pending).toBe(0);
  });
});
