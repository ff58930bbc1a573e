/** What was read, as the coach says it: asked for once, and kept while the page is open. */
import { readWav } from "../../src/client/wav.ts";
import { askHere } from "../ask.ts";
import { bareWord } from "./bare-word.ts";
import type { PitchContour } from "./contour-alignment.ts";
import { cutWav } from "./cut-wav.ts";

interface TimedWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface ModelReading {
  /** Empty where the voice does not tell when it says them. */
  readonly words: readonly TimedWord[];
  readonly contour?: PitchContour;
  wav(startMs?: number, endMs?: number): Blob;
}

const readings = new Map<string, Promise<ModelReading>>();

/** Returns how the coach says what this item read. @throws AskError */
export function modelReading(sessionId: string, itemId: string): Promise<ModelReading> {
  const path = `/api/sessions/${sessionId}/messages/${itemId}/model-reading`;
  const reading = readings.get(path) ?? fetchReading(path);
  readings.set(path, reading);
  reading.catch(() => readings.delete(path));
  return reading;
}

async function fetchReading(path: string): Promise<ModelReading> {
  const { audio, ...reading } = (await askHere(path)) as ModelReading & { audio: string };
  const { pcm, rate } = readWav(Uint8Array.from(atob(audio), (sign) => sign.charCodeAt(0)));
  return { ...reading, wav: (startMs, endMs) => cutWav(pcm, rate, startMs, endMs) };
}

/** Where a word is said, by its number in the text; undefined where the voice does not tell. */
export function placeOfWord(
  { words }: Pick<ModelReading, "words">,
  word: string,
  number: number,
): TimedWord | undefined {
  const distance = (index: number) => Math.abs(index - number);
  const said = words.filter(({ text }) => bareWord(text) !== "");
  const found = said.flatMap(({ text }, index) => (bareWord(text) === bareWord(word) ? [index] : []));
  const [nearest] = found.toSorted((a, b) => distance(a) - distance(b));
  return nearest === undefined ? undefined : said[nearest];
}
