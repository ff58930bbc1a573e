import type { WrapUpBrief } from "../../ports/brief.ts";
import type { PromptItem } from "../../ports/prompt.ts";
import { deliveryCue } from "./delivery-cue.ts";
import type { CoachingBrief, CoachingPhrases, Phrases, Question } from "./phrases.ts";
import { quotable } from "./quotable.ts";
import { pick, pickFresh } from "./variants.ts";

/** Words of a statement that is worth giving back. */
const shortestQuote = 4;

export function coachingReply(brief: CoachingBrief, items: readonly PromptItem[], phrases: Phrases): string {
  const { coaching } = phrases;
  if (brief.wrapUp) return wrapUpReply(brief, brief.wrapUp, items, coaching);
  if (brief.command === "repeat") {
    return `${pick(coaching.repeat, brief.round)} ${lastQuestion(items) ?? nextQuestion(brief, items, coaching)}`;
  }
  if (brief.confirm?.do === "ask") return coaching.didYouSay(brief.confirm.words);
  if (brief.confirm) return coaching.sayAgain;
  return `${acknowledge(brief, items, coaching)} ${nextQuestion(brief, items, coaching)}`;
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

/** The user's last commitment in whole clauses of theirs; undefined where it cannot be quoted. */
function ownAction({ actions }: CoachingBrief): string | undefined {
  const said = actions?.at(-1)?.said;
  return said === undefined ? undefined : quotable(said);
}

/** By what was told where the words are known, else by how they were said, and then without a word about the words. */
function acknowledge(brief: CoachingBrief, items: readonly PromptItem[], coaching: CoachingPhrases): string {
  const { command, round, understood, told } = brief;
  const before = said(items);
  const words = understood ? lastText(items, "user") : "";
  if (command === "yes" || command === "no" || command === "next")
    return pickFresh(coaching[command], before, round);
  if (!understood) return pickFresh(coaching.notUnderstood[deliveryCue(brief.delivery)], before, round);
  if (brief.doubtful) return pickFresh(coaching.caughtLittle, before, round);
  if (coaching.wantsAdvice.test(words)) return pickFresh(coaching.asked, before, round);
  const quote = told?.quote === undefined ? undefined : quotable(told.quote);
  // Words given back at every turn would be an echo: what is no goal and no step is quoted every other time at most.
  const quiet = !/["«]/.test(lastText(items, "assistant"));
  // Other people are told of along with something else, unless they were asked for.
  const aside = told?.matter === "people" && !isAsked("people", items, coaching);
  if (told && told.matter !== "statement" && !aside) {
    const { plain, quoted } = coaching.told[told.matter];
    const weighty = told.matter === "goal" || told.matter === "action";
    if (quoted && quote !== undefined && (weighty || quiet)) return quoted(quote);
    return pickFresh(plain, before, round);
  }
  if (words.includes("?")) return pickFresh(coaching.asked, before, round);
  const worth = quote !== undefined && quote.split(" ").length >= shortestQuote;
  return worth && quiet ? coaching.inYourWords(quote) : pickFresh(coaching.understood, before, round);
}

/** The stage's first question that was neither asked nor answered yet; when all were, they come around again. */
function nextQuestion(brief: CoachingBrief, items: readonly PromptItem[], coaching: CoachingPhrases): string {
  if (brief.askedAbout) return coaching.today;
  const before = said(items);
  const action = brief.stage === "way_forward" ? brief.actions?.at(-1) : undefined;
  if (action && action.when === undefined && !before.includes(coaching.askWhen)) return coaching.askWhen;
  const all = coaching.question[brief.stage];
  const [first, ...more] = all.filter((question) => fits(question, brief)).map(({ text }) => text);
  return pickFresh(first === undefined ? [all[0].text] : [first, ...more], before, brief.round);
}

/** Whether the coach's last question was one for this. */
function isAsked(matter: Question["asks"], items: readonly PromptItem[], coaching: CoachingPhrases): boolean {
  const last = lastQuestion(items);
  return Object.values(coaching.question).some((all) =>
    all.some(({ asks, text }) => asks === matter && text === last),
  );
}

/** Whether a question is neither answered already nor about what is not there. */
function fits({ asks, notAfter, needsIdeas }: Question, brief: CoachingBrief): boolean {
  const { known = [], told, actions = [], options = [] } = brief;
  if (notAfter !== undefined && told?.matter === notAfter) return false;
  if (needsIdeas && options.length < 2) return false;
  if (asks === "when") return actions.some(({ when }) => when === undefined);
  if (asks === "idea" && known.includes("action")) return false;
  return asks === undefined || !(known.includes(asks) || told?.matter === asks);
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
