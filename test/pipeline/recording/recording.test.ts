import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { createResampler } from "../../../src/pipeline/audio/resample.ts";
import { openTwoTrack, type TwoTrack } from "../../../src/pipeline/recording/two-track.ts";

const rate = 16_000;
const perMs = rate / 1000;

const tone = (ms: number, at = rate, hz = 440) =>
  Int16Array.from({ length: (ms * at) / 1000 }, (_, i) => 9000 * Math.sin((2 * Math.PI * hz * i) / at) + 7);
/** Noise that never repeats, so that a sample out of place shows. */
function noise(length: number, seed = 1): Int16Array {
  let state = seed;
  return Int16Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 17) - 16_384;
  });
}

async function resampled(pcm: Int16Array, from: number): Promise<Int16Array> {
  const resampler = await createResampler(from, rate);
  const out = joinPcm([resampler.process(pcm).slice(), resampler.flush()]);
  resampler.close();
  return out;
}

/** What a recording gave so far, side by side. */
function listener() {
  const pieces: Int16Array[] = [];
  const side = (channel: 0 | 1) => {
    const both = joinPcm(pieces);
    return Int16Array.from({ length: both.length / 2 }, (_, i) => both[i * 2 + channel]!);
  };
  return {
    hear(more: Iterable<Int16Array>) {
      for (const piece of more) pieces.push(piece);
    },
    get left() {
      return side(0);
    },
    get right() {
      return side(1);
    },
  };
}

/** A side as it ought to be: silence but for these pieces. */
function expected(
  totalMs: number,
  pieces: ReadonlyArray<readonly [atMs: number, pcm: Int16Array]>,
): Int16Array {
  const out = new Int16Array(totalMs * perMs);
  for (const [atMs, pcm] of pieces) out.set(pcm.subarray(0, out.length - atMs * perMs), atMs * perMs);
  return out;
}

/** Fails with the first sample that differs, instead of with all of them. */
function expectSame(actual: Int16Array, wanted: Int16Array): void {
  const at = actual.findIndex((sample, i) => sample !== wanted[i]);
  const told = at < 0 ? "none" : `sample ${at} (${at / perMs} ms): ${actual[at]}, not ${wanted[at]}`;
  expect({ length: actual.length, differs: told }).toEqual({ length: wanted.length, differs: "none" });
}

/** Adds one side's audio in chunks of 20 ms, each at its time. */
function speak(tracks: TwoTrack, side: "user" | "coach", pcm: Int16Array, from: number, atMs: number) {
  const size = from / 50;
  for (let at = 0; at < pcm.length; at += size)
    tracks[side](pcm.subarray(at, at + size), from, atMs + (at * 1000) / from);
}

