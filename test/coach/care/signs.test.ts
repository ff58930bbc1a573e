import { describe, expect, test } from "vitest";
import type { CareKind } from "../../../src/coach/care/kinds.ts";
import { signOfCrisis } from "../../../src/coach/care/signs.ts";
import { figures, signs } from "./spoken.ts";

const real = Object.entries(signs).flatMap(([kind, texts]) => texts.map((text) => ({ kind, text })));

test("[CA2] signs are told from figures of speech, in English and French", () => {
  const missed = real.filter(({ text }) => signOfCrisis(text) === undefined);
  const taken = figures.filter((text) => signOfCrisis(text) !== undefined);
  const found = real.length - missed.length;
  const precision = found / (found + taken.length);
  const recall = found / real.length;
  const figuresOfIt = `precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}`;
  const named = [...missed.map(({ text }) => `missed: ${text}`), ...taken.map((text) => `taken: ${text}`)];
  expect(real.length).toBeGreaterThanOrEqual(60);
  expect(figures.length).toBeGreaterThanOrEqual(60);
  expect(missed.length + taken.length, [figuresOfIt, ...named].join("\n")).toBe(0);
});

test("[CA2] a sign is of the kind that it is", () => {
  const wrong = real.filter(({ kind, text }) => signOfCrisis(text) !== kind);
  expect(wrong).toEqual([]);
});

test("the most urgent sign of several counts", () => {
  expect(signOfCrisis("My husband hits me. I want to die.")).toBe("self_harm" satisfies CareKind);
  expect(signOfCrisis("My friend is suicidal and my boyfriend beats me.")).toBe("abuse");
});

describe("what goes before and after", () => {
  test.each([
    ["a denial before a but", "I'm not saying I'm sad, but I want to die."],
    ["a laugh", "Haha, I want to kill myself, no, really, I mean it."],
    ["no punctuation and capitals", "WELL I DON'T KNOW I JUST WANT TO DIE"],
    ["typographic apostrophes", "I don’t want to live any more"],
    ["another language around it", "C'est dur. I want to kill myself."],
    ["a story of half an hour", `${"We talked about the plan. ".repeat(100)}I want to end my life.`],
  ])("%s does not hide it", (_, text) => {
    expect(signOfCrisis(text)).toBe("self_harm");
  });

  test.each(["", "   ", "?!", "um", "…", "\n\n"])("%j is none", (text) => {
    expect(signOfCrisis(text)).toBeUndefined();
  });

  test("a text made to take long takes none", () => {
    const before = process.threadCpuUsage();
    for (const piece of ["i want to ", "my ", "je ", "took all ", "no not ", "je j'ai "])
      signOfCrisis(piece.repeat(2000));
    expect(process.threadCpuUsage(before).user).toBeLessThan(2_000_000);
  });
});
