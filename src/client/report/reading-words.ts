/** A reading, word by word: colour, sign and text each say how it went. Pure. */
import type { ContourView, ReadingWord } from "./kept.ts";
import { type Markup, markup } from "./markup.ts";

const signs: Readonly<Record<ReadingWord["verdict"], string>> = {
  correct: "✓",
  substituted: "≠",
  omitted: "–",
  inserted: "+",
};

/** A verdict in words beside its sign; empty for a correct word. */
export function verdictText({ verdict, heard }: ReadingWord): string {
  switch (verdict) {
    case "correct":
      return "";
    case "substituted":
      return heard ? `heard “${heard}”` : "heard something else";
    case "omitted":
      return "left out";
    case "inserted":
      return "added";
  }
}

/** Opacity of a correct word by the recogniser's confidence: the weaker, the paler. */
function strength({ verdict, score }: ReadingWord): string {
  if (verdict !== "correct" || score === undefined) return "";
  return score >= 0.8 ? "clear" : score >= 0.5 ? "fair" : "faint";
}

/** The words as a list. */
export function drawReading({ words }: NonNullable<ContourView["reading"]>): Markup {
  // Counted, so that it says the same as the words beneath.
  const asked = words.filter(({ verdict }) => verdict !== "inserted");
  const right = asked.filter(({ verdict }) => verdict === "correct").length;
  return markup`<p class="quiet">${right} of ${asked.length} words right</p>
<ul class="reading">${words.map((word) => {
    const remark = verdictText(word);
    const score = word.score === undefined ? "" : `${Math.round(word.score * 100)}`;
    return markup`<li class="${word.verdict} ${strength(word)}"><span aria-hidden="true">${signs[word.verdict]} </span><b>${word.expected ?? word.heard ?? "…"}</b>${remark !== "" && markup` <small>${remark}</small>`}${score !== "" && markup` <small class="score" title="score, of 100">${score}</small>`}</li>`;
  })}</ul>`;
}
