/** The voices that the server offers for a language, by the names that people read. */
import { readEngines } from "../../src/client/report/engines.ts";
import { askHere } from "../ask.ts";
import { interfaceLanguage, t } from "../messages/index.ts";
import { primaryLanguage } from "../messages/language.ts";

/** The name of the engines' own choice, which is what a persona has. */
const own = "default";
/** Ends the names of embedded voices that are higher than the others. */
const higher = "+f2";

/** The language that a voice speaks alone, BCP 47, told by its name, such as `en-gb+f2`. */
const languageOf = (voice: string) => /^[a-z]{2}-[a-z]{2}(?=\+|$)/.exec(voice)?.[0];

/** Of the server's voices, those that speak this language, a BCP 47 tag, beside the persona's own. */
export function offeredVoices(voices: readonly string[], language: string): readonly string[] {
  if (voices.length < 2) return [];
  return voices.filter((voice) => {
    const speaks = languageOf(voice);
    return voice !== own && (!speaks || primaryLanguage(speaks) === primaryLanguage(language));
  });
}

/** The chosen voice where the server has it still and it speaks the language; undefined: the persona's own. */
export async function fittingVoice(
  chosen: string | undefined,
  language: string,
): Promise<string | undefined> {
  if (chosen === undefined) return undefined;
  // A server that does not tell is no reason not to practise.
  const { voices } = await readEngines(askHere, language).catch(() => ({ voices: [] }));
  return offeredVoices(voices, language).find((voice) => voice === chosen);
}

/** A voice's name on the page: in words where it is the server's own, else as its maker calls it. */
export function titleOfVoice(voice: string): string {
  const language = languageOf(voice);
  const isHigher = voice.endsWith(higher);
  if (language !== undefined) {
    const names = new Intl.DisplayNames([interfaceLanguage], {
      type: "language",
      languageDisplay: "standard",
    });
    return t.settings.voiceOf(names.of(language) ?? language, isHigher);
  }
  return voice === own + higher ? t.settings.higherVoice : voice;
}
