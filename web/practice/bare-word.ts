/** A word as it is compared: in lower case, without punctuation. */
export const bareWord = (word: string) => word.toLowerCase().replaceAll(/[^\p{L}\p{N}']/gu, "");
