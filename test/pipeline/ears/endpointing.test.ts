import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type EndingCues, endpointWaitMs } from "../../../src/pipeline/ears/endpointing.ts";
import type { SemanticVad } from "../../../src/pipeline/ears/turn-detection.ts";
import { unfinishedness } from "../../../src/pipeline/ears/unfinished-words.ts";
import { serverVad } from "./ears.ts";

const semantic = (eagerness: SemanticVad["eagerness"]): SemanticVad => ({ type: "semantic_vad", eagerness });
const wait = (cues: Partial<EndingCues>, eagerness: SemanticVad["eagerness"] = "medium") =>
  endpointWaitMs(semantic(eagerness), { speechMs: 3000, ...cues });
const cues = fc.record(
  {
    speechMs: fc.nat(60_000),
    pitchEnd: fc.double({ min: -24, max: 24, noNaN: true }),
    pitchMove: fc.double({ min: -24, max: 24, noNaN: true }),
    levelMove: fc.double({ min: -40, max: 40, noNaN: true }),
    words: fc.oneof(fc.string(), fc.constantFrom("and", "I think because...", "yes.", "so um,", "  ")),
  },
  { requiredKeys: ["speechMs"] },
) as fc.Arbitrary<EndingCues>;

describe("endpointWaitMs", () => {
  test("[E5] server_vad waits for its silence, whatever was said", () => {
    fc.assert(
      fc.property(cues, fc.nat(10_000), (ending, silenceMs) => {
        expect(endpointWaitMs({ ...serverVad, silenceMs }, ending)).toBe(silenceMs);
      }),
    );
  });

  test("[E6] never longer than 8, 4 and 2 s, never shorter for a more patient coach", () => {
    fc.assert(
      fc.property(cues, (ending) => {
        const [low, medium, high] = (["low", "medium", "high"] as const).map((e) =>
          endpointWaitMs(semantic(e), ending),
        );
        expect(low).toBeLessThanOrEqual(8000);
        expect(medium).toBeLessThanOrEqual(4000);
        expect(high).toBeLessThanOrEqual(2000);
        expect(low!).toBeGreaterThan(medium!);
        expect(medium!).toBeGreaterThan(high!);
        expect(high).toBeGreaterThanOrEqual(400);
        expect(endpointWaitMs(semantic("auto"), ending)).toBe(medium);
      }),
    );
  });

  test("[E6] waits longer on what sounds unfinished", () => {
    const finished = wait({ pitchMove: -4, levelMove: -8, words: "I want one clear step." });
    expect(wait({ words: "I was thinking and" })).toBeGreaterThan(finished + 1000);
    expect(wait({ words: "so, um" })).toBeGreaterThan(finished + 1000);
    expect(wait({ words: "I was thinking…" })).toBeGreaterThan(finished + 500);
    expect(wait({ pitchMove: 3 })).toBeGreaterThan(wait({ pitchMove: -4 }));
    expect(wait({ levelMove: 2 })).toBeGreaterThan(wait({ levelMove: -10 }));
    expect(wait({ speechMs: 200 })).toBeGreaterThan(wait({ speechMs: 2000 }));
    expect(wait({ words: "je voudrais parler de", language: "fr-FR" })).toBeGreaterThan(finished + 1000);
    expect(wait({ pitchEnd: 1 })).toBeGreaterThan(wait({ pitchEnd: -1 }));
    expect(wait({ pitchEnd: -1 })).toBeGreaterThan(wait({ pitchEnd: -5 }));
  });

  test.each([
    ["en-US", "I was thinking and", 1],
    ["en-US", "I was thinking, and.", 1],
    ["en-US", "It is hard because", 1],
    ["en-GB", "Well, let me think", 1],
    ["en-US", "so um…", 1],
    ["en-US", "I talked to", 0.8],
    ["en-US", "Where are you from?", 0],
    ["en-US", "I think so.", 0],
    ["en-US", "I want one clear step", 0],
    ["en-US", "Yes.", 0],
    ["fr-FR", "je voudrais parler de", 1],
    ["fr-FR", "c'est difficile parce que", 1],
    ["fr-FR", "et puis euh", 1],
    ["fr-FR", "je pense que c’est", 1],
    ["fr-FR", "je l'", 1],
    ["fr-FR", "je travaille avec", 0.8],
    ["fr-FR", "Je ne sais pas.", 0],
    ["de-DE", "ich weiß nicht, ob ich", 1],
    ["ja-JP", "and", 0],
    ["en-US", "", 0],
    ["en-US", "?", 0],
  ])("[E6] %s %j is unfinished: %d", (language, words, surely) => {
    expect(unfinishedness(words, language)).toBe(surely);
  });

  test("[E6] words not known move nothing", () => {
    expect(wait({ words: "" })).toBe(wait({}));
    expect(wait({ words: "one two three" })).toBe(wait({}));
  });
});
