/** The rule-based coach's words in a coaching conversation: an acknowledgement, then one open question of the stage. */
import type { PromptItem } from "../../../pipeline/speech.ts";
import { deliveryCue } from "./delivery-cue.ts";
import type { CoachingBrief, CoachingPhrases, Phrases } from "./phrases.ts";
import { pick } from "./pick.ts";

export function coachingReply(brief: CoachingBrief, items: readonly PromptItem[], phrases: Phrases): string {
  const { coaching } = phrases;
  if (brief.command === "stop" || brief.command === "wrap_up") return coaching.ending;
  const words = brief.understood ? lastText(items, "user") : "";
  if (coaching.danger.test(words)) return coaching.getHelp;
  if (brief.command === "repeat") {
    return `${pick(coaching.repeat, brief.round)} ${lastQuestion(items) ?? nextQuestion(brief, items, coaching)}`;
  }
  return `${acknowledge(brief, words, coaching)} ${nextQuestion(brief, items, coaching)}`;
}

/** By the words where they are known, else by how they were said, and then without a word about the words. */
function acknowledge(brief: CoachingBrief, words: string, coaching: CoachingPhrases): string {
  const { command, round } = brief;
  if (command === "yes" || command === "no" || command === "next") return pick(coaching[command], round);
  if (words === "") return pick(coaching.heard[deliveryCue(brief.delivery)], round);
  if (words.includes("?")) return pick(coaching.asked, round);
  return coaching.reflect(words) ?? pick(coaching.understood, round);
}

/** The stage's first question that was not asked yet; when all were, they come around again. */
function nextQuestion(brief: CoachingBrief, items: readonly PromptItem[], coaching: CoachingPhrases): string {
  const questions = coaching.question[brief.stage];
  const asked = items.map((item) => (item.role === "assistant" ? item.text : "")).join("\n");
  return questions.find((question) => !asked.includes(question)) ?? pick(questions, brief.round);
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
