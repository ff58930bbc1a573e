/** Keys of audio objects: an unguessable name, the only credential for reading, and an ending for the content type. */
import { newSecret } from "../../lib/ids.ts";

/** Content types of stored audio, by the ending of the key. */
const contentTypes = {
  wav: "audio/wav",
  mp3: "audio/mpeg",
  ogg: "audio/ogg",
  webm: "audio/webm",
  m4a: "audio/mp4",
} as const;

export type AudioEnding = keyof typeof contentTypes;

/** Folder and file names without dots, so that no path leaves the root, is hidden, or is file and folder at once. */
const pattern = /^(?:[A-Za-z0-9_-]{2,100}\/){0,3}[A-Za-z0-9_-]{2,100}\.([a-z0-9]{3,4})$/;
const prefixPattern = /^[A-Za-z0-9_-]{2}[A-Za-z0-9_./-]*$/;

/** Makes an unguessable key (160 random bits), which suffices to read the object. */
export function newAudioKey(ending: AudioEnding = "wav"): string {
  return `${newSecret()}.${ending}`;
}

/**
 * Returns the content type of a key's ending.
 * @throws RangeError when it is no key.
 */
export function contentTypeOf(key: string): string {
  const ending = pattern.exec(key)?.[1];
  if (ending === undefined || !Object.hasOwn(contentTypes, ending)) throw new RangeError("not an audio key");
  return contentTypes[ending as AudioEnding];
}

/** @throws RangeError when no key can begin so, or when the prefix is shorter than two characters */
export function checkPrefix(prefix: string): void {
  if (!prefixPattern.test(prefix) || prefix.includes("..") || prefix.includes("//"))
    throw new RangeError("not the beginning of an audio key");
}
