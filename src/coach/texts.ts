/** What the drill gives to read: sentences are data, one JSON file a language, read and checked once at start. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** The shape of a language's file. */
const textsSchema = z.strictObject({
  /** BCP 47; also the file's name. */
  language: z.string().min(2),
  sentences: z
    .array(
      z.strictObject({
        text: z.string().min(1).max(200),
        /** 1 (easy) to 3. */
        level: z.number().int().min(1).max(3),
        /** The sound it practises, in words of its language. */
        focus: z.string().min(1),
      }),
    )
    .min(1),
});

export type Texts = Readonly<z.infer<typeof textsSchema>>;
export type DrillSentence = Texts["sentences"][number];

/** Languages the drill has sentences for come from the files; English is what everything falls back to. */
const fallback = "en-US";

function readTexts(directory: string): ReadonlyMap<string, Texts> {
  const all = new Map<string, Texts>();
  for (const file of readdirSync(directory).sort()) {
    const parsed = textsSchema.safeParse(JSON.parse(readFileSync(join(directory, file), "utf8")));
    if (!parsed.success) throw new Error(`texts ${file}: ${z.prettifyError(parsed.error)}`);
    all.set(parsed.data.language, parsed.data);
  }
  return all;
}

const texts = readTexts(join(import.meta.dirname, "texts"));

/** BCP 47 tags of the languages there are sentences for. */
export const textLanguages: readonly string[] = [...texts.keys()];

/** Sentences for a language: the exact tag, else one of the same language (`fr-CA` → `fr-FR`), else English. */
export function findTexts(language: string): Texts {
  const primary = language.split("-")[0]?.toLowerCase();
  const exact = texts.get(language);
  const sister = [...texts.values()].find(
    (candidate) => candidate.language.split("-")[0]?.toLowerCase() === primary,
  );
  return (exact ?? sister ?? texts.get(fallback)) as Texts;
}

/**
 * The sentence at a place in the drill: easier levels first, the file's order within a level, or for a seed other
 * than 0 another order that depends on the seed alone. The file's first sentence stays first. After the last
 * sentence the list starts over.
 */
export function sentenceAt(language: string, seed: number, position: number): DrillSentence {
  const { sentences } = findTexts(language);
  const [first, ...rest] = sentences as [DrillSentence, ...DrillSentence[]];
  const rank = (index: number) => (seed === 0 ? index : scramble(seed, index));
  const order = rest
    .map((sentence, index) => ({ sentence, rank: rank(index) }))
    .sort((a, b) => a.sentence.level - b.sentence.level || a.rank - b.rank)
    .map(({ sentence }) => sentence);
  return [first, ...order][position % sentences.length] as DrillSentence;
}

/** A number that looks random but depends on its inputs alone (an integer hash in the manner of MurmurHash3's finaliser). */
function scramble(seed: number, index: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(index + 1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