describe("where things are heard", () => {
  test("the user is on the left, the coach on the right, each to the sample; all else is silence", async () => {
    const tracks = await openTwoTrack();
    const heard = listener();
    const [first, second, reply] = [tone(300), tone(200, rate, 600), tone(1000, 24_000, 300)];
    speak(tracks, "user", first, rate, 500);
    speak(tracks, "coach", reply, 24_000, 1000);
    heard.hear(tracks.advance(900));
    speak(tracks, "user", second, rate, 2100);
    heard.hear(tracks.end(3000));
    expectSame(
      heard.left,
      expected(3000, [
        [500, first],
        [2100, second],
      ]),
    );
    expectSame(heard.right, expected(3000, [[1000, await resampled(reply, 24_000)]]));
    expect(tracks.lost).toEqual({ userMs: 0, coachMs: 0 });
  });

  test("both at once are heard at once", async () => {
    const tracks = await openTwoTrack();
    const heard = listener();
    const [voice, reply] = [noise(rate), noise(rate, 2)];
    speak(tracks, "coach", reply, rate, 0);
    speak(tracks, "user", voice, rate, 0);
    heard.hear(tracks.end(1000));
    expectSame(heard.left, voice);
    expectSame(heard.right, reply);
  });

  test("what a barge-in cut off was never heard, and the next reply begins where it begins", async () => {
    const tracks = await openTwoTrack();
    const heard = listener();
    const [reply, next] = [tone(4000, 24_000), tone(500, 24_000, 700)];
    tracks.coach(reply, 24_000, 100);
    heard.hear(tracks.advance(1000));
    tracks.cutCoach(1250);
    heard.hear(tracks.advance(2000));
    speak(tracks, "coach", next, 24_000, 2500);
    heard.hear(tracks.end(4000));
    const before = (await resampled(reply, 24_000)).subarray(0, 1150 * perMs);
    expectSame(
      heard.right,
      expected(4000, [
        [100, before],
        [2500, await resampled(next, 24_000)],
      ]),
    );
  });

  test("a cut into what is final already takes away the rest", async () => {
    const tracks = await openTwoTrack();
    const heard = listener();
    tracks.coach(noise(2 * rate), rate, 0);
    heard.hear(tracks.advance(1000));
    tracks.cutCoach(300);
    heard.hear(tracks.end(2000));
    expectSame(heard.right, expected(2000, [[0, noise(rate)]]));
  });

  test("a paused coach goes on where it was held, with what came meanwhile", async () => {
    const tracks = await openTwoTrack();
    const heard = listener();
    const reply = noise(3 * rate);
    tracks.coach(reply.subarray(0, rate), rate, 0);
    tracks.holdCoach(400);
    speak(tracks, "coach", reply.subarray(rate, 2 * rate), rate, 1000);
    heard.hear(tracks.advance(1500));
    tracks.releaseCoach(1600);
    speak(tracks, "coach", reply.subarray(2 * rate), rate, 3200);
    heard.hear(tracks.end(5000));
    const rest = reply.subarray(400 * perMs);
    expectSame(
      heard.right,
      expected(5000, [
        [0, reply.subarray(0, 400 * perMs)],
        [1600, rest],
      ]),
    );
  });

  test("a paused coach that is cut says no more", async () => {
    const tracks = await openTwoTrack();
    const heard = listener();
    tracks.coach(noise(rate), rate, 0);
    tracks.holdCoach(400);
    tracks.cutCoach(700);
    tracks.releaseCoach(800);
    heard.hear(tracks.end(2000));
    expectSame(heard.right, expected(2000, [[0, noise(400 * perMs)]]));
  });

  test("what the coach says anew from a time on takes the place of all it was to say from there", async () => {
    const tracks = await openTwoTrack();
    const heard = listener();
    tracks.coach(noise(3 * rate), rate, 0);
    tracks.coach(noise(rate, 5), rate, 1000);
    heard.hear(tracks.end(4000));
    expectSame(
      heard.right,
      expected(4000, [
        [0, noise(rate)],
        [1000, noise(rate, 5)],
      ]),
    );
  });

  test("times that waver by a few milliseconds leave no seam in a reply", async () => {
    const tracks = await openTwoTrack();
    const heard = listener();
    const reply = noise(2 * rate);
    for (let k = 0; k < 100; k++)
      tracks.coach(reply.subarray(k * 320, k * 320 + 320), rate, k * 20 + (k === 0 ? 0 : (k * 37) % 50));
    heard.hear(tracks.end(2000));
    expectSame(heard.right, reply);
  });

  test("a change of rate leaves everything in its place", async () => {
    const tracks = await openTwoTrack();
    const heard = listener();
    const [telephone, wide] = [tone(1000, 8000), tone(1000, 24_000)];
    speak(tracks, "user", telephone, 8000, 0);
    speak(tracks, "user", wide, 24_000, 1000);
    heard.hear(tracks.end(2000));
    expectSame(
      heard.left,
      expected(2000, [
        [0, await resampled(telephone, 8000)],
        [1000, await resampled(wide, 24_000)],
      ]),
    );
  });
});

