/** Hearing: a text to read becomes words as they are written, each with the words it is spoken as. */

/** Languages that the engine has models for. */
export type HearingLanguage = "en" | "fr";

export interface TextWord {
  /** As in the text, without punctuation around it. */
  readonly written: string;
  /** Lower-case words to look up, in the order they are spoken (`25` → twenty, five). */
  readonly spoken: readonly string[];
}

const EDGES = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu;

/** Splits a text at white space and dashes between words; tokens without a letter or digit are no words. */
export function textWords(text: string, language: HearingLanguage): readonly TextWord[] {
  return text
    .normalize("NFC")
    .split(/\s+|[—–]+|\/|\.{2,}|…/u)
    .map((token) => token.replace(EDGES, ""))
    .filter((token) => token !== "")
    .map((written) => ({ written, spoken: spokenForms(written, language) }));
}

function spokenForms(written: string, language: HearingLanguage): string[] {
  return written
    .toLowerCase()
    .replace(/[’ʼ`]/g, "'")
    .replace(/(\d)[,\s](?=\d{3}\b)/g, "$1")
    .split(/-|(?<=\d)(?=\p{L})|(?<=\p{L})(?=\d)|[^\p{L}\p{N}']+/u)
    .filter((part) => part !== "")
    .flatMap((part) => (/^\d+$/.test(part) ? numberWords(part, language) : [part]));
}

const ONES_EN =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const TENS_EN = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const ONES_FR =
  "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf".split(
    " ",
  );
const TENS_FR = "_ _ vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt".split(" ");

/** A cardinal number in words; longer than six digits it is read digit by digit. */
export function numberWords(digits: string, language: HearingLanguage): string[] {
  if (digits.length > 6 || (digits.length > 1 && digits.startsWith("0")))
    return [...digits].flatMap((digit) => numberWords(digit, language));
  const n = Number(digits);
  return (language === "fr" ? french(n) : english(n)).flatMap((word) => word.split("-"));
}

function english(n: number): string[] {
  if (n < 20) return [ONES_EN[n] as string];
  if (n < 100) return [TENS_EN[Math.floor(n / 10)] as string, ...(n % 10 ? english(n % 10) : [])];
  if (n < 1000) return [...english(Math.floor(n / 100)), "hundred", ...(n % 100 ? english(n % 100) : [])];
  // Years are read in pairs.
  if (n > 1100 && n < 2000 && n % 100 !== 0)
    return [...english(Math.floor(n / 100)), ...(n % 100 < 10 ? ["o"] : []), ...english(n % 100)];
  return [...english(Math.floor(n / 1000)), "thousand", ...(n % 1000 ? english(n % 1000) : [])];
}

function french(n: number): string[] {
  if (n < 20) return [ONES_FR[n] as string];
  if (n < 100) {
    const tens = Math.floor(n / 10);
    const ones = tens === 7 || tens === 9 ? (n % 10) + 10 : n % 10;
    const and = (ones === 1 || ones === 11) && tens < 8 ? ["et"] : [];
    return [TENS_FR[tens] as string, ...and, ...(ones ? french(ones) : [])];
  }
  if (n < 1000) {
    const hundreds = Math.floor(n / 100);
    return [...(hundreds > 1 ? french(hundreds) : []), "cent", ...(n % 100 ? french(n % 100) : [])];
  }
  const thousands = Math.floor(n / 1000);
  return [...(thousands > 1 ? french(thousands) : []), "mille", ...(n % 1000 ? french(n % 1000) : [])];
}
