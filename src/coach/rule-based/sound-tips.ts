import type { ReadWord } from "../../ports/reading.ts";

/** Phone → what to do with the mouth, to stand behind "in "word", …". */
export type Sounds = Readonly<Record<string, string>>;

/** ARPAbet. Only sounds that a learner can be told about in a few words. */
export const englishSounds: Sounds = {
  TH: "let the tongue tip show between the teeth for the th",
  DH: "let the tongue tip show between the teeth, with voice, for the th",
  F: "put your upper teeth on your lower lip for the f",
  V: "put your upper teeth on your lower lip and hum for the v",
  W: "round your lips like a kiss for the w",
  R: "draw the tongue back without touching anything for the r",
  L: "press the tongue tip behind the upper teeth for the l",
  NG: "keep the end of the ng in the nose, with no g after it",
  HH: "breathe out softly for the h",
  S: "hiss sharply for the s",
  Z: "let the s buzz for the z",
  SH: "push your lips forward for the sh",
  CH: "start from a t for the ch",
  JH: "start from a d for the j",
  P: "close your lips and let the p pop",
  B: "close your lips for the b",
  T: "let the t end with a small click",
  D: "tap behind the upper teeth for the d",
  K: "let the k click at the back",
  G: "close at the back for the g",
  M: "close your lips and hum for the m",
  N: "end with the tongue up for the n",
};

/** The French model's own names. */
export const frenchSounds: Sounds = {
  uu: "dites i avec les lèvres rondes pour le u",
  ou: "poussez les lèvres en avant pour le ou",
  rr: "frottez doucement au fond de la gorge pour le r",
  an: "laissez l'air passer par le nez pour le an",
  on: "arrondissez les lèvres, l'air par le nez, pour le on",
  in: "souriez, l'air par le nez, pour le in",
  eu: "arrondissez les lèvres pour le eu",
  oe: "ouvrez un peu, lèvres rondes, pour le eu",
  ch: "avancez les lèvres pour le ch",
  jj: "avancez les lèvres et laissez vibrer pour le j",
  gn: "collez la langue au palais pour le gn",
  uy: "passez vite du u au i",
  vv: "posez les dents sur la lèvre, avec la voix, pour le v",
  ff: "posez les dents sur la lèvre pour le f",
  ll: "levez la pointe de la langue pour le l",
};

/** A sound stands out when its score is below this share of the mean of the word's others. */
const standsOut = 0.6;

/** Returns a tip for the sound of a word that came out clearly worse than the rest of it; undefined: none did. */
export function soundToTry(word: ReadWord, sounds: Sounds): string | undefined {
  const { phones = [] } = word;
  if (phones.length < 2) return undefined;
  const worst = phones.reduce((low, phone) => (phone.score < low.score ? phone : low));
  const others = phones.filter((phone) => phone !== worst);
  const mean = others.reduce((sum, phone) => sum + phone.score, 0) / others.length;
  if (worst.score >= mean * standsOut) return undefined;
  return Object.hasOwn(sounds, worst.phone) ? sounds[worst.phone] : undefined;
}
