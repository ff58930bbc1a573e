/** Reads the drills' material: one JSON file a language, checked once at start. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { primaryLanguage } from "../../lib/language.ts";

/** 1 (easy) to 3. */
const level = z.number().int().min(1).max(3);
/** The sounds it practises, as they are spelt in its language: `th`, `r/l`; of pacing: `rate` or `pause`; of prosody: its aspect. */
const focus = z.string().regex(/^[\p{Ll}]+(?: [\p{Ll}]+)*(?:\/[\p{Ll}]+)*$/u);
const word = z.string().min(1).max(40);

/** Target pace of a sentence. `value` ± `tolerance` are in the unit. */
const paceTarget = z.strictObject({
  unit: z.enum(["words_per_minute", "syllables_per_second", "pause_seconds"]),
  value: z.number().positive(),
  tolerance: z.number().positive(),
});

const prosodyText = { text: z.string().min(1).max(200), level };
/** A sentence whose melody is practised. */
const prosodySentence = z.discriminatedUnion("focus", [
  /** `word` is stressed on one of its syllables, counted from 1. */
  z.strictObject({
    focus: z.literal("stress"),
    ...prosodyText,
    word,
    syllables: z.array(z.string().min(1)).min(2),
    stressed: z.number().int().min(1),
  }),
  /** `*word*` in the text has the weight. */
  z.strictObject({ focus: z.literal("emphasis"), ...prosodyText }),
  /** The voice rises or falls at the end. */
  z.strictObject({ focus: z.literal("contour"), ...prosodyText, shape: z.enum(["rise", "fall"]) }),
  /** `…` in the text is where to pause. */
  z.strictObject({ focus: z.literal("pauses"), ...prosodyText }),
]);

/** The shape of a language's file. */
const textsSchema = z.strictObject({
  /** BCP 47; also the file's name. */
  language: z.string().min(2),
  sentences: z.array(z.strictObject({ text: z.string().min(1).max(200), level, focus })).min(1),
  /** Words that differ in one sound; `ways`: how to make the sound of a pair's first word, and of its second. */
  contrasts: z
    .array(
      z.strictObject({
        focus,
        level,
        ways: z.tuple([z.string().min(1), z.string().min(1)]),
        pairs: z.array(z.tuple([word, word])).min(1),
      }),
    )
    .min(1),
  /** `…` in the text is where to pause. */
  pacing: z
    .array(z.strictObject({ text: z.string().min(1).max(200), level, focus, target: paceTarget }))
    .min(1),
  prosody: z.array(prosodySentence).min(1),
});

export type Texts = Readonly<z.infer<typeof textsSchema>>;
type DrillSentence = Texts["sentences"][number];
type PacedSentence = Texts["pacing"][number];
export type ProsodySentence = Texts["prosody"][number];

/** Two words to keep apart; `ways` as in the file. */
export interface MinimalPair {
  readonly words: readonly [string, string];
  readonly level: number;
  readonly focus: string;
  readonly ways: readonly [string, string];
}

/** What there is to practise, by its kind. */
interface Material {
  readonly sentence: DrillSentence;
  readonly minimal_pairs: MinimalPair;
  readonly pacing: PacedSentence;
  readonly prosody: ProsodySentence;
}

/** A sentence, or a pair of words, of the material. */
export type MaterialItem = Material[DrillKind];

/** Kinds of a drill's material: sentences, words that differ in one sound, pace and pauses, stress and melody. */
export const drillKinds = ["sentence", "minimal_pairs", "pacing", "prosody"] as const;

export type DrillKind = (typeof drillKinds)[number];

/** Narrows what comes; left out: anything. */
export interface Choice {
  /** 1–3. */
  readonly level?: number;
  /** A sound, or several with `/` between them: what practises all of them fits. */
  readonly focus?: string;
}

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

/** Sentences for a language: the exact tag, else one of the same language (`fr-CA` → `fr-FR`), else English. */
export function findTexts(language: string): Texts {
  const primary = primaryLanguage(language);
  const exact = texts.get(language);
  const sister = [...texts.values()].find((candidate) => primaryLanguage(candidate.language) === primary);
  return (exact ?? sister ?? texts.get(fallback)) as Texts;
}

/** All there is to practise in a language, in the file's order. */
export function findMaterial<Kind extends DrillKind>(
  language: string,
  kind: Kind,
): ReadonlyArray<Material[Kind]> {
  const { sentences, contrasts, pacing, prosody } = findTexts(language);
  const material: { readonly [K in DrillKind]: ReadonlyArray<Material[K]> } = {
    sentence: sentences,
    minimal_pairs: contrasts.flatMap(({ pairs, ...rest }) => pairs.map((words) => ({ ...rest, words }))),
    pacing,
    prosody,
  };
  return material[kind];
}

/** Whether something practises what was asked for. */
export function fits({ level, focus }: DrillSentence | MinimalPair, choice: Choice): boolean {
  if (choice.level !== undefined && choice.level !== level) return false;
  return (
    choice.focus === undefined || soundsOf(choice.focus).every((sound) => soundsOf(focus).includes(sound))
  );
}

const soundsOf = (focus: string): string[] =>
  focus
    .toLowerCase()
    .split("/")
    .map((sound) => sound.trim());

/**
 * The item at a place in the drill: easier levels first, the file's order within a level, or for a seed other than 0
 * another order that depends on the seed alone. The first of `items`, which holds at least one, stays first. After the
 * last one the list starts over.
 */
export function itemAt<T extends { readonly level: number }>(
  items: readonly T[],
  seed: number,
  position: number,
): T {
  const [first, ...rest] = items as readonly [T, ...T[]];
  const rank = (index: number) => (seed === 0 ? index : scramble(seed, index));
  const order = rest
    .map((item, index) => ({ item, rank: rank(index) }))
    .sort((a, b) => a.item.level - b.item.level || a.rank - b.rank)
    .map(({ item }) => item);
  return [first, ...order][position % items.length] as T;
}

/** A number that looks random but depends on its inputs alone (an integer hash in the manner of MurmurHash3's finaliser). */
export function scramble(seed: number, index: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(index + 1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
