/** Tells full stops that end a sentence from those of abbreviations, initials and ordinals. */

/** Never the end of a sentence: something belongs to it. */
const neverLast: Readonly<Record<string, readonly string[]>> = {
  en: [
    ..."mr mrs ms dr prof st mt gen col sgt capt lt rev hon gov sen rep vs cf approx dept est".split(" "),
    ..."fig figs vol pp ch al misc incl excl ext".split(" "),
  ],
  fr: "m mm mme mlle dr pr st ste env av bd ex cf chap".split(" "),
  de: "hr fr dr prof nr str ca bzw vgl evtl ggf inkl zzgl abs art bspw st".split(" "),
  es: "sr sra srta dr dra prof ud uds aprox pág núm av ej".split(" "),
  it: "sig dott prof ing avv ca ecc es pag".split(" "),
  pt: "sr sra dr dra prof aprox pág núm av ex".split(" "),
  nl: "dhr mevr dr prof ca bijv nr incl excl".split(" "),
};
/** The end of a sentence only where a capital follows. */
const lastBeforeCapital = new Set(
  "etc inc ltd co corp jr sr min max hrs usw etw ecc a.m p.m bros".split(" "),
);
/** Not the end where a number follows: "No. 5", "Jan. 3". */
const beforeNumber = new Set(
  "no nos nr p art sec jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun".split(
    " ",
  ),
);
/** Languages that write ordinals with a full stop: "am 3. Oktober". */
const dottedOrdinals = new Set([
  "de",
  "da",
  "nb",
  "nn",
  "no",
  "fi",
  "cs",
  "sk",
  "pl",
  "hu",
  "sl",
  "hr",
  "et",
]);

const known = new Map<string, ReadonlySet<string>>();

function abbreviationsOf(language: string): ReadonlySet<string> {
  let words = known.get(language);
  if (!words) {
    words = new Set([...(neverLast.en ?? []), ...(neverLast[language] ?? [])]);
    known.set(language, words);
  }
  return words;
}

/**
 * Whether a single full stop ends a sentence. `before` is the text up to it, without it; `next` the first character
 * behind it that is not white space; `language` the primary BCP 47 subtag. White space is known to follow the stop.
 */
export function stopEndsSentence(before: string, next: string, language: string): boolean {
  if (/\p{Ll}/u.test(next)) return false;
  const word = /[\p{L}\p{N}\p{M}.'’-]+$/u.exec(before)?.[0] ?? "";
  const lower = word.toLowerCase();
  if (lastBeforeCapital.has(lower)) return /\p{Lu}/u.test(next);
  if (beforeNumber.has(lower) && /\p{N}/u.test(next)) return false;
  if (/^\p{N}+$/u.test(word)) return !isCount(before, word, language);
  if (abbreviationsOf(language).has(lower)) return false;
  if (/^\p{L}{1,2}(\.\p{L}{1,2})+$/u.test(word)) return false;
  return !isInitial(before, word);
}

/** A list's number at the start of a line, or an ordinal. */
function isCount(before: string, digits: string, language: string): boolean {
  if (digits.length > 3) return false;
  const head = before.slice(0, before.length - digits.length);
  return /(^|\n)[\s>*_#]*$/.test(head) || (digits.length <= 2 && dottedOrdinals.has(language));
}

/** "J. Smith", "Ada M. Lovelace"; but neither "so do I." nor "option B." */
function isInitial(before: string, word: string): boolean {
  if (!/^\p{Lu}$/u.test(word) || word === "I") return false;
  const previous = /(\S+)\s+$/u.exec(before.slice(0, before.length - 1))?.[1];
  return previous === undefined || /^\p{P}*\p{Lu}/u.test(previous);
}
