/** Text normalization: ways to say telephone numbers, e-mail addresses, addresses of pages, and words with digits in them. */
import { cardinalReadings, digitReadings, first, integerReadings, type SpokenLanguage } from "./numbers.ts";
import { anyOf, type Reading, sequence } from "./readings.ts";

/** Groups of digits, each digit by digit, or in twos; a plus before them. */
export function phoneReadings(written: string, language: SpokenLanguage): Reading[] {
  const groups = written.match(/\d+/g) ?? [];
  const plus = written.startsWith("+") ? ["plus", ""] : [""];
  const oneByOne = digitReadings(groups.join(""), language);
  const inTwos = groups.map((group) => {
    const pairs = group.match(/^\d(?=(?:\d\d)+$)|\d\d/g) ?? [group];
    return pairs.map((pair) =>
      first(pair.startsWith("0") ? digitReadings(pair, language) : cardinalReadings(pair, language)),
    );
  });
  const counted = groups.map((group) => first(integerReadings(group, language)));
  const repeated = language === "en" ? [oneByOne[0]?.replace(/\b(\w+) \1 \1\b/g, "triple $1") ?? ""] : [];
  const ways = [inTwos.flat().join(" "), ...oneByOne, counted.join(" "), ...repeated];
  // French numbers come in twos, English ones digit by digit.
  return sequence(plus, anyOf(language === "fr" ? ways : ways.slice(1), ways));
}

const signs: Readonly<Record<SpokenLanguage, Readonly<Record<string, readonly Reading[]>>>> = {
  en: {
    ".": ["dot"],
    "@": ["at"],
    "-": ["dash", "hyphen", ""],
    _: ["underscore", ""],
    "/": ["slash", "forward slash"],
    "+": ["plus"],
    ":": ["colon"],
    "?": ["question mark"],
    "=": ["equals"],
    "&": ["and", "ampersand"],
    "#": ["hash"],
    "%": ["percent"],
    "~": ["tilde"],
  },
  fr: {
    ".": ["point"],
    "@": ["arobase", "at"],
    "-": ["tiret", ""],
    _: ["tiret bas", "underscore"],
    "/": ["slash", "barre oblique"],
    "+": ["plus"],
    ":": ["deux points"],
    "?": ["point d'interrogation"],
    "=": ["égal"],
    "&": ["et"],
    "#": ["dièse"],
    "%": ["pour cent"],
    "~": ["tilde"],
  },
};

/** Anything written together: its words, numbers and signs in turn. Short runs of consonants, and `uk`, are spelt out. */
export function addressReadings(written: string, language: SpokenLanguage): Reading[] {
  const pieces = written.match(/\p{L}+|\d+|[^\p{L}\d\s]/gu) ?? [];
  const usual = pieces.map((piece) => pieceReadings(piece, language).slice(0, 1));
  const choices = pieces.map((piece) => pieceReadings(piece, language).slice(0, 2));
  return anyOf(sequence(...usual), sequence(...choices));
}

function pieceReadings(piece: string, language: SpokenLanguage): readonly Reading[] {
  if (/^\d+$/.test(piece)) return integerReadings(piece, language);
  if (!/^\p{L}/u.test(piece)) return signs[language][piece] ?? [""];
  return lettersReadings(piece);
}

/** Ends of addresses that are said letter by letter though they have a vowel. */
const SPELT = new Set(["uk", "us", "eu", "io", "ai", "de", "be", "ca"]);

/** A word, or its letters one by one where it may be no word: `FBI`, `xyz`, `uk`. */
export function lettersReadings(piece: string): Reading[] {
  const word = piece.toLowerCase();
  // Capitals tell a voice letters from words: "A M" and "a half".
  const spelt = [...piece.toUpperCase()].join(" ");
  if (word.length === 1) return [piece.toUpperCase()];
  if (word.length > 5) return [word];
  const capitals = piece === piece.toUpperCase();
  const unsayable = !/[aeiouyàâäéèêëîïôöùûü]/u.test(word) || SPELT.has(word);
  if (unsayable || (capitals && word.length <= 3)) return [spelt, word];
  return capitals ? [word, spelt] : [word];
}

/** The page's host alone, or all of it; a host may be said without its `www`. */
export function pageReadings(written: string, language: SpokenLanguage): Reading[] {
  const [, scheme = "", host = "", path = ""] = /^([a-z]+:\/\/)?([^/?#]+)(.*)$/iu.exec(written) ?? [];
  const bare = host.replace(/^www\./i, "");
  const hosts = addressReadings(bare, language);
  const letter = "W";
  const www =
    host === bare
      ? []
      : sequence([`${letter} ${letter} ${letter}`], [first(signs[language]["."] ?? [])], hosts);
  const tail = path === "" || path === "/" ? [] : addressReadings(path, language);
  const all = anyOf(host === bare ? hosts : anyOf(hosts, www.slice(0, 4)));
  const whole = tail.length === 0 ? [] : sequence(all.slice(0, 2), tail.slice(0, 4));
  const schemed =
    scheme === ""
      ? []
      : sequence(addressReadings(scheme, language).slice(0, 2), (whole.length > 0 ? whole : all).slice(0, 2));
  return anyOf(tail.length === 0 || scheme !== "" ? all : whole, whole, all, schemed);
}

/** `COVID-19`, `MP3`, `3D`: letters and digits in turn. */
export function mixedReadings(written: string, language: SpokenLanguage): Reading[] {
  const parts = written.match(/\p{L}[\p{L}\p{M}']*|\d+/gu) ?? [];
  return sequence(
    ...parts.map((part) =>
      /^\d/.test(part) ? integerReadings(part, language).slice(0, 4) : lettersReadings(part),
    ),
  );
}
