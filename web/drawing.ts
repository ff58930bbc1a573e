/** Draws the conversation onto the page, and tells a screen reader what has come of a turn. */
import { drillText } from "../src/client/drill-words.ts";
import { verdictText } from "../src/client/report/reading-words.ts";
import type { ReplyView, Turns, TurnView, UtteranceView } from "../src/client/turns.ts";
import type { CoachDrill } from "../src/protocol/kuku-events.ts";
import { element } from "./elements.ts";

const log = element("log", HTMLElement);
const announce = element("announce", HTMLElement);

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
  const slips = (drill.words ?? [])
    .filter((word) => word.verdict !== "correct")
    .map((word) => `${word.expected ?? word.heard ?? "a word"}: ${verdictText(word)}`)
    .join(", ");
  const told = drillText(drill);
  if (drill.pair) return told ?? "";
  return [`${slips || "Every word correct"}.`, told].filter((text) => text !== undefined).join(" ");
}

let announced = "";
/** Tells a screen reader of what is finished, once. */
function drawAnnouncement(turns: Turns): void {
  const last = turns.turns.findLast((turn) => turn.reply?.doneAt !== undefined);
  if (!last?.reply || last.reply.responseId === announced) return;
  announced = last.reply.responseId;
  const { drill } = last.utterance ?? {};
  announce.textContent = `${drill?.words ? `${spoken(drill)} ` : ""}Kuku: ${last.reply.text}`;
}

/** Draws it; `drill`: whether the persona has something to read. */
export function drawTurns(turns: Turns, drill: boolean): void {
  drawLog(turns, drill);
  drawAnnouncement(turns);
}

/** Empties it for a new session. */
export function clearTurns(): void {
  log.replaceChildren();
}
