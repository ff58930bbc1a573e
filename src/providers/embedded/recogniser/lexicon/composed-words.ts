/** Pronunciations of English words that the dictionary has in parts: "undelete", "touchtone", "whitelisted". */
import type { Pronunciation } from "./lexicon.ts";

type Lookup = (word: string) => readonly Pronunciation[];

/** Letters that a part must have: shorter ones are in too many words by chance. */
const LEAST_PART = 3;
/** Pronunciations of a word's parts that are combined. */
const MOST_WAYS = 4;

const PREFIXES: Readonly<Record<string, readonly string[]>> = {
  un: ["AH N"],
  re: ["R IY"],
  pre: ["P R IY"],
  de: ["D IY"],
  dis: ["D IH S"],
  mis: ["M IH S"],
  non: ["N AA N"],
  co: ["K OW"],
  sub: ["S AH B"],
  anti: ["AE N T IY", "AE N T AY"],
  semi: ["S EH M IY", "S EH M AY"],
  multi: ["M AH L T IY", "M AH L T AY"],
  inter: ["IH N T ER"],
  super: ["S UW P ER"],
};

const VOICELESS = new Set(["P", "T", "K", "F", "TH", "S", "SH", "CH"]);
const HISSES = new Set(["S", "Z", "SH", "ZH", "CH", "JH"]);

const plural = (last: string) => (HISSES.has(last) ? "IH Z" : VOICELESS.has(last) ? "S" : "Z");
const past = (last: string) => (last === "T" || last === "D" ? "IH D" : VOICELESS.has(last) ? "T" : "D");

/** Endings, what may stand for them in the stem's spelling, and their sound after the stem's last. */
const ENDINGS: readonly { ending: string; stems: readonly string[]; sound: (last: string) => string }[] = [
  { ending: "ies", stems: ["y"], sound: plural },
  { ending: "es", stems: ["", "e"], sound: plural },
  { ending: "s", stems: [""], sound: plural },
  { ending: "ied", stems: ["y"], sound: past },
  { ending: "ed", stems: ["", "e"], sound: past },
  { ending: "ing", stems: ["", "e"], sound: () => "IH NG" },
  { ending: "er", stems: ["", "e"], sound: () => "ER" },
  { ending: "ly", stems: [""], sound: () => "L IY" },
  { ending: "less", stems: [""], sound: () => "L AH S" },
  { ending: "ness", stems: [""], sound: () => "N AH S" },
  { ending: "able", stems: ["", "e"], sound: () => "AH B AH L" },
];

/** Returns the pronunciations of `word` (small letters) by its parts; empty where it has none in the dictionary. */
export function composedPronunciations(word: string, lookup: Lookup): readonly Pronunciation[] {
  const whole = (part: string): readonly Pronunciation[] => {
    if (part.length < LEAST_PART) return [];
    const known = lookup(part);
    return known.length > 0 ? known : withEnding(part, lookup);
  };
  const inflected = withEnding(word, whole);
  if (inflected.length > 0) return inflected;
  const prefixed = Object.entries(PREFIXES).flatMap(([prefix, sounds]) =>
    word.startsWith(prefix)
      ? joined(
          sounds.map((sound) => sound.split(" ")),
          whole(word.slice(prefix.length)),
        )
      : [],
  );
  return prefixed.length > 0 ? prefixed : compound(word, lookup, whole);
}

function withEnding(word: string, lookup: Lookup): readonly Pronunciation[] {
  for (const { ending, stems, sound } of ENDINGS) {
    if (!word.endsWith(ending)) continue;
    const bare = word.slice(0, -ending.length);
    const doubled = /([bdgklmnprt])\1$/.test(bare) ? [bare.slice(0, -1)] : [];
    for (const stem of [...stems.map((end) => bare + end), ...doubled]) {
      const ways = stem.length < LEAST_PART ? [] : lookup(stem);
      if (ways.length > 0) return ways.map((way) => [...way, ...sound(way.at(-1) as string).split(" ")]);
    }
  }
  return [];
}

/** Two words written as one, the first as long as can be. */
function compound(word: string, lookup: Lookup, whole: Lookup): readonly Pronunciation[] {
  for (let cut = word.length - LEAST_PART; cut >= LEAST_PART; cut--) {
    const ways = joined(lookup(word.slice(0, cut)), whole(word.slice(cut)));
    if (ways.length > 0) return ways;
  }
  return [];
}

function joined(heads: readonly Pronunciation[], tails: readonly Pronunciation[]): readonly Pronunciation[] {
  return heads
    .slice(0, MOST_WAYS)
    .flatMap((head) => tails.slice(0, MOST_WAYS).map((tail) => [...head, ...tail]));
}
