/** Draws a drill: what is asked for now, and how the last turn came out, word by word. */
import { paceText, pairScoreText, pairText, taskText } from "../src/client/drill-words.ts";
import { verdictText } from "../src/client/report/reading-words.ts";
import type { Turns } from "../src/client/turns.ts";
import type { CoachDrill, DrillWord } from "../src/protocol/kuku-events.ts";
import { element, setText } from "./elements.ts";
import { scale } from "./scale.ts";

const sentence = element("sentence", HTMLElement);
const drillLabel = element("drill-label", HTMLElement);
const reading = element("reading", HTMLElement);
const readingLabel = element("reading-label", HTMLElement);
const words = element("words", HTMLElement);
const score = element("score", HTMLElement);
const measure = element("measure", HTMLElement);

const signs: Readonly<Record<DrillWord["verdict"], string>> = {
  correct: "✓",
  substituted: "≠",
  omitted: "–",
  inserted: "+",
};

function wordItem(word: DrillWord): HTMLLIElement {
  const item = document.createElement("li");
  item.className = word.verdict;
  const sign = document.createElement("span");
  sign.setAttribute("aria-hidden", "true");
  sign.textContent = `${signs[word.verdict]} `;
  const name = document.createElement("b");
  name.textContent = word.expected ?? word.heard ?? "…";
  const note = document.createElement("small");
  note.textContent = ` ${verdictText(word) || "correct"}`;
  if (word.verdict === "correct") note.className = "unseen";
  item.append(sign, name, note);
  return item;
}

function scoreText(drill: CoachDrill): string {
  const told = [pairText(drill), pairScoreText(drill), paceText(drill)].filter((text) => text !== undefined);
  if (drill.pair || drill.accuracy === undefined) return told.join(" ");
  const right = `${Math.round(drill.accuracy * 100)} % of the words right.`;
  const allRight = (drill.words ?? []).every((word) => word.verdict === "correct");
  return [...told, allRight && told.length === 0 ? `Well read: ${right}` : right].join(" ");
}

/** The figure on a scale, for those who see; the text beside it says the same. */
function drawMeasure({ task, pace, pair, outcome }: CoachDrill): void {
  if (task?.kind === "pacing" && pace) {
    const { value, tolerance } = task;
    const within = pace.verdict === "on_target";
    measure.replaceChildren(scale({ value, tolerance, measured: pace.measured, within }));
  } else if (pair?.clarity !== undefined) {
    const label = document.createElement("span");
    label.textContent = "How clear it was";
    const ends = { from: 0, to: 1, within: outcome === "read_well" };
    measure.replaceChildren(label, scale({ value: 1, tolerance: 2 / 3, measured: pair.clarity, ...ends }));
  } else measure.replaceChildren();
  measure.hidden = measure.childElementCount === 0;
}

let drawn: CoachDrill | undefined;

/** The last turn's result; undefined: none yet. */
function drawReading(drill: CoachDrill | undefined): void {
  if (drill === drawn) return;
  drawn = drill;
  reading.hidden = !drill?.words;
  if (!drill?.words) return;
  element("practice", HTMLElement).scrollIntoView({ block: "start" });
  words.replaceChildren(...drill.words.map(wordItem));
  drawMeasure(drill);
  setText(score, scoreText(drill));
}

function labelOf({ sentence: asked = "", task }: Turns, last: CoachDrill | undefined): string {
  const again = last?.sentence === asked && (last.outcome === "slipped" || last.outcome === "not_heard");
  if (task) return again ? `Once more: ${lowered(taskText(asked, task))}` : taskText(asked, task);
  // A text of one's own is read again, also after it was read well.
  if (again || (last?.sentence === asked && last.outcome === "read_well")) return "Once more";
  return last?.words ? "Now read this aloud" : "Read this aloud";
}

const lowered = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

function readingName(last: CoachDrill, now: string | undefined): string {
  if (last.task?.kind === "minimal_pairs") return `How “${last.sentence}” came out`;
  return last.sentence === now ? "How you read it" : "How you read the last one";
}

/** Draws it; `language`: of what is to be read. */
export function drawDrill(turns: Turns, language: string): void {
  const last = turns.turns.findLast((turn) => turn.utterance?.drill)?.utterance?.drill;
  drawReading(last);
  if (last) setText(readingLabel, readingName(last, turns.sentence));
  setText(drillLabel, labelOf(turns, last));
  sentence.lang = words.lang = language;
  sentence.classList.toggle("word", turns.task?.kind === "minimal_pairs");
  if (turns.sentence) setText(sentence, turns.sentence);
}

/** Empties it for a new session. */
export function clearDrill(): void {
  setText(sentence, "");
  drawReading(undefined);
}
