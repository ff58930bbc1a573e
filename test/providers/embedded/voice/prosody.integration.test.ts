/** [DR21] The offline voice says the prosody drill's sentences as they are asked for, by the drill's own ear. */
import { afterAll, describe, expect, test } from "vitest";
import { judgeProsody, prosodyTarget } from "../../../../src/coach/drills/prosody.ts";
import { findMaterial, type ProsodySentence } from "../../../../src/coach/drills/texts.ts";
import { joinPcm } from "../../../../src/pipeline/audio/pcm.ts";
import { createDeliveryMeter } from "../../../../src/pipeline/delivery/meter.ts";
import { emphasisedWords, withoutEmphasis } from "../../../../src/pipeline/mouth/emphasis.ts";
import type { Reading } from "../../../../src/ports/reading.ts";
import { openEmbeddedTranscriber } from "../../../../src/providers/embedded/recogniser/transcriber.ts";
import { openEmbeddedSynthesizer } from "../../../../src/providers/embedded/voice/synthesizer.ts";

const rate = 16_000;
const { signal } = new AbortController();
const voice = await openEmbeddedSynthesizer({ threads: 1 });
const ear = await openEmbeddedTranscriber({ threads: 1 });
afterAll(() => Promise.all([voice.close(), ear.close()]));

async function say(text: string, language: string, emphasis: readonly string[]): Promise<Int16Array> {
  const chunks: Int16Array[] = [];
  const options = { voice: "default", speed: 1, language, rate, emphasis, signal } as const;
  for await (const { pcm } of voice.synthesize(text, options)) chunks.push(pcm);
  const margin = new Int16Array(0.3 * rate);
  return joinPcm([margin, ...chunks, margin]);
}

async function verdictOf(sentence: ProsodySentence, language: string): Promise<string> {
  const { text } = sentence;
  const pcm = await say(withoutEmphasis(text), language, emphasisedWords(text));
  const audio = async function* () {
    yield pcm;
  };
  let reading: Reading | undefined;
  const options = { rate, language, expectation: { kind: "reading", text }, signal } as const;
  for await (const event of ear.transcribe(audio(), options))
    if (event.type === "final") reading = event.transcript.reading;
  const meter = createDeliveryMeter(rate);
  meter.push(pcm);
  if (!reading) return "not heard";
  return judgeProsody(prosodyTarget(sentence, language), reading, meter.part().melody()).verdict;
}

/** The first three of each aspect. */
const cases = ["en-US", "fr-FR"].flatMap((language) => {
  const byFocus = Map.groupBy(findMaterial(language, "prosody"), ({ focus }) => focus);
  return [...byFocus.values()].flatMap((all) => all.slice(0, 3)).map((item) => [language, item] as const);
});

describe("[DR21] the coach's own voice", () => {
  test.each(cases)("is not told to be wrong: %s, %o", async (language, sentence) => {
    expect(["as_asked", "unclear"]).toContain(await verdictOf(sentence, language));
  });

  test("puts the weight on the word that is marked", async () => {
    const [he] = findMaterial("en-US", "prosody").filter(({ focus }) => focus === "emphasis");
    expect(await verdictOf(he as ProsodySentence, "en-US")).toBe("as_asked");
    const plain = await say("I didn't say he stole it.", "en-US", []);
    const marked = await say("I didn't say he stole it.", "en-US", ["he"]);
    expect(marked.length).toBeGreaterThan(plain.length);
  });
});
