/** The recogniser's abilities, in the user's words. */
import type { DrillKind } from "./drill-choices.ts";

/** The ear that comes along, by the name that a session tells. */
const embedded = "soundswallower";

/** In short, and in full; `transcriber`: as a session tells it. */
export function canHear(transcriber: string | undefined): { short: string; full: string } {
  if (transcriber === undefined || transcriber === embedded)
    return {
      short: "Kuku listens offline here: to readings and a few commands, not to free speech",
      full: "It hears how each word on the screen was said, and a few words said alone: yes, no, next, repeat, wrap up, stop. Free speech it does not put into words; in a conversation Kuku answers to how you spoke (how long, how fast, with which pauses) and to what you type, not to what you said.",
    };
  if (transcriber.startsWith("scripted"))
    return {
      short: "This server plays a script: Kuku answers, but does not listen to your words",
      full: "It was started for a demonstration. Start it without TRANSCRIBER=scripted to be heard.",
    };
  return {
    short: "Kuku hears free speech here and writes it down",
    full: `Your speech is put into words by ${transcriber}.`,
  };
}

/** Abilities of the embedded recogniser; docs/reading.md has the figures. */
const drills: Readonly<Record<DrillKind, string>> = {
  sentence:
    "Kuku compares your voice with the sentence. Words left out, added, or replaced by quite another it mostly finds. A word that is just one sound away (“ten” for “den”) it often misses: to work on one sound, use word pairs.",
  minimal_pairs:
    "With two words to choose from Kuku hears single sounds best. What could have been either it calls close and does not hold against you. Hardest for it: th against f or s, and a against e.",
  pacing:
    "Kuku measures how fast you read and how long you pause at the dots. Stress and melody it does not judge here.",
};
const byWords: Readonly<Record<DrillKind, string>> = {
  sentence:
    "What you say is written down, and compared with the sentence. Such an ear tends to write the word that makes sense, even if it did not sound quite right.",
  minimal_pairs:
    "What you say is written down, and compared with the two words: which one it was, not how clear it was.",
  pacing:
    "Kuku measures how fast you read and how long you pause at the dots. Stress and melody it does not judge here.",
};

/** The part that the recogniser can judge of a kind of drill; `transcriber`: undefined before a session has told it. */
export function drillHears(kind: DrillKind, language: string, transcriber: string | undefined): string {
  if (transcriber !== undefined && transcriber !== embedded) return byWords[kind];
  const french =
    language.startsWith("fr") && kind !== "pacing" ? " In French it is less sure than in English." : "";
  return drills[kind] + french;
}