describe("the user's audio comes over a network", () => {
  /** Places 20 ms chunks with these arrival times (ms, of the first sample) and gives the left side. */
  async function arriving(pcm: Int16Array, atMs: (k: number) => number, totalMs: number, settleMs = 3000) {
    const tracks = await openTwoTrack();
    const heard = listener();
    for (let k = 0; k * 320 < pcm.length; k++) {
      heard.hear(tracks.advance(atMs(k) - settleMs));
      // As from a socket, whose memory is used again.
      const chunk = pcm.slice(k * 320, k * 320 + 320);
      tracks.user(chunk, rate, atMs(k));
      chunk.fill(-1);
    }
    heard.hear(tracks.end(totalMs));
    return { left: heard.left, lost: tracks.lost };
  }

  test("jitter moves nothing", async () => {
    const delay = fc.array(fc.nat(400), { minLength: 100, maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(delay, async (delays) => {
        // TCP keeps the order: a late chunk holds back those behind it. Every second half a second is calm.
        let last = 0;
        const times = delays.map((ms, k) => {
          last = Math.max(last, k * 20 + (k % 50 < 25 ? ms : 0));
          return last;
        });
        const pcm = noise(2 * rate);
        times[0] = 0;
        expectSame((await arriving(pcm, (k) => times[k]!, 2000)).left, pcm);
      }),
      { numRuns: 40 },
    );
  });

  test("a stall of two seconds and the burst behind it move nothing", async () => {
    const pcm = noise(8 * rate);
    // From 3 s on nothing comes for two seconds; then it comes a millisecond a chunk until it has caught up.
    const atMs = (k: number) => (k * 20 < 3000 ? k * 20 : Math.max(k * 20, 5000 + (k - 150)));
    expectSame((await arriving(pcm, atMs, 8000)).left, pcm);
  });

  test("a muted microphone leaves a gap, and what follows is at its time", async () => {
    const pcm = noise(4 * rate);
    const atMs = (k: number) => (k < 100 ? k * 20 : k * 20 + 3500);
    const { left } = await arriving(pcm, atMs, 8000);
    expectSame(
      left,
      expected(8000, [
        [0, pcm.subarray(0, 2 * rate)],
        [5500, pcm.subarray(2 * rate)],
      ]),
    );
  });

  test("words right behind a gap are in their place although their time was known only later", async () => {
    const pcm = noise(rate);
    const { left } = await arriving(pcm, (k) => (k < 25 ? k * 20 : k * 20 + 2000), 4000);
    expectSame(
      left,
      expected(4000, [
        [0, pcm.subarray(0, rate / 2)],
        [2500, pcm.subarray(rate / 2)],
      ]),
    );
  });

  test.each([0.99, 0.998, 1.002, 1.01])(
    "a sound card that runs at %f of its rate does not run away",
    async (speed) => {
      // A click a second by the true clock; each chunk of 320 samples takes 20 ms ÷ speed.
      const seconds = 120;
      const pcm = new Int16Array(Math.floor((seconds * rate * speed) / 320) * 320);
      for (let s = 1; s < seconds; s++) pcm[Math.round(s * rate * speed)] = 20_000;
      const { left } = await arriving(pcm, (k) => (k * 20) / speed, seconds * 1000);
      const clicks = [...left.keys()].filter((i) => left[i] === 20_000);
      expect(clicks.length).toBeGreaterThan(seconds - 5);
      const worst = Math.max(...clicks.map((at) => Math.abs(((at / perMs + 500) % 1000) - 500)));
      expect(worst).toBeLessThan(90);
    },
  );

  test("a first chunk that came late puts nothing late for good", async () => {
    const pcm = new Int16Array(10 * rate);
    pcm.set(tone(500), 6 * rate);
    const { left } = await arriving(pcm, (k) => Math.max(300, k * 20), 10_000);
    expectSame(left, expected(10_000, [[6000, tone(500)]]));
  });

  test("audio that comes after its time has become final is counted as lost", async () => {
    const tracks = await openTwoTrack();
    const heard = listener();
    const pcm = noise(rate);
    tracks.user(pcm.subarray(0, 320), rate, 0);
    heard.hear(tracks.advance(600));
    for (let k = 1; k < 50; k++) tracks.user(pcm.subarray(k * 320, k * 320 + 320), rate, k * 20);
    heard.hear(tracks.end(1000));
    expectSame(
      heard.left,
      expected(1000, [
        [0, pcm.subarray(0, 320)],
        [600, pcm.subarray(600 * perMs)],
      ]),
    );
    expect(tracks.lost).toEqual({ userMs: 580, coachMs: 0 });
  });
});

test("how audio is cut into chunks, and when it is declared final, changes no sample", async () => {
  const [user, reply] = [noise(24_000, 3), noise(24_000, 4)];
  const run = async (sizes: readonly number[]): Promise<Int16Array[]> => {
    const tracks = await openTwoTrack();
    const heard = listener();
    let turn = 0;
    const size = () => sizes[turn++ % sizes.length]!;
    // Behind a gap the second half is a second and a half later.
    for (const half of [0, 1]) {
      const end = (half + 1) * 12_000;
      for (let at = half * 12_000; at < end; ) {
        const next = Math.min(end, at + size());
        const atMs = at / 24 + half * 1500;
        tracks.user(user.subarray(at, next), 24_000, atMs);
        heard.hear(tracks.advance(atMs - 2500));
        at = next;
      }
      for (let at = half * 12_000; at < end; ) {
        const next = Math.min(end, at + size());
        tracks.coach(reply.subarray(at, next), 24_000, 300 + at / 24 + half * 1500);
        at = next;
      }
    }
    heard.hear(tracks.end(3600));
    return [heard.left, heard.right];
  };
  const whole = await run([12_000]);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 30 }),
      async (sizes) => {
        const cut = await run(sizes);
        expectSame(cut[0]!, whole[0]!);
        expectSame(cut[1]!, whole[1]!);
      },
    ),
    { numRuns: 40 },
  );
});

