/**
 * Further sentences for setting margins: text without errors shows how often right words are flagged, and the errors in
 * half of the readings come from the recogniser's own dictionary. None of the 64 sentences is among them.
 */
import { readFileSync } from "node:fs";
import type { SpokenLanguage } from "../../src/pipeline/text-normalization/spoken-words.ts";
import { modelFolder } from "../../src/providers/embedded/recogniser/acoustic/model-folder.ts";
import { commonWords } from "../../src/providers/embedded/recogniser/lexicon/common-words.ts";
import { isVowel, loadLexicon } from "../../src/providers/embedded/recogniser/lexicon/lexicon.ts";
import { phoneCodes, phoneDistance } from "../../src/providers/embedded/recogniser/lexicon/phone-distance.ts";
import { pronunciationsOf } from "../../src/providers/embedded/recogniser/lexicon/pronunciations.ts";
import type { ErrorKind, PlannedReading } from "./readings.ts";
import { hashOf, type Word } from "./sentences.ts";
import { fliteVoices, type Voice } from "./voices.ts";

/** Sentences that one voice reads in a session. */
const SESSION = 28;
/** Sounds that learners say for each other. */
const kin =
  "P B,T D,K G,F V,S Z,TH DH,SH ZH,CH JH,F TH S,V DH Z D,TH T,S SH,CH SH,L R W,V W,V B,N NG M,L N,IY IH,AE EH,AH AE AA,UW UH,OW AO AW,EY EH,AY EY,ER AO"
    .split(",")
    .map((group) => group.split(" "));
const added = "really very just big old then also still now small".split(" ");
/** Short words without weight: one sound of them is said in many ways that are all right. */
const light = new Set(
  "the a an of to in and on is are was his her he she i my we it at for be by with from our you your they can this that these those as or but not has had have will were".split(
    " ",
  ),
);
const kinds: readonly ErrorKind[] = [
  "one_phone",
  "substitution",
  "one_phone",
  "substitution",
  "omission",
  "one_phone",
  "substitution",
  "insertion",
];

export interface CalibrationReader {
  readonly voice: Voice;
  readonly readings: readonly PlannedReading[];
}

/** Each of flite's voices, as it is and at another pitch and pace, in sessions of 28 sentences; every `every`-th of these. */
export function calibrationReaders(every: number): CalibrationReader[] {
  const texts: string[] = JSON.parse(readFileSync(new URL("clean.json", import.meta.url), "utf8"));
  const neighbours = openNeighbours();
  const readers = fliteVoices().flatMap((voice, v) =>
    [0, 1].flatMap((variant): CalibrationReader[] => {
      const own = texts.flatMap((text, i) => ((i + v) % 2 === variant ? [plan(text, i, v, neighbours)] : []));
      const spoken = variant === 0 ? voice : voice.altered;
      return Array.from({ length: own.length / SESSION }, (_, s) => ({
        voice: spoken,
        readings: own.slice(s * SESSION, (s + 1) * SESSION),
      }));
    }),
  );
  return readers.filter((_, i) => i % every === 0);
}

type Neighbours = (word: string, near: boolean) => readonly string[];

function plan(text: string, index: number, voice: number, neighbours: Neighbours): PlannedReading {
  const said = text.toLowerCase().replace(/[.,?]/g, "").split(" ");
  const words = said.map((word): Word => ({ word, others: [], slips: [], omissible: false }));
  const sentence = { text, words, half: "tuning" } as const;
  const right: PlannedReading = { sentence, kind: "none", said: text };
  if (((index >> 1) + voice) % 2 === 0) return right;
  const choice = hashOf(`${text} ${voice}`);
  const kind = kinds[((index >> 1) * 3 + voice * 2 + index) % kinds.length] as ErrorKind;
  const places = said.flatMap((word, place) => {
    if (kind === "insertion") return place > 0 ? [{ place, put: [pick(added, choice >>> 8), word] }] : [];
    if (kind === "omission") return place > 0 && word.length > 1 ? [{ place, put: [] }] : [];
    const others = light.has(word) ? [] : neighbours(word, kind === "one_phone");
    return others.length > 0 ? [{ place, put: [pick(others, choice >>> 4)] }] : [];
  });
  if (places.length === 0) return right;
  const { place, put } = pick(places, choice);
  const wrong = said.flatMap((word, at) => (at === place ? put : [word]));
  return { sentence, kind, said: `${wrong.join(" ")}.`, place };
}

export const pick = <T>(of: readonly T[], choice: number): T => of[choice % of.length] as T;

/** Words of the dictionary one sound off: a kindred one (`near`), or any other. Never one that may sound the same. */
export function openNeighbours(language: SpokenLanguage = "en"): Neighbours {
  const folder = modelFolder(language === "en" ? "en-us" : "fr-fr");
  const lexicon = loadLexicon(folder, commonWords(language));
  const common = new Set(lexicon.common.map(({ word }) => word));
  const bySound = new Map<string, string>();
  for (const line of readFileSync(`${folder}/dict.txt`, "utf8").split("\n")) {
    const [word = "", ...phones] = line.trim().split(/\s+/);
    if (!/^\p{Ll}{2,9}$/u.test(word)) continue;
    const sound = phones.join(" ");
    if (!bySound.has(sound) || common.has(word)) bySound.set(sound, word);
  }
  const phones = [...new Set([...bySound.keys()].flatMap((sound) => sound.split(" ")))].sort();
  const kindred = (a: string, b: string) =>
    language === "en"
      ? kin.some((group) => group.includes(a) && group.includes(b))
      : phoneDistance(phoneCodes([a]), phoneCodes([b])) < 1;
  const sounds = (word: string) =>
    language === "en"
      ? lexicon.pronunciations(word).map((way) => way.join(" ").replaceAll("AO", "AA"))
      : pronunciationsOf(word, lexicon, language).map((way) => way.join(" "));
  return (word, near) => {
    const own = sounds(word);
    const found = lexicon.pronunciations(word).flatMap((way) =>
      way.flatMap((phone, i) =>
        phones.flatMap((other) => {
          if (other === phone || isVowel(other) !== isVowel(phone) || kindred(other, phone) !== near)
            return [];
          const neighbour = bySound.get(way.with(i, other).join(" "));
          return neighbour && !sounds(neighbour).some((sound) => own.includes(sound)) ? [neighbour] : [];
        }),
      ),
    );
    return [...new Set(found)];
  };
}
