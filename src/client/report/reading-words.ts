/** A reading, word by word: colour, sign and text each say how it went. Pure. */
import type { ContourView, ReadingWord } from "./kept.ts";
import { type Markup, markup } from "./markup.ts";
import { english, type ReportTexts } from "./texts.ts";

const signs: Readonly<Record<ReadingWord["verdict"], string>> = {
  correct: "✓",
  substituted: "≠",
  omitted: "–",
  inserted: "+",
};

type Judged = Pick<ReadingWord, "verdict" | "heard" | "exempt">;

/** Whether a word is one of the text that the reading came to: of these the right ones are counted. */
export const isAsked = ({ verdict, exempt }: Judged): boolean =>
  verdict !== "inserted" && exempt !== "unread";

/** Whether a word went wrong and counts as such. */
export const isSlip = ({ verdict, exempt }: Judged): boolean => verdict !== "correct" && exempt === undefined;

/** A verdict in words beside its sign; empty for a correct word. */
export function verdictText({ verdict, heard, exempt }: Judged, texts: ReportTexts = english): string {
  if (exempt) return texts[exempt];
  switch (verdict) {
    case "correct":
      return "";
    case "substituted":
      return heard ? texts.heard(heard) : texts.heardElse;
    case "omitted":
      return texts.omitted;
    case "inserted":
      return texts.inserted;
  }
}

/** Opacity of a correct word by the recogniser's confidence: the weaker, the paler. */
function strength({ verdict, score }: ReadingWord): string {
  if (verdict !== "correct" || score === undefined) return "";
  return score >= 0.8 ? "clear" : score >= 0.5 ? "fair" : "faint";
}

/** The words as a list. */
export function drawReading({ words }: NonNullable<ContourView["reading"]>, texts: ReportTexts): Markup {
  // Counted, so that it says the same as the words beneath.
  const asked = words.filter(isAsked);
  const right = asked.filter(({ verdict }) => verdict === "correct").length;
  return markup`<p class="quiet">${texts.wordsRight(right, asked.length)}</p>
<ul class="reading">${words.map((word) => {
    const remark = verdictText(word, texts);
    const score = word.score === undefined ? "" : `${Math.round(word.score * 100)}`;
    return markup`<li class="${word.exempt ? "exempt" : word.verdict} ${strength(word)}"><span aria-hidden="true">${signs[word.verdict]} </span><b>${word.expected ?? word.heard ?? "…"}</b>${remark !== "" && markup` <small>${remark}</small>`}${score !== "" && markup` <small class="score" title="${texts.scoreTitle}">${score}</small>`}</li>`;
  })}</ul>`;
}
