import { expect, test } from "vitest";
import { addUsage, costOf, type TurnUsage, turnCost, type UsageReport } from "../../src/ports/usage.ts";

const heard: UsageReport = { stage: "transcribe", model: "a", audioSeconds: 3, cost: 0.25 };
const answered: UsageReport = { stage: "reply", model: "b", inputTokens: 10, outputTokens: 4, cost: 0.5 };
const total = (...reports: UsageReport[]) => reports.reduce<TurnUsage>(addUsage, {});

test("requests add up stage by stage, figure by figure, and turns add up to a session", () => {
  const again: UsageReport = { stage: "reply", model: "c", inputTokens: 6, estimated: true, cost: 0.25 };
  const turn = total(heard, answered, again);
  expect(turn).toEqual({
    transcribe: { requests: 1, audioSeconds: 3, cost: 0.25 },
    reply: { requests: 2, inputTokens: 16, outputTokens: 4, cost: 0.75, estimated: true },
  });
  expect(turnCost(turn)).toBe(1);
  expect(addUsage(turn, heard)).toEqual({
    ...turn,
    transcribe: { requests: 2, audioSeconds: 6, cost: 0.5 },
  });
});

test("a cost is told only where all of it is known", () => {
  const { cost: _, ...unpriced } = answered;
  expect(turnCost({})).toBeUndefined();
  for (const turn of [total(heard, unpriced), total(heard, answered, unpriced), total(unpriced, answered)]) {
    expect(turn.reply).not.toHaveProperty("cost");
    expect(turnCost(turn)).toBeUndefined();
  }
});

test("a price counts the figures it is made of; where one is not known, neither is the cost", () => {
  const used = { inputTokens: 500_000, outputTokens: 1000 };
  const tokens = { perMillionInputTokens: 2, perMillionOutputTokens: 10 };
  expect(costOf(used, tokens)).toBeCloseTo(1.01);
  expect(costOf({ ...used, cachedInputTokens: 400_000 }, tokens)).toBeCloseTo(1.01);
  const cached = { ...tokens, perMillionCachedInputTokens: 0.2 };
  expect(costOf({ ...used, cachedInputTokens: 400_000 }, cached)).toBeCloseTo(0.2 + 0.08 + 0.01);
  expect(costOf(used, cached)).toBeCloseTo(1.01);
  expect(costOf({ audioSeconds: 90 }, { perAudioMinute: 0.006 })).toBeCloseTo(0.009);
  expect(costOf({ characters: 2000 }, { perMillionCharacters: 15 })).toBeCloseTo(0.03);
  expect(costOf({ audioSeconds: 90 }, { perAudioMinute: 0 })).toBe(0);
  expect(costOf({ audioSeconds: 90 }, tokens)).toBeUndefined();
  expect(costOf(used, {})).toBeUndefined();
});
