import { spokenTokens } from "../../pipeline/text-normalization/spoken-words.ts";
import type { DrillTask, PaceResult, PairResult, ProsodyResult } from "../../ports/reading.ts";
import type { DrillBrief, Phrases } from "./phrases.ts";
import { join, pick } from "./variants.ts";

/** Asks for the next word or reading. A pair is named where it is new, a pace where it is asked for anew. */
export function askForTask(
  task: DrillTask,
  sentence: string,
  { drill: { tasks } }: Phrases,
  { turn = 0, known = false, again = false } = {},
): string {
  if (task.kind === "pacing") return `${tasks.readAt(task.target)} ${sentence}`;
  if (task.kind === "prosody") return `${tasks.prosody.ask(task.target, wordsOf(sentence))} ${sentence}`;
  const lead = again ? pick(tasks.sayAgain, turn) : pick(tasks.sayWord, turn);
  const said = `${lead} ${sentence}`;
  return known ? said : `${tasks.newPair(...task.words)} ${said}`;
}

/** Looks up the words of a sentence by their places, from 0. */
function wordsOf(sentence: string): (place: number) => string {
  const words = spokenTokens(sentence, undefined);
  return (place) => words[place]?.written ?? "";
}

/** Tells the result of a word, a pace or a melody, one thing to try, and what comes next; undefined where neither was judged. */
export function drillTaskReply(brief: DrillBrief, phrases: Phrases): string | undefined {
  const { tasks } = phrases.drill;
  const turn = brief.round ?? 0;
  if (brief.outcome === "not_heard" && brief.task?.kind === "minimal_pairs")
    return join(
      tasks.neither(...brief.task.words),
      skipLead(brief, phrases, turn),
      nextRequest(brief, phrases, turn),
    );
  if (brief.pair) return join(...pairParts(brief.pair, brief, phrases), nextRequest(brief, phrases, turn));
  if (brief.pace) return join(...paceParts(brief.pace, brief, phrases), nextRequest(brief, phrases, turn));
  if (brief.prosody)
    return join(...prosodyParts(brief.prosody, brief, phrases), nextRequest(brief, phrases, turn));
  return undefined;
}

function prosodyParts(result: ProsodyResult, brief: DrillBrief, { drill: { tasks } }: Phrases) {
  const { target } = result;
  const tips = tasks.prosody.tips[target.aspect === "contour" ? target.shape : target.aspect];
  const again = brief.outcome === "slipped" && brief.next === brief.sentence;
  return [tasks.prosody.heard(result, wordsOf(brief.sentence)), again && pick(tips, (brief.tries ?? 1) - 1)];
}

function pairParts(pair: PairResult, { outcome, next }: DrillBrief, { drill: { tasks } }: Phrases) {
  const [a, b] = pair.words;
  const other = pair.asked === a ? b : a;
  const again = outcome === "slipped" && next === pair.asked && !pair.finished;
  return [
    outcome === "read_well"
      ? tasks.heardRight(pair.asked, other, pair.clarity)
      : tasks.heardOther(pair.heard, pair.asked, pair.clarity),
    again && tasks.tryWay(pair.asked, pair.way),
    pair.finished && tasks.pairScore(a, b, pair.right, pair.said),
  ];
}

function paceParts({ target, measured, verdict }: PaceResult, brief: DrillBrief, phrases: Phrases) {
  const { tasks } = phrases.drill;
  const { unit, value } = target;
  const on = verdict === "on_target";
  const way =
    unit === "pause_seconds"
      ? verdict === "below"
        ? tasks.tryPace.longer
        : tasks.tryPace.shorter
      : verdict === "below"
        ? tasks.tryPace.quicker
        : tasks.tryPace.slower;
  const again = brief.next === brief.sentence;
  return [tasks.measured(unit, measured, value, on), !on && again && pick(way, (brief.tries ?? 1) - 1)];
}

function nextRequest(brief: DrillBrief, phrases: Phrases, turn: number): string {
  const { task, nextTask, next, sentence, pair, outcome } = brief;
  if (next === undefined)
    return brief.progress?.finished ? phrases.drill.roundOver : phrases.drill.stillStopped;
  if (!nextTask) return next;
  const known = samePair(task, nextTask) && !pair?.finished;
  const again = known && next === sentence && outcome !== "read_well";
  return askForTask(nextTask, next, phrases, { turn, known, again });
}

const samePair = (task: DrillTask | undefined, next: DrillTask): boolean =>
  task?.kind === "minimal_pairs" &&
  next.kind === "minimal_pairs" &&
  task.words.every((word, at) => word === next.words[at]);

/** [DR5] A pair of which neither word was heard twice in a row is left behind. */
function skipLead({ task, nextTask }: DrillBrief, { drill }: Phrases, turn: number): string | undefined {
  return nextTask === undefined || samePair(task, nextTask) ? undefined : pick(drill.skipUnheard, turn);
}
