/**
 * Text normalization: written text becomes the words it is read aloud as. One account for all who need it: the drill (what
 * can be read at all), the voice (what is said), and the marking (what may be said and is right).
 */
import { primaryLanguage } from "../../lib/language.ts";
import { tokenClasses } from "./classes.ts";
import { first, integerReadings, type SpokenLanguage } from "./numbers.ts";
import { MOST_READINGS } from "./readings.ts";
import type { TokenClass } from "./token-class.ts";

export type { SpokenLanguage } from "./numbers.ts";

/** A token of a text that is read aloud. */
export interface SpokenToken {
  /** The text's own characters, without the punctuation around them: `$25.50`. */
  readonly written: string;
  /** Every way it may be read, each a list of words in lower case, the usual way first; never empty. */
  readonly readings: readonly (readonly string[])[];
}

/** A stretch of a text: a token that is read, or what stands between two of them. */
export interface Segment {
  /** Exactly as in the text; all of them joined are the text, in NFC. */
  readonly raw: string;
  readonly token?: SpokenToken;
  /** Text for the voice; absent: as written. */
  readonly say?: string;
}

/** The language's rules for a BCP 47 tag; undefined: none, words are taken as they are written. */
export function spokenLanguage(tag: string): SpokenLanguage | undefined {
  const primary = primaryLanguage(tag);
  return primary === "en" || primary === "fr" ? primary : undefined;
}

/** The tokens of a text in order. Punctuation, emoji and signs that nobody reads are none. */
export function spokenTokens(text: string, language: SpokenLanguage | undefined): readonly SpokenToken[] {
  return segments(text, language).flatMap(({ token }) => token ?? []);
}

/** Whether there is anything in it that can be read aloud: a word or a number. */
export function isReadable(text: string): boolean {
  return /[[\p{L}\p{N}]--\p{Default_Ignorable_Code_Point}]/v.test(text);
}

/** Letters and digits, and what joins them in one word: `well-known`, `O’Neil`, `foo_bar`. */
const WORD = /[\p{L}\p{N}\p{M}]+(?:(?:[-‐‑'’ʼ`._·,+]|\u00ad)[\p{L}\p{N}\p{M}]+)*/uy;

/** Cuts a text into its tokens and what is between. */
export function segments(text: string, language: SpokenLanguage | undefined): readonly Segment[] {
  const whole = text.normalize("NFC");
  const classes = language === undefined ? [] : tokenClasses(language);
  const found: Segment[] = [];
  let between = "";
  const add = (segment: Segment) => {
    if (between !== "") found.push({ raw: between });
    between = "";
    found.push(segment);
  };
  for (let at = 0; at < whole.length; ) {
    const segment =
      (language !== undefined && mayBegin(whole, at) && classified(whole, at, classes, language)) ||
      plainWord(whole, at, language);
    if (segment) {
      add(segment);
      at += segment.raw.length;
    } else {
      const character = String.fromCodePoint(whole.codePointAt(at) as number);
      between += character;
      at += character.length;
    }
  }
  if (between !== "") found.push({ raw: between });
  return found;
}

/** A token does not begin inside a word or a number. */
const mayBegin = (text: string, at: number): boolean =>
  at === 0 || !/[\p{L}\p{N}\p{M}]$/u.test(text.slice(Math.max(0, at - 2), at));

function classified(
  text: string,
  at: number,
  classes: readonly TokenClass[],
  language: SpokenLanguage,
): Segment | undefined {
  const before = text.slice(Math.max(0, at - CONTEXT), at);
  for (const { pattern, read, verbatim } of classes) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match || match[0] === "") continue;
    const [raw] = match;
    const end = at + raw.length;
    const ways = read(match, { language, before, after: text.slice(end, end + CONTEXT) });
    const readings = distinct((ways ?? []).map((way) => wordsOf(spelling(way, language)))).slice(
      0,
      MOST_READINGS,
    );
    if (readings.length === 0) continue;
    const token = { written: raw.replace(/\.$/, ""), readings };
    // A full stop that also ends the text keeps its pause.
    const stop = end === text.length && raw.endsWith(".") ? "." : "";
    return verbatim ? { raw, token } : { raw, token, say: `${ways?.find((way) => way !== "")}${stop}` };
  }
  return undefined;
}

/** Characters before and after a token that its reading may depend on. */
const CONTEXT = 40;

function plainWord(text: string, at: number, language: SpokenLanguage | undefined): Segment | undefined {
  WORD.lastIndex = at;
  const raw = WORD.exec(text)?.[0];
  if (raw === undefined || !isReadable(raw)) return undefined;
  const readings = distinct(plainReadings(raw, language));
  return readings.length > 0 ? { raw, token: { written: raw, readings } } : undefined;
}

function plainReadings(raw: string, language: SpokenLanguage | undefined): string[][] {
  const parts = spelling(raw, language)
    .split(/[^\p{L}\p{N}\p{M}']+/u)
    .filter((part) => /[\p{L}\p{N}]/u.test(part));
  const words = parts.flatMap((part) => partWords(part, language));
  const [head = "", tail, ...more] = parts;
  // "e-mail" is also written in one.
  const prefixed = /^\p{L}+[-‐‑]\p{L}+$/u.test(raw) && head.length <= LONGEST_PREFIX && more.length === 0;
  const joined = prefixed && tail !== undefined ? [[head + tail]] : [];
  return [words, ...joined];
}

const LONGEST_PREFIX = 3;

/** Figures inside a word are said as numbers. */
function partWords(part: string, language: SpokenLanguage | undefined): string[] {
  if (language === undefined || !/\p{N}/u.test(part)) return [part];
  return part
    .split(/(\d+)/)
    .flatMap((piece) => (/^\d+$/.test(piece) ? wordsOf(first(integerReadings(piece, language))) : [piece]))
    .filter((piece) => piece !== "");
}

/** One spelling for all that sounds the same: small letters, plain apostrophes, and in English no accents. */
function spelling(word: string, language: SpokenLanguage | undefined): string {
  const plain = word
    .normalize(language === undefined ? "NFC" : "NFKC")
    .toLowerCase()
    .replace(/[’ʼ`]/g, "'")
    .replaceAll("\u00ad", "");
  return language === "en" ? plain.normalize("NFD").replace(/\p{M}/gu, "").normalize("NFC") : plain;
}

const wordsOf = (way: string): string[] => way.split(/[\s-]+/).filter((word) => word !== "");

function distinct(readings: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const words = readings.filter((reading) => reading.length > 0);
  return [...new Map(words.map((reading) => [reading.join(" "), reading])).values()];
}
