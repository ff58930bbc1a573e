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

/** Around a safe text, which has no markup of its own. */
const emphasisTags = ['<emphasis level="strong">', "</emphasis>"] as const;

/** Returns the engine's form of a mark by itself: dots, at which it pauses, and the signs that French sets apart; else "". */
function markOf(text: string): string {
  if (/^\s*(?:…|\.{3})\s*$/u.test(text)) return " …";
  return /^\s*([?!;:])\s*$/u.exec(text)?.[1] ?? "";
}

/**
 * `$25` becomes "twenty five dollars", one written word. In languages whose rules are not known the engine's own hold. Each of
 * the words of `emphasis` is marked up where it stands first.
 */
export function spokenForm(text: string, language: string, emphasis: readonly string[] = []): SpokenForm {
  const emphasised = new Set(emphasis.map(bareWord));
  const words: WrittenWord[] = [];
  let whole = "";
  let length = 0;
  let spoken = "";
  let written = "";
  const finish = () => {
    const safe = safeText(spoken);
    if (safe !== "") {
      const [open, close] = emphasised.delete(bareWord(written)) ? emphasisTags : ["", ""];
      const said = `${open}${safe}${close}`;
      const start = length === 0 ? 0 : length + 1;
      length = start + [...said].length;
      whole = whole === "" ? said : `${whole} ${said}`;
      words.push({ text: written.replace(/\s+/g, " ").trim(), start, end: length });
    } else if (length > 0) {
      const mark = markOf(spoken);
      whole += mark;
      length += mark.length;
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

function bareWord(word: string): string {
  return word.toLowerCase().replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
}
