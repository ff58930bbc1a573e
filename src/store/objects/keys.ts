/** Names of audio objects: the one secret that opens them, and an ending that says what they are. */
import { newSecret } from "../../lib/ids.ts";

/** Every kind of audio that is kept, by the ending of its key. */
const contentTypes = {
  wav: "audio/wav",
  mp3: "audio/mpeg",
  ogg: "audio/ogg",
  webm: "audio/webm",
  m4a: "audio/mp4",
} as const;

export type AudioEnding = keyof typeof contentTypes;

/** Names without dots under folders, so that no path can climb, hide, or be a file and a folder at once. */
const pattern = /^(?:[A-Za-z0-9_-]{2,100}\/){0,3}[A-Za-z0-9_-]{2,100}\.([a-z0-9]{3,4})$/;
const prefixPattern = /^[A-Za-z0-9_-]{2}[A-Za-z0-9_./-]*$/;

/** A new key nobody can guess (160 random bits): whoever has it may read the object. */
export function newAudioKey(ending: AudioEnding = "wav"): string {
  return `${newSecret()}.${ending}`;
}

/**
 * The content type a key's ending stands for.
 * @throws RangeError when it is no key.
 */
export function contentTypeOf(key: string): string {
  const ending = pattern.exec(key)?.[1];
  if (ending === undefined || !Object.hasOwn(contentTypes, ending)) throw new RangeError("not an audio key");
  return contentTypes[ending as AudioEnding];
}

/** @throws RangeError when no key can begin like this, or when it is shorter than two characters. */
export function checkPrefix(prefix: string): void {
  if (!prefixPattern.test(prefix) || prefix.includes("..") || prefix.includes("//"))
    throw new RangeError("not the beginning of an audio key");
}
