import { describe, expect, test, vi } from "vitest";
import { timedWords, toTranscript } from "../../../../src/providers/local/engine/transcript.ts";

const at = (text: string, startMs: number) => ({ text, startMs, endMs: startMs + 400 });

describe("a transcript of a recogniser's text", () => {
  test("[LM8] is punctuated, its words the same ones at the same times", () => {
    const words = [at("i", 0), at("think", 500), at("so", 900)];
    const punctuate = vi.fn(() => "I think so.");
    expect(toTranscript(" I THINK SO", words, punctuate)).toEqual({
      text: "I think so.",
      words: [at("I", 0), at("think", 500), at("so.", 900)],
    });
    expect(punctuate).toHaveBeenCalledExactlyOnceWith("i think so");
  });

  test.each(["Well, I think so.", "he said yes.", "Paris is nice", ""])(
    "[LM8] that has marks or casing of its own is left as it is: %j",
    (text) => {
      const punctuate = vi.fn((plain: string) => `${plain}!`);
      expect(toTranscript(text, [], punctuate)).toEqual({ text });
      expect(punctuate).not.toHaveBeenCalled();
    },
  );

  test("[LM8] whose words a model of punctuation would change keeps them", () => {
    expect(toTranscript("I MEANT BED", [], () => "I meant bad.")).toEqual({ text: "I meant bed" });
    expect(toTranscript("yes it is", [], () => "Yes, it.")).toEqual({ text: "yes it is" });
  });

  test("[LM1] that does not have as many words as there are times has no times", () => {
    expect(toTranscript("one two", [at("one", 0)], undefined)).toEqual({ text: "one two" });
  });
});

test("[LM1] words are made of tokens: a space begins one, and the last ends some time after its token", () => {
  const tokens = [" GO", "ING", " ON"];
  expect(timedWords({ tokens, timestamps: [0.1, 0.3, 0.8] }, 1_000)).toEqual([
    { text: "GOING", startMs: 1_100, endMs: 1_700 },
    { text: "ON", startMs: 1_800, endMs: 2_200 },
  ]);
  expect(timedWords({ tokens }, 0)).toEqual([]);
});
