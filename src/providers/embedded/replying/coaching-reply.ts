/** The rule-based coach's words in a coaching conversation: an acknowledgement, then one open question of the stage. */
import type { PromptItem } from "../../../pipeline/speech.ts";
import { deliveryCue } from "./delivery-cue.ts";
import type { CoachingBrief, CoachingPhrases, Phrases } from "./phrases.ts";
import { pick, pickFresh } from "./pick.ts";

export function coachingReply(brief: CoachingBrief, items: readonly PromptItem[], phrases: Phrases): string {
  const { coaching } = phrases;
  if (brief.command === "stop" || brief.command === "wrap_up") return coaching.ending;
  const words = brief.understood ? lastText(items, "user") : "";
  if (coaching.danger.test(words)) return coaching.getHelp;
  if (brief.command === "repeat") {
    return `${pick(coaching.repeat, brief.round)} ${lastQuestion(items) ?? nextQuestion(brief, items, coaching)}`;
  }
  return `${acknowledge(brief, words, said(items), coaching)} ${nextQuestion(brief, items, coaching)}`;
}

/** By the words where they are known, else by how they were said, and then without a word about the words. */
function acknowledge(brief: CoachingBrief, words: string, said: string, coaching: CoachingPhrases): string {
  const { command, round } = brief;
  if (command === "yes" || command === "no" || command === "next")
    return pickFresh(coaching[command], said, round);
  if (words === "") return pickFresh(coaching.heard[deliveryCue(brief.delivery)], said, round);
  if (words.includes("?")) return pickFresh(coaching.asked, said, round);
  return coaching.reflect(words) ?? pickFresh(coaching.understood, said, round);
}

/** The stage's first question that was not asked yet; when all were, they come around again. */
function nextQuestion(brief: CoachingBrief, items: readonly PromptItem[], coaching: CoachingPhrases): string {
  return pickFresh(coaching.question[brief.stage], said(items), brief.round);
}

/** All that the coach has said so far. */
function said(items: readonly PromptItem[]): string {
  return items.map((item) => (item.role === "assistant" ? item.text : "")).join("\n");
}

function lastText(items: readonly PromptItem[], role: "user" | "assistant"): string {
  const item = items.findLast((candidate) => candidate.role === role);
  return item && "text" in item ? item.text.trim() : "";
}

/** The question the coach asked last, as far as it was heard. */
function lastQuestion(items: readonly PromptItem[]): string | undefined {
  return lastText(items, "assistant")
    .match(/[^.!?]+\?/g)
    ?.at(-1)
    ?.trim();
}
