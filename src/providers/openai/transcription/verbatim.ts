import { primaryLanguage } from "../../../lib/language.ts";
import type { Transcript } from "../../../ports/transcriber.ts";
import { NO_SPEECH, type SpeechEvidence, spokenWords } from "./no-speech.ts";

/**
 * Transcribers imitate the style of the prompt they are given (the vendor's speech-to-text guide, "Prompting"): one
 * written with hesitations makes them keep the speaker's. Per primary language.
 */
const examples: Readonly<Record<string, string>> = {
  en: "Um, so, uh, let me think, like, hmm... okay, here's what I'm, er, you know, thinking.",
  fr: "Euh, alors, ben, laissez-moi réfléchir, hum... bon, voilà ce que je, euh, enfin, je pense.",
};

/** The prompt of one request: the verbatim example where wanted and known, then the hint. Undefined: none. */
export function transcriptionPrompt(
  language: string,
  hint: string | undefined,
  verbatim: boolean,
): string | undefined {
  const example = verbatim ? examples[primaryLanguage(language)] : undefined;
  const parts = [example, hint?.trim()].filter((part) => part !== undefined && part !== "");
  return parts.length === 0 ? undefined : parts.join(" ");
}

/**
 * A transcriber's text as a transcript: verbatim where the prompt asked for that in a language that has an example; empty
 * and not understood where nothing was said.
 */
export function readTranscript(
  text: string,
  language: string,
  verbatim: boolean,
  evidence: SpeechEvidence,
): Transcript {
  const asked = verbatim && examples[primaryLanguage(language)] !== undefined;
  const cleaned = withoutEcho(spokenWords(text, evidence), language, verbatim);
  if (cleaned === "") return NO_SPEECH;
  return { text: cleaned, understood: true, ...(asked && { verbatim: true }) };
}

/** Words alone, so that punctuation and case do not matter. */
const wordsOf = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
/** Fewer words than this can be said by chance. */
const FEWEST_ECHOED = 4;

/**
 * The transcript, or nothing where it only repeats the example: on audio without words, transcribers are known to give
 * back the prompt.
 */
function withoutEcho(text: string, language: string, verbatim: boolean): string {
  const example = verbatim ? examples[primaryLanguage(language)] : undefined;
  const words = wordsOf(text);
  if (example === undefined || words.length < FEWEST_ECHOED) return text;
  return ` ${wordsOf(example).join(" ")} `.includes(` ${words.join(" ")} `) ? "" : text;
}
