/** The text as the engine is given it, and which part of it each written word is. */
import { segments, spokenLanguage } from "../../../pipeline/text-normalization/spoken-words.ts";
import { safeText } from "./safe-text.ts";

/** A word as it is written, white space to white space, and where it is in what the engine says. */
export interface SpokenForm {
  /** Safe for the engine; "" where there is nothing to say. */
  readonly text: string;
  readonly words: readonly WrittenWord[];
}

export interface WrittenWord {
  /** The text's own characters, with the punctuation at them: `$25.50.` */
  readonly text: string;
  /** In code points of the spoken text, from 0. */
  readonly start: number;
  readonly end: number;
}

/** `$25` becomes "twenty five dollars", one written word. In languages whose rules are not known the engine's own hold. */
export function spokenForm(text: string, language: string): SpokenForm {
  const words: WrittenWord[] = [];
  let whole = "";
  let length = 0;
  let spoken = "";
  let written = "";
  const finish = () => {
    const said = safeText(spoken);
    if (said !== "") {
      const start = length === 0 ? 0 : length + 1;
      length = start + [...said].length;
      whole = whole === "" ? said : `${whole} ${said}`;
      words.push({ text: written.replace(/\s+/g, " ").trim(), start, end: length });
    }
    spoken = written = "";
  };
  for (const { raw, say } of segments(text, spokenLanguage(language))) {
    if (say !== undefined) {
      spoken += /[\p{L}\p{N}]$/u.test(spoken) ? ` ${say}` : say;
      written += raw;
      continue;
    }
    for (const part of raw.split(/(\s+)/)) {
      if (/^\s/.test(part)) finish();
      else {
        spoken += part;
        written += part;
      }
    }
  }
  finish();
  return { text: whole, words };
}
