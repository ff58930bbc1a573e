/** Draws turns onto the page: the sentence, the reading word by word, the conversation. */

import type { ReplyView, Turns, TurnView, UtteranceView } from "../src/client/turns.ts";
import type { CoachDrill, DrillWord } from "../src/protocol/kuku-events.ts";
import { element, setText } from "./elements.ts";

const sentence = element("sentence", HTMLElement);
const drillLabel = element("drill-label", HTMLElement);
const reading = element("reading", HTMLElement);
const readingLabel = element("reading-label", HTMLElement);
const words = element("words", HTMLElement);
const score = element("score", HTMLElement);
const log = element("log", HTMLElement);
const announce = element("announce", HTMLElement);

const signs: Record<DrillWord["verdict"], string> = {
  correct: "✓",
  substituted: "≠",
  omitted: "–",
  inserted: "+",
};

/** What a verdict says besides its colour and sign. */
function remark(word: DrillWord): string {
  switch (word.verdict) {
    case "correct":
      return "";
    case "substituted":
      return word.heard ? `heard “${word.heard}”` : "heard something else";
    case "omitted":
      return "left out";
    case "inserted":
      return "added";
  }
}

function wordItem(word: DrillWord): HTMLLIElement {
  const item = document.createElement("li");
  item.className = word.verdict;
  const text = word.expected ?? word.heard ?? "…";
  const sign = document.createElement("span");
  sign.setAttribute("aria-hidden", "true");
  sign.textContent = `${signs[word.verdict]} `;
  const name = document.createElement("b");
  name.textContent = text;
  item.append(sign, name);
  const said = remark(word) || "correct";
  const note = document.createElement("small");
  note.textContent = ` ${said}`;
  if (word.verdict === "correct") note.className = "unseen";
  item.append(note);
  return item;
}

let drawnReading: CoachDrill | undefined;

function drawReading(drill: CoachDrill | undefined): void {
  if (drill === drawnReading) return;
  drawnReading = drill;
  reading.hidden = !drill?.words;
  if (drill?.words) element("practice", HTMLElement).scrollIntoView({ block: "start" });
  words.replaceChildren(...(drill?.words ?? []).map(wordItem));
  const wrong = (drill?.words ?? []).filter((word) => word.verdict !== "correct").length;
  const right =
    drill?.accuracy === undefined ? "" : `${Math.round(drill.accuracy * 100)} % of the words right.`;
  setText(score, wrong === 0 && right ? `Well read: ${right}` : right);
}

interface Bubble {
  readonly who: "you" | "coach";
  readonly text: string;
  /** `live`: still being recognised; `unclear`: no words to show. */
  readonly look: "plain" | "live" | "unclear";
}

function yourBubble(utterance: UtteranceView): Bubble | undefined {
  const settled = utterance.state === "transcribed" || utterance.state === "failed";
  if (!settled)
    return utterance.text === "" ? undefined : { who: "you", text: `${utterance.text} …`, look: "live" };
  if (utterance.understood && utterance.text !== "")
    return { who: "you", text: utterance.text, look: "plain" };
  return { who: "you", text: "(heard, but not which words)", look: "unclear" };
}

function coachBubble(reply: ReplyView): Bubble | undefined {
  if (reply.status === "failed")
    return { who: "coach", text: reply.error ?? "(no answer came)", look: "unclear" };
  return reply.text === "" ? undefined : { who: "coach", text: reply.text, look: "plain" };
}

function bubblesOf({ utterance, reply }: TurnView): Bubble[] {
  // A reading is shown word by word already.
  const yours = utterance && !utterance.drill?.words ? yourBubble(utterance) : undefined;
  return [yours, reply && coachBubble(reply)].filter((it) => it !== undefined);
}

function drawBubble(item: HTMLElement, bubble: Bubble): void {
  const className = `${bubble.who} ${bubble.look}`;
  if (item.className === className && item.lastChild?.textContent === bubble.text) return;
  item.className = className;
  const who = document.createElement("span");
  who.className = "who";
  who.textContent = bubble.who === "you" ? "You" : "Kuku";
  item.replaceChildren(who, bubble.text);
}

/** A drill is about the sentence: of its conversation only the present turn stays in sight. */
function drawLog(turns: Turns, drill: boolean): void {
  const shown = drill ? turns.turns.slice(-1) : turns.turns;
  const bubbles = shown.flatMap(bubblesOf);
  while (log.children.length > bubbles.length) log.lastChild?.remove();
  for (const [index, bubble] of bubbles.entries()) {
    let item = log.children[index] as HTMLElement | undefined;
    if (!item) {
      item = document.createElement("li");
      log.append(item);
      if (!drill) item.scrollIntoView({ block: "nearest" });
    }
    drawBubble(item, bubble);
  }
}

function spoken(drill: CoachDrill): string {
  return (drill.words ?? [])
    .filter((word) => word.verdict !== "correct")
    .map((word) => `${word.expected ?? word.heard ?? "a word"}: ${remark(word)}`)
    .join(", ");
}

let announced = "";
/** Tells a screen reader of what is finished, once. */
function drawAnnouncement(turns: Turns): void {
  const last = turns.turns.findLast((turn) => turn.reply?.doneAt !== undefined);
  if (!last?.reply || last.reply.responseId === announced) return;
  announced = last.reply.responseId;
  const { drill } = last.utterance ?? {};
  announce.textContent = `${drill?.words ? `${spoken(drill) || "Every word correct"}. ` : ""}Kuku: ${last.reply.text}`;
}

/** Draws all of it; `drill`: whether the persona has sentences to read. */
export function drawTurns(turns: Turns, drill: boolean): void {
  if (drill) {
    const judged = turns.turns.findLast((turn) => turn.utterance?.drill)?.utterance?.drill;
    const again = judged !== undefined && judged.sentence === turns.sentence;
    drawReading(judged);
    setText(readingLabel, again ? "How you read it" : "How you read the last one");
    setText(drillLabel, again ? "Once more" : judged ? "Now read this aloud" : "Read this aloud");
    if (turns.sentence) setText(sentence, turns.sentence);
  }
  drawLog(turns, drill);
  drawAnnouncement(turns);
}

/** Empties the page for a new session. */
export function clearTurns(): void {
  setText(sentence, "");
  log.replaceChildren();
  drawReading(undefined);
}