describe("limits", () => {
  test("the coach may be two minutes ahead; what goes beyond is counted as lost", async () => {
    const tracks = await openTwoTrack();
    const minute = new Int16Array(60 * 24_000).fill(100);
    for (let k = 0; k < 10; k++) tracks.coach(minute, 24_000, k * 60_000);
    expect(tracks.lost.coachMs).toBeCloseTo(480_000, -1);
    // The ring's length is a power of two: 2^21 for 120 s at 16 kHz, and the smallest of the user's.
    expect(tracks.held).toBeLessThanOrEqual(2 ** 21 + 2 ** 14);
    for (const _ of tracks.advance(130_000));
    expect(tracks.held).toBe(2 ** 15);
  });

  test("what a paused coach holds is limited likewise", async () => {
    const tracks = await openTwoTrack({ coachLeadMs: 5000 });
    tracks.holdCoach(0);
    for (let k = 0; k < 60; k++) tracks.coach(new Int16Array(rate), rate, k * 1000);
    expect(tracks.lost.coachMs).toBe(55_000);
    expect(tracks.held).toBeLessThan(150_000);
  });

  test("a user who sends faster than time passes fills no memory", async () => {
    const tracks = await openTwoTrack();
    for (let k = 0; k < 600; k++) tracks.user(noise(rate), rate, k);
    expect(tracks.held).toBeLessThanOrEqual(2 ** 18 + 2 ** 14);
    expect(tracks.lost.userMs).toBeGreaterThan(580_000);
  });

  test("an hour of talk keeps no more than what is not final", async () => {
    const tracks = await openTwoTrack({ rate: 8000 });
    const second = noise(8000);
    let most = 0;
    let samples = 0;
    for (let s = 0; s < 3600; s++) {
      tracks.user(second, 8000, s * 1000);
      if (s % 20 < 10) tracks.coach(second, 8000, s * 1000 + 800);
      for (const piece of tracks.advance(s * 1000 - 2000)) samples += piece.length / 2;
      most = Math.max(most, tracks.held);
    }
    for (const piece of tracks.end(3_600_000)) samples += piece.length / 2;
    expect(samples).toBe(3600 * 8000);
    expect(most).toBeLessThanOrEqual(2 ** 15 + 2 ** 16);
  });

  test("hours of silence come in pieces of a second, made as they are taken", async () => {
    const tracks = await openTwoTrack();
    const pieces = tracks.advance(8 * 3_600_000)[Symbol.iterator]();
    expect((pieces.next().value as Int16Array).length).toBe(2 * rate);
  });

  test("a rate that was not announced is refused", async () => {
    const tracks: TwoTrack = await openTwoTrack();
    expect(() => tracks.user(new Int16Array(5), 44_100, 0)).toThrow(RangeError);
    expect(() => tracks.coach(new Int16Array(5), 44_100, 0)).toThrow(RangeError);
    await expect(openTwoTrack({ rates: [0] })).rejects.toThrow(RangeError);
  });
});
