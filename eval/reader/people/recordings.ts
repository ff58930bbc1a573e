/**
 * Recordings of people with their texts, from Debian's packages unpacked into one folder (`howToGet`). Errors are made by
 * altering the text: what the voice says then differs from what it was asked to read.
 */
import { readFileSync } from "node:fs";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { type Recording, readWav } from "../../../src/pipeline/audio/wav.ts";
import type { SpokenLanguage } from "../../../src/pipeline/text-normalization/spoken-words.ts";
import { commonWords } from "../../../src/providers/embedded/recogniser/lexicon/common-words.ts";
import { goForward, promptsOf, sentencesOf } from "../../debian-recordings.ts";
import { openNeighbours, pick } from "../calibration.ts";
import type { ErrorKind, PlannedReading } from "../readings.ts";
import { hashOf, type Word } from "../sentences.ts";

export const howToGet = `for p in asterisk-core-sounds-en asterisk-core-sounds-en-wav asterisk-core-sounds-fr asterisk-core-sounds-fr-wav \\
  pocketsphinx-testdata; do apt-get download $p && dpkg -x $p*.deb FOLDER; done`;

/** Margins and bounds are set on `calibration`, figures told are those of `judging`. */
export type Part = "calibration" | "judging";

export interface Reader {
  readonly name: string;
  /** BCP 47. */
  readonly language: string;
  readonly part: Part;
  readonly readings: readonly PersonReading[];
}

export interface PersonReading extends PlannedReading {
  readonly recording: Recording;
}

interface Spoken {
  readonly text: string;
  readonly recording: Recording;
}

/** Readings of one session. */
const SESSION = 28;
/** Recordings that the voice in the background repeats. */
const BACKGROUND = 8;
const FEWEST_WORDS = 4;
const MOST_WORDS = 30;
/** Kinds of error in the order in which every other reading gets one. */
const kinds: readonly Exclude<ErrorKind, "none">[] = ["substitution", "one_phone", "omission", "insertion"];
const added = {
  en: "really very just then also still now early again soon".split(" "),
  fr: "vraiment très juste alors aussi encore maintenant tôt bien souvent".split(" "),
};

/**
 * The readers of a folder, in sessions. The telephone voices are split by a hash of their texts; the men of the test data
 * are judged alone.
 */
export function readersIn(folder: string): Reader[] {
  const allison = prompts(folder, "en", "en_US_f_Allison");
  const june = prompts(folder, "fr", "fr_CA_f_June").slice(BACKGROUND);
  const half = (of: readonly Spoken[], part: Part) => of.filter(({ text }) => partOf(text) === part);
  return [
    ...sessions("Allison (telephone, calibration)", "en-US", "calibration", half(allison, "calibration")),
    ...sessions("Allison (telephone)", "en-US", "judging", half(allison, "judging")),
    ...sessions("reader of a novel", "en-US", "judging", novel(folder)),
    ...sessions("June (telephone, French, calibration)", "fr-FR", "calibration", half(june, "calibration")),
    ...sessions("June (telephone, French)", "fr-FR", "judging", half(june, "judging")),
  ];
}

/** Running speech of somebody else than the reader of `name`, to be heard in the background. */
export function backgroundVoice(folder: string, name: string): Recording {
  const others = !name.startsWith("Allison")
    ? prompts(folder, "en", "en_US_f_Allison").slice(0, BACKGROUND)
    : name.includes("calibration")
      ? prompts(folder, "fr", "fr_CA_f_June").slice(0, BACKGROUND)
      : novel(folder).slice(0, 5);
  const [first] = others;
  if (!first) throw new Error(`no other voice in ${folder}`);
  return { rate: first.recording.rate, pcm: joinPcm(others.map(({ recording }) => recording.pcm)) };
}

const partOf = (text: string): Part => (hashOf(text) % 2 === 0 ? "calibration" : "judging");

/** Prompts that are plain speech. */
function prompts(folder: string, language: string, voice: string): Spoken[] {
  const seen = new Set<string>();
  return promptsOf(folder, language, voice).flatMap(({ said, file }): Spoken[] => {
    const text = said.replaceAll("...", " ").replaceAll("…", " ").replace(/\s+/g, " ").trim();
    const count = text.split(" ").length;
    if (count < FEWEST_WORDS || count > MOST_WORDS || seen.has(text)) return [];
    if (/[[\]()<>*#@_“”]|umute|\d{3}/.test(text)) return [];
    seen.add(text);
    return [{ text, recording: readWav(readFileSync(file)) }];
  });
}

/** One man reading five sentences of a novel; one of them has a word twice, as said. */
function novel(folder: string): Spoken[] {
  const read = sentencesOf(folder, "librivox/transcription").map(({ said, file }) => ({
    text: said,
    recording: readWav(readFileSync(file)),
  }));
  return [...read, { text: "go forward ten meters", recording: goForward(folder) }];
}

function sessions(name: string, tag: "en-US" | "fr-FR", part: Part, spoken: readonly Spoken[]): Reader[] {
  const language = tag === "en-US" ? "en" : "fr";
  const all = openNeighbours(language);
  const common = new Set(commonWords(language));
  // A text of names and abbreviations would be no text that somebody reads.
  const neighbours = (word: string, near: boolean) => all(word, near).filter((other) => common.has(other));
  const ordered = [...spoken].sort((a, b) => hashOf(`order ${a.text}`) - hashOf(`order ${b.text}`));
  const readings = ordered.map((each, i) => ({
    ...plan(each.text, i, language, neighbours),
    recording: each.recording,
  }));
  return Array.from({ length: Math.ceil(readings.length / SESSION) }, (_, s) => ({
    name,
    language: tag,
    part,
    readings: readings.slice(s * SESSION, (s + 1) * SESSION),
  }));
}

const right = (text: string): PlannedReading => ({
  sentence: sentenceOf(text.split(" ")),
  kind: "none",
  said: text,
});

function sentenceOf(words: readonly string[]): PlannedReading["sentence"] {
  const word = (each: string): Word => ({ word: each, others: [], slips: [], omissible: false });
  return { text: words.join(" "), words: words.map(word), half: "judging" };
}

/** Every other text is altered: to what the voice says, `said`, the text asked for has one error. */
function plan(
  said: string,
  index: number,
  language: SpokenLanguage,
  neighbours: (word: string, near: boolean) => readonly string[],
): PlannedReading {
  const kind = kinds[(index >> 1) % kinds.length] as Exclude<ErrorKind, "none">;
  const words = said.split(" ");
  const choice = hashOf(`error ${said}`);
  const places = words.flatMap((written, place): { place: number; text: string[] }[] => {
    const word = written.toLowerCase();
    const put = (...instead: string[]) => ({ place, text: words.toSpliced(place, 1, ...instead) });
    if (place === 0 || !/^\p{Ll}{2,}$/u.test(word)) return [];
    if (kind === "omission") return [put(pick(added[language], choice >>> 8), written)];
    // What the text lacks was added by the reader.
    if (kind === "insertion") return words.length > FEWEST_WORDS && word.length > 3 ? [put()] : [];
    if (word.length < 4) return [];
    const others = neighbours(word, kind === "one_phone");
    return others.length > 0 ? [put(pick(others, choice >>> 4))] : [];
  });
  if (index % 2 === 0 || places.length === 0) return right(said);
  const { place, text } = pick(places, choice);
  return { sentence: sentenceOf(text), kind, said, place };
}
