/** What holds of a good reply, each check alone; undefined: it does not apply. */
import { contentWords, sharedWords } from "../../src/coach/nlu/content-words.ts";
import type { Brief } from "../../src/ports/brief.ts";
import type { PromptItem } from "../../src/ports/prompt.ts";
import type { Told } from "./coachees.ts";
import { isWholeClause, quotesIn } from "./quotes.ts";

/** A reply and what it answers. */
export interface Reply {
  readonly text: string;
  readonly brief: Brief;
  /** All that was said before it. */
  readonly items: readonly PromptItem[];
  /** BCP 47. */
  readonly language: string;
  /** What the turn before it has told, where the script says so. */
  readonly told?: Told;
}

export const checkNames = [
  "question",
  "acknowledges",
  "short",
  "no advice",
  "stage",
  "invents nothing",
  "quotes whole",
  "listens",
] as const;
export type CheckName = (typeof checkNames)[number];

/** Words of a spoken turn. */
const longest = 40;
/** The share of the words of what the coach says the user will do that the user must have said. */
const leastShared = 0.6;

const advice =
  /\b(?:you (?:should|must|need to|ought to|have to|could try)|i(?:'d| would)? (?:suggest|recommend|advise)|why don't you|my advice|try to|vous (?:devez|devriez|pourriez essayer)|il faut que vous|je vous (?:conseille|suggère|recommande))\b/i;
/** What only a later stage asks. */
const asksFor: ReadonlyArray<readonly [stage: number, RegExp]> = [
  [4, /\bwill you (?:do|start|begin|take)|first step|when will you|que ferez-vous|quand le ferez/i],
  [3, /\bcould you do\b|your options|what else would be possible|que pourriez-vous faire/i],
];
const stages = ["topic", "goal", "reality", "options", "way_forward"];
const promised =
  /\byou(?:'ve| have)? (?:decided|committed|promised|agreed) to ([^.,;?!]+)|\byou(?:'ll| will) ([^.,;?!]+)|[“"«]\s*(.+?)\s*[”"»]/gi;

const checks: Readonly<Record<CheckName, (reply: Reply) => boolean | undefined>> = {
  question: ({ text, brief }) => text.split("?").length - 1 === (isGoodbye(brief) ? 0 : 1),
  acknowledges: ({ text, brief }) =>
    brief.kind === "coaching" && brief.wrapUp?.do !== "close" ? !/^[^.!?]*\?/.test(text.trim()) : undefined,
  // What care says is fixed, and longer for good reason.
  short: ({ text, brief }) =>
    brief.kind === "care" ? undefined : wordsOf(text) > 0 && wordsOf(text) <= longest,
  "no advice": ({ text, brief }) => (brief.kind === "care" ? undefined : !advice.test(text)),
  stage: ({ text, brief }) => {
    if (brief.kind !== "coaching" || brief.confirm) return undefined;
    const { wrapUp } = brief;
    if (wrapUp?.do === "propose" || wrapUp?.do === "ask_again")
      return /\b(?:wrap|end|stop|finish|close|conclure|terminer|arrêter|finir)/i.test(text);
    if (wrapUp?.do === "close") return undefined;
    const question = text.match(/[^.!?]+\?/g)?.at(-1) ?? "";
    const asked = asksFor.find(([, pattern]) => pattern.test(question))?.[0] ?? 0;
    return asked <= stages.indexOf(brief.stage);
  },
  "invents nothing": ({ text, brief, items, language }) => {
    if (brief.kind === "care" || (brief.kind === "coaching" && brief.confirm)) return undefined;
    const user = items.flatMap((item) => (item.role === "user" ? [item.text] : [])).join(" ");
    const said = contentWords(user, language);
    return [...text.matchAll(promised)].every((match) => {
      const claim = contentWords(match[1] ?? match[2] ?? match[3] ?? "", language);
      return claim.length === 0 || sharedWords(claim, said) >= leastShared;
    });
  },
  "quotes whole": ({ text, brief, items }) => {
    // What the coach asks back may have been misheard: that is why it asks.
    if (brief.kind === "care" || (brief.kind === "coaching" && brief.confirm)) return undefined;
    const quotes = quotesIn(text);
    const user = items.flatMap((item) => (item.role === "user" ? [item.text] : []));
    return quotes.length === 0 ? undefined : quotes.every((quote) => isWholeClause(quote, user));
  },
  listens: ({ text, told }) => {
    const deaf = told && deafQuestions[told];
    return deaf && !deaf.test(text.match(/[^.!?]+\?/g)?.at(-1) ?? "");
  },
};

/** Questions for what was just told, in English and French. */
const deafQuestions: Readonly<Partial<Record<Told, RegExp>>> = {
  now: /what(?: is|'s) (?:happening|going on)|how are things|que se passe/i,
  tried: /have you (?:already )?tried|avez-vous (?:déjà )?essayé/i,
  obstacle: /in (?:the|your) way\?|in the way, and|fait obstacle|pourrait gêner/i,
  goal: /good outcome|your goal|do you want to (?:get|reach|achieve)|bon résultat|votre objectif/i,
  when: /when will you|could you do\?|will you do first|quand le ferez|pourriez-vous faire|ferez-vous en premier/i,
  people: /who else|qui d'autre/i,
  ideas: /what could you do\?|que pourriez-vous faire/i,
  sure: /how sure|à quel point/i,
};

function isGoodbye(brief: Brief): boolean {
  if (brief.kind === "coaching") return brief.wrapUp?.do === "close";
  return brief.kind === "care" && !brief.says.includes("?");
}

function wordsOf(text: string): number {
  return text.split(/\s+/).filter((piece) => /\p{L}/u.test(piece)).length;
}

/** Every check that applies to a reply, and whether it holds. */
export function checkReply(reply: Reply): ReadonlyMap<CheckName, boolean> {
  const results = new Map<CheckName, boolean>();
  for (const name of checkNames) {
    const holds = checks[name](reply);
    if (holds !== undefined) results.set(name, holds);
  }
  return results;
}
