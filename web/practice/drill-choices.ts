/** The reading drills' choices, in words: data, equal to the server's (a test compares them). */
import type { KukuSession } from "../../src/protocol/session-config.ts";

/** A drill's settings, as on the wire. */
export type DrillRequest = NonNullable<KukuSession["drill"]>;
export type DrillKind = NonNullable<DrillRequest["kind"]>;
export const drillKinds: readonly DrillKind[] = ["sentence", "minimal_pairs", "pacing", "prosody"];

/** True for the kinds of drill in which a text of one's own can be read. */
export const takesOwnText = (kind: DrillKind): kind is "sentence" | "pacing" =>
  kind === "sentence" || kind === "pacing";

/** One thing to practise. */
export interface DrillChoice {
  readonly focus: string;
  readonly label: string;
  /** The levels there are of it, 1 (easy) to 3. */
  readonly levels: readonly number[];
}

type Choices = Readonly<Record<DrillKind, readonly DrillChoice[]>>;

const choice = (focus: string, label: string, ...levels: number[]): DrillChoice => ({ focus, label, levels });

const english: Choices = {
  sentence: [
    choice("th", "th (think, this)", 1, 2, 3),
    choice("r/l", "r and l (right, light)", 1, 2, 3),
    choice("i/ee", "i and ee (sit, seat)", 1, 2),
    choice("a/e", "a and e (bad, bed)", 2),
    choice("s/sh", "s and sh (sell, shell)", 2),
    choice("v/w", "v and w (vest, west)", 2, 3),
    choice("p/b", "p and b (paper, bag)", 1),
    choice("f/v", "f and v (five, very)", 2),
    choice("u/a", "u and a (bus, bad)", 2),
    choice("oo/u", "oo (food, good)", 1),
    choice("ee", "ee (tree)", 1, 2),
    choice("o", "o (window)", 3),
    choice("er", "er (first, world)", 3),
    choice("h", "h (hat, home)", 1, 3),
    choice("m", "m (mother)", 1),
    choice("w", "w (we walk)", 1, 2, 3),
    choice("t", "t (ten, tall)", 1),
    choice("l", "l (really, bell)", 1, 2, 3),
    choice("ch", "ch (cheese)", 2),
    choice("j", "j (judge)", 3),
    choice("ng", "ng (song)", 2),
    choice("str", "str (strong)", 3),
    choice("end consonants", "ends of words (asked, crisp)", 3),
    choice("all", "all letters", 1),
  ],
  minimal_pairs: [
    choice("i/ee", "ship – sheep", 1),
    choice("a/e", "bat – bet", 1),
    choice("p/b", "pie – buy", 1),
    choice("r/l", "rice – lice", 2),
    choice("th/f", "three – free", 2),
    choice("th/s", "think – sink", 2),
    choice("v/w", "vest – west", 2),
    choice("s/sh", "see – she", 2),
    choice("ch/sh", "chair – share", 3),
    choice("u/a", "cup – cap", 3),
  ],
  pacing: [choice("rate", "Pace", 1, 2, 3), choice("pause", "Pauses", 1, 2, 3)],
  prosody: [
    choice("stress", "Stress in words", 1, 2, 3),
    choice("emphasis", "Emphasis in sentences", 1, 2),
    choice("contour", "Questions and statements", 1, 2, 3),
    choice("pauses", "Pauses between phrases", 1, 2, 3),
  ],
};

const french: Choices = {
  sentence: [
    choice("u/ou", "u et ou (rue, roue)", 1, 2, 3),
    choice("u", "u (rue, lune)", 1, 2, 3),
    choice("ou", "ou (nous, pour)", 1, 2, 3),
    choice("an/on", "an et on (blanc, blond)", 2, 3),
    choice("r", "r (regarder)", 2, 3),
    choice("j", "j (juge)", 2),
    choice("ch", "ch (chien)", 2, 3),
    choice("s/ch", "s et ch (sage, chasseur)", 3),
    choice("eu", "eu (peur, feu)", 2),
    choice("ou/o", "ou et o (nous, beau)", 1),
    choice("oi", "oi (roi)", 2),
    choice("ui", "ui (pluie)", 3),
    choice("gn", "gn (montagne)", 2),
    choice("ille", "ille (feuille)", 3),
    choice("tr", "tr (quatre)", 3),
    choice("liaisons", "liaisons (un grand homme)", 3),
    choice("p/t", "p et t (petit, porte)", 1),
    choice("f/t", "f et t (facteur, tous)", 1),
    choice("m", "m (mère)", 1),
    choice("l", "l (lune)", 1),
    choice("a", "a (table)", 1),
    choice("i", "i (lire)", 1),
  ],
  minimal_pairs: [
    choice("ou/u", "dessous – dessus", 1),
    choice("r/l", "rire – lire", 1),
    choice("in/an", "vin – vent", 2),
    choice("an/on", "temps – ton", 2),
    choice("s/z", "poisson – poison", 2),
    choice("ch/j", "chou – joue", 2),
  ],
  pacing: [choice("rate", "Pace", 1, 2, 3), choice("pause", "Pauses", 1, 2, 3)],
  prosody: [
    choice("contour", "Questions et affirmations", 1, 2),
    choice("pauses", "Pauses entre les groupes", 1, 2, 3),
  ],
};

/** The choices of a language (BCP 47); English where there are none. */
export function drillChoices(language: string, kind: DrillKind): readonly DrillChoice[] {
  return (language.split("-")[0]?.toLowerCase() === "fr" ? french : english)[kind];
}
