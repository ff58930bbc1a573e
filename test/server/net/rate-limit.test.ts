import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SessionRate, tokenBucket } from "../../../src/server/net/rate-limit.ts";

const limits = {
  audioMessagesPerSecond: 4000,
  eventsPerSecond: 50,
  textBytesPerSecond: 1_000_000,
  audioSpeedRatio: 4,
  burstSeconds: 60,
};

describe("a token bucket", () => {
  test("never gives more than its capacity and its rate allow, whatever is asked when", () => {
    const asks = fc.array(fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 20 })), { maxLength: 200 });
    fc.assert(
      fc.property(
        asks,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 100 }),
        (list, capacity, rate) => {
          const bucket = tokenBucket(capacity, rate, 0);
          let now = 0;
          let taken = 0;
          for (const [wait, amount] of list) {
            now += wait;
            if (bucket.take(amount, now)) taken += amount;
            expect(taken).toBeLessThanOrEqual(capacity + (now * rate) / 1000 + 1e-6);
          }
        },
      ),
      { seed: 1 },
    );
  });
});

describe("a session's rate", () => {
  test.each([1, 5, 10, 20, 60, 100, 1000])(
    "[IN1] frames of %i ms pass in real time for ten minutes",
    (ms) => {
      const rate = new SessionRate(limits, 0);
      const verdicts = new Set<string>();
      for (let at = 0; at < 600_000; at += ms) verdicts.add(rate.audio(ms, at));
      expect([...verdicts]).toEqual(["ok"]);
    },
  );

  test("60 s of audio may come at once, then no faster than four times real time", () => {
    const rate = new SessionRate(limits, 0);
    for (let second = 0; second < 60; second++) expect(rate.audio(1000, 0)).toBe("ok");
    expect(rate.audio(1000, 0)).toBe("too_fast");
    expect(rate.audio(1000, 250)).toBe("ok");
    expect(rate.audio(1000, 251)).toBe("too_fast");
  });

  test("messages beyond the sustained rate are refused once the burst is spent", () => {
    const rate = new SessionRate(limits, 0);
    for (let message = 0; message < 60_000; message++)
      if (rate.audio(0.5, 0) !== "ok") throw new Error(`${message}`);
    expect(rate.audio(0.5, 0)).toBe("excess");
    expect(rate.event(0)).toBe("ok");
  });

  test("text beyond the sustained rate of bytes is refused, whatever is in it", () => {
    const rate = new SessionRate(limits, 0);
    for (let message = 0; message < 60; message++) expect(rate.text(250_000, 0)).toBe("ok");
    expect(rate.text(250_000, 0)).toBe("excess");
    expect(rate.text(250_000, 249)).toBe("excess");
    expect(rate.text(250_000, 250)).toBe("ok");
    expect(rate.event(250)).toBe("ok");
  });

  test("a clock that runs a little fast is refused now and then, never cut off; a flood is cut off", () => {
    const slightlyFast = new SessionRate({ ...limits, burstSeconds: 5 }, 0);
    const verdicts = new Set<string>();
    for (let message = 0; message < 100_000; message++) verdicts.add(slightlyFast.audio(20, message * 4.95));
    expect([...verdicts].sort()).toEqual(["ok", "too_fast"]);

    const flood = new SessionRate(limits, 0);
    const seen: string[] = [];
    for (let message = 0; message < 1000; message++) seen.push(flood.event(message));
    expect(seen.at(-1)).toBe("abuse");
    expect(seen.indexOf("abuse")).toBeGreaterThan(750);
  });
});
