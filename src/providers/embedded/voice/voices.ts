/** The embedded voices: which of eSpeak NG's languages and timbres they are, and how they are tuned. */

/** A voice that can be asked for by name. */
export interface EmbeddedVoice {
  readonly name: string;
  /** The language it always speaks, as eSpeak names it; absent: the language of the reply. */
  readonly language?: string;
  /** eSpeak's name for a timbre. */
  readonly timbre: string;
  /** Words a minute at speed 1. */
  readonly pace: number;
  /** Base pitch, 0–100; 50 is the timbre's own. */
  readonly pitch: number;
  /** Range of pitch, 0–100; 50 is the timbre's own, 0 a monotone. */
  readonly range: number;
  /** 0–100. */
  readonly volume: number;
}

/**
 * A little slower than eSpeak's own 175 words a minute, and livelier (pitch moves by about 3 semitones; under 2 sounds
 * monotone): it is listened to and imitated.
 */
const tuning = { pace: 160, pitch: 50, range: 60 };
/**
 * Timbres chosen by what a recogniser of US English made of 80 words in a carrier sentence: 66 % right for `klatt4` and
 * 46 % for `f2`, against 24 % for the engine's plain voice and 34 % for `f3`. At full volume `klatt4` clips.
 */
const low = { timbre: "klatt4", volume: 70, ...tuning };
const high = { timbre: "f2", volume: 90, ...tuning };

/** The first is the default: it speaks whatever language the reply is in. */
export const voices: readonly EmbeddedVoice[] = [
  { name: "default", ...low },
  { name: "default+f2", ...high },
  { name: "en-us", language: "en-us", ...low },
  { name: "en-us+f2", language: "en-us", ...high },
  { name: "en-gb", language: "en-gb-x-rp", ...low },
  { name: "en-gb+f2", language: "en-gb-x-rp", ...high },
  { name: "fr-fr", language: "fr-fr", ...low },
  { name: "fr-fr+f2", language: "fr-fr", ...high },
];

/** A language the engine speaks: the tags it answers to, best first, and what to ask it for. */
export interface EngineLanguage {
  readonly identifier: string;
  readonly tags: readonly string[];
}

/** Tags that eSpeak knows by another name, or that could be more than one of its languages. */
const alias: Readonly<Record<string, string>> = {
  en: "en-us",
  "en-gb": "en-gb-x-rp",
  zh: "cmn",
  "zh-hk": "yue",
  "zh-mo": "yue",
  no: "nb",
  tl: "fil",
  iw: "he",
  in: "id",
  fr: "fr-fr",
  es: "es",
  pt: "pt-br",
};

/**
 * The engine's identifier for a BCP 47 tag such as `en-US`, `fr` or `zh-Hant-HK`: its own tag, else that of the
 * language. Undefined: it does not speak it.
 */
export function findLanguage(tag: string, spoken: readonly EngineLanguage[]): string | undefined {
  const parts = tag.toLowerCase().split(/[-_]/);
  const language = parts[0] as string;
  const region = parts.find((part, i) => i > 0 && /^([a-z]{2}|\d{3})$/.test(part));
  const whole = parts.join("-");
  const tries = [whole, region ? `${language}-${region}` : language, language];
  for (const wanted of tries.flatMap((one) => (alias[one] ? [alias[one], one] : [one]))) {
    const exact =
      spoken.find((each) => each.tags[0] === wanted) ?? spoken.find((each) => each.tags.includes(wanted));
    if (exact) return exact.identifier;
  }
  return undefined;
}
