/** Drill requests of a client, and the refusal of those that no material fits. Pure. */
import { isReadable } from "../../pipeline/text-normalization/spoken-words.ts";
import { exercisesOf } from "./exercises.ts";
import { type Choice, type DrillKind, findMaterial, findTexts, fits } from "./texts.ts";

export interface DrillRequest extends Choice {
  /** Left out: `sentence`. */
  readonly kind?: DrillKind;
  /** The user's own, for sentences and pacing; an empty one brings the list back. */
  readonly text?: string;
  /** Ids of exercises of this kind, to be asked for in this order and then no more. */
  readonly round?: readonly string[];
}

/** The field of a request that cannot be had, and why. */
export interface DrillRefusal {
  readonly field: "level" | "focus" | "text" | "round";
  readonly message: string;
}

/** [DR11] Undefined where the request can be had in this language (BCP 47). */
export function refuseDrill(language: string, request: DrillRequest): DrillRefusal | undefined {
  const { kind = "sentence", text, round, ...choice } = request;
  if (round !== undefined) return refuseRound(language, kind, round, { text, ...choice });
  if (text !== undefined) {
    if (text !== "" && !isReadable(text))
      return {
        field: "text",
        message: `There is nothing to read aloud in ${JSON.stringify(text)}: a text needs a word or a number.`,
      };
    if (kind === "minimal_pairs")
      return { field: "text", message: "Minimal pairs come from the drill's own list; leave text out." };
    if (kind === "prosody")
      return { field: "text", message: "Prosody comes from the drill's own list; leave text out." };
    const beside = choice.level !== undefined ? "level" : choice.focus !== undefined ? "focus" : undefined;
    return (
      beside && { field: beside, message: `A text of your own has no ${beside}; leave one of them out.` }
    );
  }
  const items = findMaterial(language, kind);
  if (items.some((item) => fits(item, choice))) return undefined;
  const what = `${kind.replace("_", " ")} drill in ${findTexts(language).language}`;
  const { level, focus } = choice;
  if (focus !== undefined && !items.some((item) => fits(item, { focus }))) {
    const there = [...new Set(items.map((item) => item.focus))].sort().join(", ");
    return { field: "focus", message: `No ${what} has the focus "${focus}". There are: ${there}.` };
  }
  const levels = items
    .filter((item) => focus === undefined || fits(item, { focus }))
    .map((item) => item.level);
  const there = [...new Set(levels)].sort().join(", ");
  return {
    field: "level",
    message: `No ${what}${focus === undefined ? "" : ` for "${focus}"`} has level ${level}. There are: ${there}.`,
  };
}

function refuseRound(
  language: string,
  kind: DrillKind,
  round: readonly string[],
  beside: Pick<DrillRequest, "text" | "level" | "focus">,
): DrillRefusal | undefined {
  const other = Object.entries(beside).find(([, value]) => value !== undefined)?.[0];
  if (other !== undefined)
    return { field: "round", message: `A round has its exercises already; leave ${other} out.` };
  const known = new Set(exercisesOf(language, kind).map(({ id }) => id));
  const unknown = round.find((id) => !known.has(id));
  if (unknown === undefined) return undefined;
  const what = `${kind.replace("_", " ")} drill in ${findTexts(language).language}`;
  return { field: "round", message: `No ${what} has an exercise ${JSON.stringify(unknown)}.` };
}
