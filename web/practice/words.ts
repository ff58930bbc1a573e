/** A drill's task and what came of it, in the page's language. Pure. */

import { isWrongPause, stressedForm } from "../../src/client/drill-words.ts";
import { isAsked, isSlip } from "../../src/client/report/reading-words.ts";
import type { CoachDrill, DrillTask, DrillWord } from "../../src/protocol/kuku-events.ts";
import { interfaceLanguage, t } from "../messages/index.ts";

type Pacing = Extract<DrillTask, { kind: "pacing" }>;
type Prosody = Extract<DrillTask, { kind: "prosody" }>;

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
  if (task.kind === "prosody") return prosodyTaskText(sentence, task);
  const around = `${figureText(task, task.value)} (± ${number.format(task.tolerance)})`;
  return task.unit === "pause_seconds" ? t.drill.readWithPause(around) : t.drill.readAtPace(around);
}

function prosodyTaskText(sentence: string, { aspect, word = 0, shape = "fall", ...task }: Prosody): string {
  const { stress, emphasis, contour, pauses } = t.drill.prosody;
  switch (aspect) {
    case "stress":
      return stress(stressedForm(task.syllables ?? [], task.stressed ?? 0));
    case "emphasis":
      return emphasis(wordAt(sentence, word));
    case "contour":
      return contour[shape];
    case "pauses":
      return pauses;
  }
}

/** A word of a sentence, by its place among those that are read. */
function wordAt(sentence: string, place: number): string {
  const words = sentence.split(/\s+/).map((word) => word.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ""));
  return words.filter((word) => word !== "")[place] ?? "";
}

function prosodyText({ sentence, task, prosody }: CoachDrill): string[] {
  if (task?.kind !== "prosody" || !prosody) return [];
  const words = t.drill.prosody;
  const { verdict, syllable = 0, word = 0, shape = "level", pauses = [] } = prosody;
  if (verdict === "unclear") return [words.unclear];
  switch (task.aspect) {
    case "stress":
      return [words.stressHeard(stressedForm(task.syllables ?? [], syllable))];
    case "emphasis":
      return [(verdict === "as_asked" ? words.emphasised : words.outweighed)(wordAt(sentence, word))];
    case "contour":
      return [words.ended[shape]];
    case "pauses": {
      const wrong = pauses.filter(isWrongPause);
      if (wrong.length === 0) return [words.pausesRight];
      return wrong.map(({ asked, after }) =>
        (asked ? words.pauseMissing : words.pauseStray)(wordAt(sentence, after)),
      );
    }
  }
}

/** A verdict in words. */
export function verdictText({ verdict, heard, exempt }: DrillWord): string {
  const { verdicts } = t.drill;
  if (exempt) return verdicts[exempt];
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
  const asked = words.filter(isAsked);
  const right = asked.filter(({ verdict }) => verdict === "correct").length;
  const last = words.at(-1)?.exempt === "unread" ? asked.at(-1)?.expected : undefined;
  if (last !== undefined) return [t.drill.right(right, asked.length), t.drill.endedAfter(last)];
  if (!words.some(isSlip)) return [t.drill.everyWord];
  return [t.drill.right(right, asked.length)];
}

/** All that there is to say of a turn beside its words. */
export function scoreText(drill: CoachDrill): string {
  return [...pairText(drill), ...paceText(drill), ...prosodyText(drill), ...rightText(drill)].join(" ");
}
