import type { WrapUpBrief } from "../../ports/brief.ts";
import type { PromptItem } from "../../ports/prompt.ts";
import { deliveryCue } from "./delivery-cue.ts";
import type { CoachingBrief, CoachingPhrases, Phrases } from "./phrases.ts";
import { quotable } from "./quotable.ts";
import { pick, pickFresh } from "./variants.ts";

export function coachingReply(brief: CoachingBrief, items: readonly PromptItem[], phrases: Phrases): string {
  const { coaching } = phrases;
  const words = brief.understood ? lastText(items, "user") : "";
  if (brief.wrapUp) return wrapUpReply(brief, brief.wrapUp, items, coaching);
  if (brief.command === "repeat") {
    return `${pick(coaching.repeat, brief.round)} ${lastQuestion(items) ?? nextQuestion(brief, items, coaching)}`;
  }
  return `${acknowledge(brief, words, said(items), coaching)} ${nextQuestion(brief, items, coaching)}`;
}

function wrapUpReply(
  brief: CoachingBrief,
  wrapUp: WrapUpBrief,
  items: readonly PromptItem[],
  coaching: CoachingPhrases,
): string {
  const phrases = coaching.wrapUp;
  switch (wrapUp.do) {
    case "propose":
      return `${wrapUp.because === "committed" ? phrases.committed(ownAction(brief)) : phrases.because[wrapUp.because]} ${phrases.propose}`;
    case "ask_again":
      return phrases.askAgain;
    case "go_on":
      return `${wrapUp.unclear ? phrases.goOnUnclear : phrases.goOn} ${nextQuestion(brief, items, coaching)}`;
    case "extend":
      return `${phrases.extend(wrapUp.minutes)} ${nextQuestion(brief, items, coaching)}`;
    case "close":
      return phrases.close(ownAction(brief));
  }
}

/** The user's last commitment with its time, in their words; undefined where it cannot be quoted. */
function ownAction({ actions }: CoachingBrief): string | undefined {
  const action = actions?.at(-1);
  if (!action) return undefined;
  const whole = action.when === undefined ? undefined : quotable(`${action.text}, ${action.when}`);
  return whole ?? quotable(action.text);
}

/** By the words where they are known, else by how they were said, and then without a word about the words. */
function acknowledge(brief: CoachingBrief, words: string, said: string, coaching: CoachingPhrases): string {
  const { command, round } = brief;
  if (command === "yes" || command === "no" || command === "next")
    return pickFresh(coaching[command], said, round);
  if (words === "") return pickFresh(coaching.notUnderstood[deliveryCue(brief.delivery)], said, round);
  if (words.includes("?") || coaching.wantsAdvice.test(words)) return pickFresh(coaching.asked, said, round);
  return coaching.reflect(words) ?? pickFresh(coaching.understood, said, round);
}

/** The stage's first question that was not asked yet; when all were, they come around again. */
function nextQuestion(brief: CoachingBrief, items: readonly PromptItem[], coaching: CoachingPhrases): string {
  if (brief.askedAbout) return coaching.today;
  const action = brief.stage === "way_forward" ? brief.actions?.at(-1) : undefined;
  if (action && action.when === undefined && !said(items).includes(coaching.askWhen)) return coaching.askWhen;
  return pickFresh(coaching.question[brief.stage], said(items), brief.round);
}

/** Everything the coach has said so far. */
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
