/** Text on its way into eSpeak NG, which reads markup, phoneme codes and control characters as commands. */

/**
 * Removes what the engine would obey: SSML tags and entities, `[[phonemes]]`, embedded commands (control characters;
 * a NUL would end the text), halves of surrogate pairs. "" where nothing is left to say.
 */
export function safeText(text: string): string {
  const safe = text
    .toWellFormed()
    .replace(/[\p{Cc}\ufffd<>]|\[\[|\]\]/gu, " ")
    .replace(/&(?=#?\w+;)/g, "& ")
    .replace(/\s+/g, " ")
    .trim();
  return /[\p{L}\p{N}\p{S}%&@#*]/u.test(safe) ? safe : "";
}
