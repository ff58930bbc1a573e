/** A drill's task and what came of it, in the page's language. Pure. */
import type { CoachDrill, DrillTask, DrillWord } from "../../src/protocol/kuku-events.ts";
import { interfaceLanguage, t } from "../messages/index.ts";

type Pacing = Extract<DrillTask, { kind: "pacing" }>;

const number = new Intl.NumberFormat(interfaceLanguage, { maximumFractionDigits: 1 });

/** A figure in the task's unit, such as `120 words a minute`, `0.6 s`. */
function figureText({ unit }: Pacing, figure: number): string {
  return `${number.format(figure)} ${t.drill.units[unit]}`;
}

/** The instruction for the sentence or word that is shown. */
export function taskText(sentence: string, task: DrillTask | undefined): string {
  if (!task) return t.drill.readThis;
  if (task.kind === "minimal_pairs")
    return t.drill.sayWord(task.words.find((word) => word !== sentence) ?? task.words[1]);
  const around = `${figureText(task, task.value)} (± ${number.format(task.tolerance)})`;
  return task.unit === "pause_seconds" ? t.drill.readWithPause(around) : t.drill.readAtPace(around);
}

/** A verdict in words. */
export function verdictText({ verdict, heard }: DrillWord): string {
  const { verdicts } = t.drill;
  if (verdict !== "substituted") return verdicts[verdict];
  return heard ? verdicts.heard(heard) : verdicts.heardElse;
}

function pairText({ pair, outcome }: CoachDrill): string[] {
  if (!pair) return [];
  const { heard, clarity, right, said, finished } = pair;
  const how =
    clarity === undefined ? "" : (t.drill.clarity[clarity < 1 / 3 ? 0 : clarity < 2 / 3 ? 1 : 2] ?? "");
  // A word that could be either counts as the one that was asked for.
  const told =
    clarity === 0
      ? t.drill.pairClose(heard)
      : outcome === "read_well"
        ? t.drill.pairHeard(heard, how)
        : t.drill.pairInstead(heard, how);
  return [told, t.drill.pairScore(right, said, finished)];
}

function paceText({ task, pace }: CoachDrill): string[] {
  if (task?.kind !== "pacing" || !pace) return [];
  const isPause = task.unit === "pause_seconds";
  const verdict = t.drill.pace[isPause ? "pause" : "rate"][pace.verdict];
  const asked =
    pace.verdict === "on_target" ? "" : ` (${number.format(task.value)} ± ${number.format(task.tolerance)})`;
  const figure = figureText(task, pace.measured);
  return [
    `${isPause ? t.drill.pace.pauseOf(figure) : figure}${interfaceLanguage === "fr" ? " : " : ": "}${verdict}${asked}.`,
  ];
}

/** How many of the words that were asked for were right; counted, so that it says the same as the words beside it. */
function rightText({ words = [], pair }: CoachDrill): string[] {
  if (pair) return [];
  const asked = words.filter(({ verdict }) => verdict !== "inserted");
  const right = asked.filter(({ verdict }) => verdict === "correct").length;
  if (right === asked.length && words.length === asked.length) return [t.drill.everyWord];
  return [t.drill.right(right, asked.length)];
}

/** All that there is to say of a turn beside its words. */
export function scoreText(drill: CoachDrill): string {
  return [...pairText(drill), ...paceText(drill), ...rightText(drill)].join(" ");
}
