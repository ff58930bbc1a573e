import type { FeedbackPoint, PracticeFeedback } from "../../ports/brief.ts";
import { type PracticeBrief, type PracticePhrases, practicePhrases } from "./practice-phrases.ts";
import { pick } from "./variants.ts";

/** Things to work on that are named in one reply; the report has the rest. */
const namedPoints = 2;

/** `language`: BCP 47; English where there are no phrases. */
export function practiceReply(brief: PracticeBrief, language: string): string {
  const phrases = practicePhrases(language);
  const own = phrases[brief.practice];
  const question = brief.question === undefined ? undefined : asked(brief, brief.question, phrases);
  switch (brief.do) {
    case "open":
      return join(own.open, question);
    case "ask":
      return join(
        brief.understood ? pick(phrases.react, brief.round) : pick(phrases.unheard, brief.round),
        question,
      );
    case "repeat":
      return join(pick(phrases.repeat, brief.round), question ?? own.listen[0]);
    case "listen":
      return pick(own.listen, brief.round);
    case "feedback":
      return join(feedback(brief.feedback, phrases), phrases.propose);
    case "ask_again":
      return phrases.askAgain;
    case "again":
      return join(own.again, question);
    case "close":
      return phrases.close;
  }
}

/** The question, announced where it is the last one. */
function asked({ number, of }: PracticeBrief, question: string, { last }: PracticePhrases): string {
  return number !== undefined && number > 1 && number === of ? `${last} ${question}` : question;
}

/** One thing that was good, and two to work on at most. */
function feedback(given: PracticeFeedback | undefined, phrases: PracticePhrases): string {
  if (!given || given.answers === 0) return phrases.nothing;
  const say = (point: FeedbackPoint) => phrases.point[`${point.about}_${point.verdict}`]?.(point.value ?? 0);
  const good = given.points.filter(({ verdict }) => verdict === "good").flatMap((point) => say(point) ?? []);
  const work = given.points.filter(({ verdict }) => verdict !== "good").flatMap((point) => say(point) ?? []);
  const lines = [...good.slice(0, 1), ...work.slice(0, namedPoints)];
  return lines.length === 0 ? phrases.unjudged : lines.join(" ");
}

function join(...parts: ReadonlyArray<string | undefined>): string {
  return parts.filter((part) => part !== undefined && part !== "").join(" ");
}
