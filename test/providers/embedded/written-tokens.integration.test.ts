/** The offline voice reads texts with figures and signs aloud, and the offline ears hear that they were read right. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import type { Transcript } from "../../../src/ports/transcriber.ts";
import {
  type EmbeddedTranscriber,
  openEmbeddedTranscriber,
} from "../../../src/providers/embedded/recogniser/transcriber.ts";
import {
  type EmbeddedSynthesizer,
  openEmbeddedSynthesizer,
} from "../../../src/providers/embedded/voice/synthesizer.ts";

let voice: EmbeddedSynthesizer;
let ears: EmbeddedTranscriber;
beforeAll(async () => {
  [voice, ears] = await Promise.all([
    openEmbeddedSynthesizer({ threads: 1 }),
    openEmbeddedTranscriber({ threads: 1 }),
  ]);
});
afterAll(() => Promise.all([voice.close(), ears.close()]));

const { signal } = new AbortController();

async function speak(text: string, language = "en-US") {
  const chunks: Int16Array[] = [];
  const words: string[] = [];
  const name = language === "fr-FR" ? "fr-fr" : "en-us";
  const options = { voice: name, speed: 1, language, rate: 24_000, signal } as const;
  for await (const chunk of voice.synthesize(text, options)) {
    chunks.push(chunk.pcm);
    words.push(...(chunk.words ?? []).map((word) => word.text));
  }
  return { pcm: joinPcm(chunks), words };
}

async function judge(pcm: Int16Array, text: string): Promise<Transcript> {
  const audio = (async function* () {
    yield new Int16Array(7200);
    yield pcm;
    yield new Int16Array(7200);
  })();
  const options = {
    rate: 24_000,
    language: "en-US",
    expectation: { kind: "reading", text },
    signal,
  } as const;
  let last: Transcript | undefined;
  for await (const event of ears.transcribe(audio, options))
    if (event.type === "final") last = event.transcript;
  if (!last) throw new Error("no final");
  return last;
}

describe("[DR15] the offline voice", () => {
  test.each([
    ["50% of people agree.", "fifty percent of people agree.", ["50%", "of", "people", "agree."]],
    ["Bread & butter.", "Bread and butter.", ["Bread", "&", "butter."]],
    ["It is 20° outside.", "It is twenty degrees outside.", ["It", "is", "20°", "outside."]],
    ["It costs $25.", "It costs twenty five dollars.", ["It", "costs", "$25."]],
    ["We walked 2.5 miles.", "We walked two point five miles.", ["We", "walked", "2.5 miles."]],
    [
      "It costs $25.50 now.",
      "It costs twenty five dollars and fifty cents now.",
      ["It", "costs", "$25.50", "now."],
    ],
    ["Call 555-1234 now.", "Call five five five one two three four now.", ["Call", "555-1234", "now."]],
  ])("says %j as %j, and tells the words as they are written", async (text, plain, written) => {
    const [asWritten, inWords] = [await speak(text), await speak(plain)];
    expect(asWritten.words.join(" ")).toBe(written.join(" "));
    expect(asWritten.pcm.length).toBe(inWords.pcm.length);
  });

  test("in French", async () => {
    const [asWritten, inWords] = [
      await speak("Il est 14h30.", "fr-FR"),
      await speak("Il est quatorze heures trente.", "fr-FR"),
    ];
    expect(asWritten.words).toEqual(["Il", "est", "14h30."]);
    expect(asWritten.pcm.length).toBe(inWords.pcm.length);
  });
});

/** Expects that a text is heard as read right when the offline voice says `said`. */
async function expectReadRight(text: string, said: string): Promise<void> {
  const { pcm } = await speak(said);
  const { understood, reading } = await judge(pcm, text);
  expect(understood).toBe(true);
  expect(reading?.words.filter(({ verdict }) => verdict !== "correct")).toEqual([]);
  const first = reading?.words[0];
  expect(first?.endMs).toBeGreaterThan(first?.startMs as number);
}

describe("[DR15] the offline ears", () => {
  test.each([
    ["50% of people agree.", "50% of people agree."],
    ["We walked 2.5 miles.", "We walked 2.5 miles."],
    ["We walked 2.5 miles.", "We walked two and a half miles."],
    ["Please call 555-1234 now.", "Please call 555-1234 now."],
    ["555-1234", "555-1234"],
  ])("hear %j, said by the offline voice as %j, as read right", expectReadRight);

  test.skip('hear "She was born in 1984.", said by the offline voice, as read right: its "four" is heard as "far" (docs/reading.md); year-slt in talk-written has the recorded voice', () =>
    expectReadRight("She was born in 1984.", "She was born in nineteen eighty four."));
});
