/** A drill's task and what came of it, in words for people; pages and terminals show the same. Pure. */
import type { CoachDrill, DrillTask } from "../protocol/kuku-events.ts";

/** The part of a judged drill turn that is put into words. */
export type DrillResult = Pick<CoachDrill, "task" | "pair" | "pace" | "prosody" | "unjudgeable"> & {
  readonly outcome?: string | undefined;
};
type Pacing = Extract<DrillTask, { kind: "pacing" }>;
type Prosody = Extract<DrillTask, { kind: "prosody" }>;

const units = { words_per_minute: "words a minute", syllables_per_second: "syllables a second" } as const;

/** A figure in the task's unit, such as `120 words a minute`, `0.6 s`. */
function figureText({ unit }: Pacing, figure: number): string {
  return unit === "pause_seconds" ? `${figure} s` : `${figure} ${units[unit]}`;
}

/** The instruction for the sentence or word that is shown. */
export function taskText(sentence: string, task: DrillTask | undefined): string {
  if (!task) return "Read this aloud";
  if (task.kind === "minimal_pairs") return `Say this word, not “${rivalOf(sentence, task.words)}”`;
  if (task.kind === "prosody") return prosodyTaskText(task);
  const around = `${figureText(task, task.value)} (± ${task.tolerance})`;
  return task.unit === "pause_seconds"
    ? `Read it, with a pause of ${around} at the dots`
    : `Read it at ${around}`;
}

const ordinals = ["first", "second", "third", "fourth", "fifth", "sixth"];

function prosodyTaskText({ aspect, syllables = [], stressed = 0, shape }: Prosody): string {
  switch (aspect) {
    case "stress":
      return `Read it, with the stress on the ${ordinals[stressed]} syllable: ${stressedForm(syllables, stressed)}`;
    case "emphasis":
      return "Read it, with the weight on the word between the asterisks";
    case "contour":
      return `Read it, and let your voice ${shape} at the end`;
    case "pauses":
      return "Read it, with a pause at the dots and nowhere else";
  }
}

/** `re-CORD` */
export function stressedForm(syllables: readonly string[], stressed: number): string {
  return syllables.map((each, at) => (at === stressed ? each.toUpperCase() : each)).join("-");
}

/** The word of a pair that was not asked for. */
function rivalOf(word: string, [first, second]: readonly [string, string]): string {
  return word === first ? second : first;
}

/** The recogniser's confidence in its choice of a pair's word, 0–1. */
function clarityText(clarity: number): string {
  if (clarity === 0) return "it could have been either";
  if (clarity < 1 / 3) return "only just";
  return clarity < 2 / 3 ? "fairly clearly" : "clearly";
}

/** Names the word of a pair that was heard. Undefined where none was told. */
function pairText({ pair, outcome }: DrillResult): string | undefined {
  if (!pair) return undefined;
  const { heard, clarity } = pair;
  // Counted as the one that was asked for, whichever it was.
  if (clarity === 0) return `Close: ${clarityText(0)}. It counts as “${heard}”.`;
  const how = clarity === undefined ? "" : `, ${clarityText(clarity)}`;
  return outcome === "read_well" ? `Heard “${heard}”${how}.` : `Heard “${heard}” instead${how}.`;
}

/** The result of a minimal pair, in words. */
function pairScoreText({ pair }: DrillResult): string | undefined {
  if (!pair) return undefined;
  const { right, said, finished } = pair;
  return `${right} of ${said} right${finished ? "; this pair is done" : " with this pair"}.`;
}

const obstacles = {
  noise: "it was too noisy",
  second_voice: "another voice could be heard",
  clipping: "it was too loud for the microphone, or too close to it",
  too_quiet: "it was too quiet, or too far from the microphone",
  reverberation: "the room echoed too much",
} as const;

/** Tells why a reading could not be judged; undefined where it could, or was not heard at all. */
function unjudgeableText({ unjudgeable }: DrillResult): string | undefined {
  return unjudgeable && `Not judged: ${obstacles[unjudgeable]}.`;
}

const verdicts = {
  rate: { on_target: "as asked", below: "slower than asked", above: "faster than asked" },
  pause: { on_target: "as asked", below: "shorter than asked", above: "longer than asked" },
} as const;

/** The result of a pacing task, in words; undefined where the pace could not be measured. */
function paceText({ task, pace }: DrillResult): string | undefined {
  if (task?.kind !== "pacing" || !pace) return undefined;
  const verdict = verdicts[task.unit === "pause_seconds" ? "pause" : "rate"][pace.verdict];
  const asked = pace.verdict === "on_target" ? "" : ` (${task.value} ± ${task.tolerance})`;
  const figure = figureText(task, pace.measured);
  return `${task.unit === "pause_seconds" ? `A pause of ${figure}` : capitalised(figure)}: ${verdict}${asked}.`;
}

/** True for a pause that was asked for and not made (0 ms), or made and not asked for. */
export function isWrongPause({ ms, asked }: { readonly ms: number; readonly asked: boolean }): boolean {
  return asked === (ms === 0);
}

/** The result of a prosody task, in words; undefined where there is none. */
function prosodyText({ task, prosody }: DrillResult): string | undefined {
  if (task?.kind !== "prosody" || !prosody) return undefined;
  const { verdict, syllable = 0, shape, semitones = 0, pauses = [] } = prosody;
  if (verdict === "unclear") return "The melody could not be told.";
  switch (task.aspect) {
    case "stress":
      return `The stress was on ${stressedForm(task.syllables ?? [], syllable)}.`;
    case "emphasis":
      return verdict === "as_asked" ? "The word stood out." : "Another word stood out more.";
    case "contour":
      return `The voice ${shape === "rise" ? "rose" : "fell"} by ${Math.abs(semitones)} semitones.`;
    case "pauses": {
      const wrong = pauses.filter(isWrongPause).length;
      return wrong === 0 ? "The pauses were where they belong." : `${wrong} of the pauses went wrong.`;
    }
  }
}

/** All that there is to say of it beside the words. */
export function drillText(drill: DrillResult): string | undefined {
  const parts = [
    unjudgeableText(drill),
    pairText(drill),
    pairScoreText(drill),
    paceText(drill),
    prosodyText(drill),
  ].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(" ") : undefined;
}

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
