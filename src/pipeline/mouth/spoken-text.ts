/** The spoken part of a reply's text: without markup, links, code and emoji. Part of the mouth. */

/** Turns pieces of one reply, in order, into what a voice should say; "" where there is nothing to say. */
export type SpokenText = (piece: string) => string;

/** A fresh reading of one reply; it remembers whether it is inside a block of code. */
export function spokenText(): SpokenText {
  let fence: string | undefined;
  let started = false;
  return (piece) => {
    const startsLine = !started || /^\s*[\n\r]/.test(piece);
    started = true;
    const opening = startsLine ? /^\s*(```+|~~~+)(.*)$/s.exec(piece) : null;
    if (fence !== undefined) {
      if (opening?.[1]?.startsWith(fence)) fence = undefined;
      return "";
    }
    if (opening && !opening[2]?.includes(opening[1] as string)) {
      fence = opening[1];
      return "";
    }
    return say(piece, startsLine);
  };
}

function say(piece: string, startsLine: boolean): string {
  let text = piece.trim();
  if (text === "" || /^([-*_=]\s*){3,}$|^[|:\s-]+$/.test(text)) return "";
  if (/[^\p{L}\p{N}\p{Zs},.?!'’]/u.test(text)) text = withoutMarkup(text, startsLine);
  text = text.replace(/\s+/g, " ").trim();
  return /[\p{L}\p{N}]/u.test(text) ? text : "";
}

/** Replacements, in order. What is cut through by the end of a piece leaves no stray mark behind. */
const markup: ReadonlyArray<readonly [RegExp, string]> = [
  // Links and pictures say their text.
  [/!?\[([^\]]*)\]\([^)\s]*(?:\s+"[^"]*")?\)/g, "$1"],
  [/!?\[([^\]]*)\]\[[^\]]*\]/g, "$1"],
  [/\]\([^)\s]*\)/g, ""],
  // An address says its host.
  [
    /<?https?:\/\/(?:www\.)?([^\s/?#<>)\]]+[^\s/?#<>)\].,;:!?])[^\s<>)\]]*?(?=[.,;:!?]?(?:[\s<>)\]]|$))>?/gi,
    "$1",
  ],
  [/<\/?[a-z][^<>]*>/gi, " "],
  // Emphasis, struck text, code.
  [/`+/g, ""],
  [/\*\*|__|~~/g, ""],
  [/(?<![\p{L}\p{N}*\\])\*(?=[^\s*])|(?<=[^\s*\\])\*(?![\p{L}\p{N}*])/gu, ""],
  [/(?<![\p{L}\p{N}_\\])_(?=[^\s_])|(?<=[^\s_\\])_(?![\p{L}\p{N}_])/gu, ""],
  [/\\([\\`*_{}[\]()#+\-.!~>|])/g, "$1"],
  // Table cells.
  [/^\s*\||\|\s*$/g, ""],
  [/\s*\|\s*/g, ", "],
  // Emoji; a keycap keeps its digit; signs that are words stay.
  [/([0-9#*])\ufe0f?\u20e3/g, "$1"],
  [
    /(?![©®™])[\p{Extended_Pictographic}\p{RI}](?:\p{Extended_Pictographic}|\p{RI}|\p{EMod}|\p{M}|\u200d|\p{Cf})*/gu,
    " ",
  ],
  [/(?<=^|\s)[:;=]['-]?[)(\]DPp|/](?=\s|$)/g, ""],
];

function withoutMarkup(piece: string, startsLine: boolean): string {
  let text = piece;
  if (startsLine)
    text = text
      .replace(/^(?:>\s*)+/, "")
      .replace(/^#{1,6}\s+|\s+#+$/g, "")
      .replace(/^[-*+•]\s+(?:\[[ xX]\]\s+)?/, "");
  for (const [pattern, replacement] of markup) text = text.replace(pattern, replacement);
  return text.replace(/^[[\]]\s*|\s+([,.?!])/g, "$1");
}
