import { expect, test } from "vitest";
import { refuseDrill } from "../../src/coach/drills/drill-requests.ts";
import { findMaterial, fits } from "../../src/coach/drills/texts.ts";
import { type DrillKind, drillChoices } from "../../web/practice/drill-choices.ts";

const kinds: DrillKind[] = ["sentence", "minimal_pairs", "pacing", "prosody"];
const cases = ["en-US", "fr-FR"].flatMap((language) => kinds.map((kind) => [language, kind] as const));

test.each(cases)("what the page offers in %s as %s is what there is, all of it", (language, kind) => {
  const material = findMaterial(language, kind);
  const offered = drillChoices(language, kind);
  for (const { focus, levels } of offered) {
    const there = material.filter((item) => fits(item, { focus })).map((item) => item.level);
    expect([focus, levels]).toEqual([focus, [...new Set(there)].sort()]);
    for (const level of levels) expect(refuseDrill(language, { kind, level, focus })).toBeUndefined();
  }
  const missing = material.filter((item) => !offered.some(({ focus }) => fits(item, { focus })));
  expect(missing).toEqual([]);
});

test("a region makes no difference; a language without drills is offered the English ones", () => {
  expect(drillChoices("fr-CA", "pacing")).toBe(drillChoices("fr-FR", "pacing"));
  expect(drillChoices("de-DE", "sentence")).toBe(drillChoices("en-US", "sentence"));
});
