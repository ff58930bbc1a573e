import type { FeedbackPoint, PracticeFigure } from "../../ports/brief.ts";
import { type PracticeBrief, type PracticePhrases, practicePhrases } from "./practice-phrases.ts";
import { join, pick } from "./variants.ts";

/** Things to work on that are named in one reply; the report has the rest. */
const namedPoints = 2;
/** Figures that a feedback tells at least, where they were measured. */
const leastFigures = 4;

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
      return join(feedback(brief, phrases), phrases.propose);
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

/** Feedback by rules: on the words, the figures, and the best and the worst moment. */
function feedback(brief: PracticeBrief, phrases: PracticePhrases): string {
  const given = brief.feedback;
  if (!given || given.answers === 0) return phrases.nothing;
  const { points, figures = [], best, worst } = given;
  const say = (point: FeedbackPoint) => phrases.point[`${point.about}_${point.verdict}`]?.(point.value ?? 0);
  const good = points.filter(({ verdict }) => verdict === "good").flatMap((point) => say(point) ?? []);
  const work = points.filter(({ verdict }) => verdict !== "good").flatMap((point) => say(point) ?? []);
  const lines = [...good.slice(0, 1), ...work.slice(0, namedPoints)];
  // A figure that a sentence has told is not told again.
  const told = points.flatMap((point) =>
    lines.includes(say(point) ?? "") ? (sameFigure[point.about] ?? []) : [],
  );
  const others = figures.filter(({ about }) => !told.includes(about));
  const named = others
    .slice(0, Math.max(leastFigures - (figures.length - others.length), 0))
    .map(phrases.figure);
  const moment = phrases.moment[brief.practice];
  const all = [
    ...lines,
    ...(named.length > 0 ? [`${phrases.list(named)}.`] : []),
    ...(best && worst ? [moment.best(best.number, phrases.figure(best.because))] : []),
    ...(best && worst ? [moment.worst(worst.number, phrases.figure(worst.because))] : []),
  ];
  return all.length === 0 ? phrases.unjudged : all.join(" ");
}

/** Figures that a point tells already. */
const sameFigure: Readonly<Partial<Record<FeedbackPoint["about"], readonly PracticeFigure["about"][]>>> = {
  pace: ["words_per_minute", "syllables_per_second"],
  fillers: ["fillers"],
  pitch: ["pitch_movement"],
  pauses: ["longest_pause"],
};
