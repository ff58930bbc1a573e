/**
 * Sentences of the drills with a melody that is known: words stressed on another syllable, a word emphasised, an end that
 * rises or falls, pauses put in. Spoken by Debian's `flite` and the built-in eSpeak; changed by `praat` where the voice
 * cannot be told.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dictionary } from "cmu-pronouncing-dictionary";
import { joinPcm } from "../../src/pipeline/audio/pcm.ts";
import { type Recording, readWav } from "../../src/pipeline/audio/wav.ts";
import { loadEngine } from "../../src/providers/embedded/voice/engine.ts";

type Part = "calibration" | "judging";

/** A voice that can be told how to say a word. */
export interface ControlledVoice {
  readonly name: string;
  /** Bounds are set on `calibration`, figures told are those of `judging`. */
  readonly part: Part;
  /** `phones` (ARPAbet with stress digits): how `word` is said in place of the voice's own way. */
  say(text: string, word?: { readonly word: string; readonly phones: readonly string[] }): Recording;
  /** Says a word with emphasis; absent: the voice cannot. */
  emphasise?(text: string, word: string): Recording;
}

/** Vowels of a pronunciation with stress digits. */
export const isNucleus = (phone: string): boolean => /\d$/.test(phone);

/** The dictionary's ways to say a word that are stressed on a syllable, from 1. */
function stressedOn(word: string, syllable: number): string[] | undefined {
  const all = [word, `${word}(1)`, `${word}(2)`, `${word}(3)`, `${word}(4)`].flatMap(
    (key) => dictionary[key] ?? [],
  );
  return all
    .map((phones) => phones.split(" "))
    .find((phones) => phones.filter(isNucleus).findIndex((phone) => phone.endsWith("1")) === syllable - 1);
}

/** A word stressed on a syllable: as the dictionary has it, else as it has another with the stress moved. */
export function withStress(word: string, syllable: number): string[] {
  const known = stressedOn(word, syllable);
  if (known) return known;
  const other = (dictionary[word] ?? "").split(" ");
  let nucleus = 0;
  return other.map((phone) => {
    if (!isNucleus(phone)) return phone;
    nucleus++;
    return phone.slice(0, -1) + (nucleus === syllable ? "1" : "0");
  });
}

const fliteNames = { slt: "calibration", rms: "judging", awb: "judging", kal16: "calibration" } as const;
const espeakTimbres = {
  "en-us+klatt4": "calibration",
  "en-us+f2": "judging",
  "en-gb-x-rp+m3": "judging",
  "en-us+f4": "calibration",
} as const;

export function fliteVoices(): ControlledVoice[] {
  return Object.entries(fliteNames).map(([voice, part]) => ({
    name: `flite ${voice}`,
    part,
    say(text, word) {
      const folder = mkdtempSync(join(tmpdir(), "prosody-eval-"));
      try {
        const lexicon = join(folder, "lexicon");
        const phones = word?.phones.map((phone) => phone.toLowerCase().replace("ah0", "ax0"));
        const kinds = ["n", "v", "j", "nil"];
        if (word)
          writeFileSync(
            lexicon,
            kinds.map((kind) => `"${word.word.toLowerCase()}" ${kind} : ${phones?.join(" ")}\n`).join(""),
          );
        const wav = join(folder, "said.wav");
        execFileSync("flite", [
          "-voice",
          voice,
          ...(word ? ["-add_lex", lexicon] : []),
          "-t",
          text,
          "-o",
          wav,
        ]);
        return readWav(readFileSync(wav));
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  }));
}

/** eSpeak's names of the phones of ARPAbet. */
const espeakPhones: Readonly<Record<string, string>> = {
  ...{
    AA: "A:",
    AE: "a",
    AH: "V",
    AO: "O:",
    AW: "aU",
    AY: "aI",
    EH: "E",
    ER: "3:",
    EY: "eI",
    IH: "I",
    IY: "i:",
  },
  ...{
    OW: "oU",
    OY: "OI",
    UH: "U",
    UW: "u:",
    AH0: "@",
    ER0: "3",
    IY0: "i",
    B: "b",
    CH: "tS",
    D: "d",
    DH: "D",
  },
  ...{ F: "f", G: "g", HH: "h", JH: "dZ", K: "k", L: "l", M: "m", N: "n", NG: "N", P: "p", R: "r", S: "s" },
  ...{ SH: "S", T: "t", TH: "T", V: "v", W: "w", Y: "j", Z: "z", ZH: "Z" },
};

function espeakForm(phones: readonly string[]): string {
  const told = phones.map((phone) => {
    const sound = espeakPhones[phone] ?? espeakPhones[phone.replace(/\d$/, "")] ?? "";
    return phone.endsWith("1") ? `'${sound}` : sound;
  });
  return `[[${told.join("")}]]`;
}

export async function espeakVoices(): Promise<ControlledVoice[]> {
  const engine = await loadEngine();
  return Object.entries(espeakTimbres).map(([voice, part]) => {
    const speak = (text: string): Recording => {
      const chunks: Int16Array[] = [];
      engine.speak(text, { voice, pace: 150, pitch: 50, range: 60, volume: 70 }, (pcm) => {
        chunks.push(pcm);
        return true;
      });
      return { rate: engine.rate, pcm: joinPcm(chunks) };
    };
    const replaced = (text: string, word: string, by: string) =>
      text.replace(new RegExp(`\\b${word}\\b`), by);
    return {
      name: `espeak ${voice}`,
      part,
      say: (text, word) => speak(word ? replaced(text, word.word, espeakForm(word.phones)) : text),
      emphasise: (text, word) =>
        speak(`<speak>${replaced(text, word, `<emphasis level="strong">${word}</emphasis>`)}</speak>`),
    };
  });
}
