import type { PaceResult, PairResult, ProsodyResult, Reading, ReadWord } from "../../ports/reading.ts";
import type { CoachTurn } from "../flow/coach-turn.ts";
import { type DrillPosition, drillLanguage, drillSentence, drillTask } from "./drill-position.ts";
import { type DrillTally, tallyPair, tallyReading, tallyTask } from "./drill-tally.ts";
import { emptyPairScore, judgePair, type PairScore, spokenWordOf } from "./minimal-pairs.ts";
import { judgePace, readForPace } from "./pacing.ts";
import { judgeProsody } from "./prosody.ts";
import { isOtherSpeech, readWell, worstWord } from "./reading-verdicts.ts";

/** A judged turn. */
export interface JudgedTurn {
  readonly well: boolean;
  /** With this turn in it. */
  readonly tally: DrillTally;
  /** The one word to work on after a slip. */
  readonly focus?: ReadWord;
  readonly pair?: Omit<PairResult, "finished">;
  readonly pairScore?: PairScore;
  readonly pace?: PaceResult;
  readonly prosody?: ProsodyResult;
}

type JudgedDrill = DrillPosition & { readonly tally: DrillTally; readonly pairScore?: PairScore };

/** Undefined where something else was said ([DR5]). */
export function judgeTurn(
  state: JudgedDrill,
  reading: Reading,
  { delivery, contour, itemId }: Pick<CoachTurn, "delivery" | "contour" | "itemId">,
): JudgedTurn | undefined {
  const task = drillTask(state);
  if (task?.kind === "minimal_pairs") return judgePairTurn(state, task.words, reading, itemId);
  if (isOtherSpeech(reading)) return undefined;
  const allRight = readWell(reading);
  const tally = tallyReading(state.tally, reading, allRight, itemId);
  const focus = worstWord(reading);
  if (!task) return { well: allRight, tally, focus };
  if (!readForPace(reading)) return { well: false, tally, focus };
  if (task.kind === "prosody") return prosodyTurn(judgeProsody(task.target, reading, contour), tally);
  const text = { text: drillSentence(state), language: drillLanguage(state) };
  const pace = judgePace(text, task.target, reading, delivery);
  if (!pace) return { well: allRight, tally, focus };
  const well = pace.verdict === "on_target";
  return { well, tally: tallyTask(tally, "paced", well), pace };
}

/** [DR20] What cannot be told is no slip, and is not counted. */
function prosodyTurn(prosody: ProsodyResult, tally: DrillTally): JudgedTurn {
  const well = prosody.verdict !== "otherwise";
  if (prosody.verdict === "unclear") return { well, tally, prosody };
  return { well, tally: tallyTask(tally, "prosody", well), prosody };
}

/** [DR12] */
function judgePairTurn(
  state: JudgedDrill,
  words: readonly [string, string],
  reading: Reading,
  itemId?: string,
): JudgedTurn | undefined {
  const heard = spokenWordOf(reading, words);
  if (heard === undefined) return undefined;
  const pair = judgePair(state, heard, reading, state.pairScore ?? emptyPairScore);
  const { said, right, asked } = pair;
  const well = heard === asked;
  return { well, tally: tallyPair(state.tally, words, well, itemId), pair, pairScore: { said, right } };
}
