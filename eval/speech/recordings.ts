/** What free speech is evaluated on: people, from unpacked Debian packages, and a coachee's sentences in synthetic voices. */
import { readFileSync } from "node:fs";
import { type Recording, readWav } from "../../src/pipeline/audio/wav.ts";
import { spokenTokens } from "../../src/pipeline/text-normalization/spoken-words.ts";
import { goForward, hasPrompts, hasTestData, promptsOf, sentencesOf } from "../debian-recordings.ts";
import { fliteVoices } from "../reader/voices.ts";

export interface Utterance {
  readonly name: string;
  readonly text: string;
  record(): Promise<Recording>;
}

const recordingOf = (path: string) => async () => readWav(readFileSync(path));

/** As it is said: numbers in words. */
const spoken = (text: string): string =>
  spokenTokens(text, "en")
    .flatMap(({ readings }) => readings[0] ?? [])
    .join(" ");

/** Words of a prompt: fewer are hardly a sentence, more than so many last longer than an utterance may. */
const fewestWords = 4;
const mostWords = 80;

/**
 * Prompts of a telephone exchange, without stage directions, and without digits, which are said in more ways than the text
 * tells: 8 kHz, one professional speaker.
 */
export function prompts(folder: string): Utterance[] {
  if (!hasPrompts(folder, "en")) return [];
  return promptsOf(folder, "en", "en_US_f_Allison").flatMap(({ name, said, file }) => {
    const words = spoken(said).split(" ").length;
    if (/[[(<\d]/.test(said) || words < fewestWords || words > mostWords) return [];
    return [{ name, text: spoken(said), record: recordingOf(file) }];
  });
}

/** Test data of CMU Sphinx: sentences of a novel, playing cards, a command; three men, 16 kHz. */
export function testData(folder: string): Utterance[] {
  const read = ["librivox/transcription", "cards/cards.transcription"]
    .filter((list) => hasTestData(folder, list))
    .flatMap((list) => sentencesOf(folder, list))
    .map(({ name, said, file }) => ({ name, text: said, record: recordingOf(file) }));
  if (!hasTestData(folder, "goforward.raw")) return read;
  return [
    ...read,
    { name: "goforward", text: "go forward ten meters", record: async () => goForward(folder) },
  ];
}

const sentences = [
  "I want to talk about my job because I do not feel happy there any more.",
  "My manager gives me new tasks every day and I never say no.",
  "By Friday I will write down three things that I want to change.",
  "I feel tired when I come home and I have no time for my friends.",
  "What would help me most is a clear plan for the next two weeks.",
  "I am afraid that my colleagues will be angry with me.",
  "Last month I tried to leave the office at five but it did not work.",
  "I could ask my sister to look after the children on Tuesday evening.",
  "The most important thing for me is to sleep better at night.",
  "Maybe I should speak with my boss before the end of the week.",
  "I would like to run again and lose some weight this summer.",
  "To be honest I do not know what I really want.",
  "I have an interview for a new position next Monday morning.",
  "It is hard for me to listen when somebody criticizes my work.",
  "Tomorrow I will call the doctor and make an appointment.",
  "I keep putting off the presentation until the last minute.",
];

/** What a coachee may say, in the voices of Debian's `flite`; none where it is not installed. */
export function coachees(): Utterance[] {
  return fliteVoices().flatMap((voice) =>
    sentences.map((text, at) => ({
      name: `${voice.name} ${at + 1}`,
      text: spoken(text),
      record: () => voice.speak(text),
    })),
  );
}
