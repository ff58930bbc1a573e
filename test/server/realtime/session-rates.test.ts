import { expect, test } from "vitest";
import { refillMs } from "../../../src/server/net/rate-limit.ts";
import { SessionRates } from "../../../src/server/realtime/session-rates.ts";

const limits = {
  audioMessagesPerSecond: 4000,
  eventsPerSecond: 50,
  textBytesPerSecond: 1_000_000,
  audioSpeedRatio: 4,
  burstSeconds: 60,
};

test("[IN9] a session's rate is remembered until all of it is refilled, and no longer", () => {
  const rates = new SessionRates(limits);
  const rate = rates.join("a", 0);
  expect(rate.audio(60_000, 0)).toBe("ok");
  rates.leave("a", 0);
  const soon = refillMs(limits) - 1;
  expect(rates.join("a", soon)).toBe(rate);
  rates.leave("a", soon);
  rates.join("b", soon + refillMs(limits));
  expect(rates.size).toBe(1);
  expect(rates.join("a", soon + refillMs(limits)).audio(60_000, soon + refillMs(limits))).toBe("ok");
});

test("[IN9] while any of its sockets is open a session's rate is the same", () => {
  const rates = new SessionRates(limits);
  const rate = rates.join("a", 0);
  rates.join("a", 0);
  rates.leave("a", 0);
  expect(rates.join("a", 10_000_000)).toBe(rate);
  rates.leave("a", 10_000_000);
  rates.leave("a", 10_000_000);
  rates.join("b", 20_000_000);
  expect(rates.size).toBe(1);
});
