/**
 * The voices of the fluency evaluation, each with readings and with what it says for "um". People: the telephone prompts
 * of Debian's `asterisk-core-sounds-*-wav` (CC BY-SA), whose letters are spoken as one hesitates in these languages
 * ("euh" is the French e, "em" the English m). Synthetic: eSpeak, and Debian's `flite` where it is installed.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { durationMs } from "../../src/pipeline/audio/pcm.ts";
import { type Recording, readWav } from "../../src/pipeline/audio/wav.ts";
import type { Synthesizer } from "../../src/ports/synthesizer.ts";
import { sentences } from "../reader/sentences.ts";
import { espeakVoices, fliteVoices, frenchVoices, type Voice } from "../reader/voices.ts";

export type Part = "calibration" | "judging";

export interface Speaker {
  readonly name: string;
  readonly human: boolean;
  readonly part: Part;
  readonly readings: readonly Recording[];
  readonly fillers: readonly Recording[];
}

/** Folders under `/usr/share/asterisk/sounds`, and the letters that sound like a filled pause. */
const people = [
  { folder: "es_MX_f_Allison", letters: ["e"], part: "calibration" },
  { folder: "ru_RU_f_IvrvoiceRU", letters: ["m", "e", "a"], part: "calibration" },
  { folder: "en_US_f_Allison", letters: ["m", "n"], part: "calibration" },
  { folder: "fr_CA_f_June", letters: ["e", "m"], part: "judging" },
  { folder: "it_IT_m_Carlo", letters: ["e"], part: "judging" },
] as const;

/** Readings of 2 to 15 s; `every`: one of so many. `root`: where the packages are unpacked. */
export function humanSpeakers(root: string, part: Part, every: number): Speaker[] {
  return people.flatMap(({ folder, letters, part: own }) => {
    const sounds = join(root, "usr/share/asterisk/sounds", folder);
    if (own !== part || !existsSync(sounds)) return [];
    const files = readdirSync(sounds).filter((name) => name.endsWith(".wav"));
    const readings = files
      .sort()
      .map((name) => readWav(readFileSync(join(sounds, name))))
      .filter(
        ({ pcm, rate }) => durationMs(pcm.length, rate) >= 2000 && durationMs(pcm.length, rate) < 15_000,
      )
      .filter((_, index) => index % every === 0);
    const fillers = letters.map((letter) => readWav(readFileSync(join(sounds, "letters", `${letter}.wav`))));
    return [{ name: folder, human: true, part, readings, fillers }];
  });
}

/** Three men reading English (BSD), of Debian's `pocketsphinx-testdata`; none says "um". */
export function testDataSpeakers(root: string): Speaker[] {
  const folder = join(root, "usr/share/pocketsphinx/test/data");
  if (!existsSync(folder)) return [];
  const files = ["librivox", "cards"].flatMap((name) =>
    readdirSync(join(folder, name))
      .filter((file) => file.endsWith(".wav"))
      .map((file) => join(folder, name, file)),
  );
  const readings = files.sort().map((file) => readWav(readFileSync(file)));
  return [{ name: "pocketsphinx-testdata", human: true, part: "judging", readings, fillers: [] }];
}

/** Every second voice judges. */
export async function syntheticSpeakers(
  synthesizer: Synthesizer,
  part: Part,
  every: number,
): Promise<Speaker[]> {
  const english = [...espeakVoices(synthesizer), ...fliteVoices()].filter(
    (_, index) => (index % 2 === 0) === (part === "calibration"),
  );
  const french = part === "judging" ? frenchVoices(synthesizer) : [];
  const texts = sentences.filter((_, index) => index % every === 0).map(({ text }) => text);
  const speak = async (voice: Voice, said: readonly string[], ums: readonly string[]): Promise<Speaker> => {
    const readings: Recording[] = [];
    for (const text of said) readings.push(await voice.speak(text));
    const fillers: Recording[] = [];
    for (const um of ums) fillers.push(await voice.speak(um));
    return { name: voice.name, human: false, part, readings, fillers };
  };
  const speakers: Speaker[] = [];
  for (const voice of english) speakers.push(await speak(voice, texts, ["um", "uh"]));
  for (const voice of french) speakers.push(await speak(voice, frenchTexts, ["euh", "heum"]));
  return speakers;
}

const frenchTexts = [
  "Le petit chien court dans le jardin derrière la maison",
  "Je voudrais parler de mon travail avec vous demain matin",
  "Nous avons besoin de plus de temps pour finir ce projet",
  "Elle a pris le train de huit heures pour aller à Lyon",
  "Il faut que je réponde à tous ces messages avant ce soir",
  "Les enfants jouent dans la cour pendant que la pluie tombe",
  "Mon frère m'a dit qu'il viendrait nous voir cet été",
  "On ne sait jamais ce qui peut arriver dans une grande ville",
];
