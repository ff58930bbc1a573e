/** [TT13] A turn longer than one utterance: its parts are items of their own, and the coach hears them as one. Pure. */
import { coachLanguage } from "../../coach/coach.ts";
import { withWords } from "../../coach/delivery/word-figures.ts";
import { type CoachTurn, joinTurns } from "../../coach/flow/coach-turn.ts";
import type { Delivery } from "../../ports/delivery.ts";
import type { Transcript } from "../../ports/transcriber.ts";
import type { SessionState, TranscribedPart, TurnPart } from "./state.ts";
import type { StepContext } from "./step-context.ts";
import { patch } from "./step-context.ts";

/** A long turn with all its parts known. */
export interface CompletedTurn {
  /** Undefined: no part could be transcribed. */
  readonly turn?: CoachTurn;
  /** The last part's. */
  readonly itemId: string;
  /** Figures of the whole, by the item that ends it. */
  readonly deliveries: ReadonlyArray<{ readonly itemId: string; readonly delivery: Delivery }>;
}

/** Adds an utterance to the turn, or begins one with it. */
export function addPart(context: StepContext, itemId: string, ended: boolean): void {
  const { parts = [] } = context.state.longTurn ?? {};
  patch(context, { longTurn: { parts: [...parts, { itemId }], ended } });
}

/** Whether an item is a part of the turn that is not heard yet. */
export function isPart({ longTurn }: SessionState, itemId: string): boolean {
  return longTurn?.parts.some((part) => part.itemId === itemId) ?? false;
}

/** Whether every part so far is known; true where there is no long turn. */
export function partsTranscribed({ longTurn }: SessionState): boolean {
  return longTurn?.parts.every((part) => part.known) ?? true;
}

/** Notes the outcome of a part. */
export function settlePart(context: StepContext, itemId: string, known: TranscribedPart | "failed"): void {
  const { longTurn } = context.state;
  if (!longTurn) return;
  const parts = longTurn.parts.map((part) =>
    part.itemId === itemId ? { itemId, known: known === "failed" ? known : withoutWordTimes(known) } : part,
  );
  patch(context, { longTurn: { ...longTurn, parts } });
}

/** Word times are of one recording each, and many; the item's own figures have used them. */
function withoutWordTimes({
  transcript: { words: _, ...transcript },
  ...known
}: TranscribedPart): TranscribedPart {
  return { ...known, transcript };
}

/** Takes the turn out of the state once all of it is known; undefined before. */
export function takeLongTurn(context: StepContext): CompletedTurn | undefined {
  const { longTurn, coach, ...rest } = context.state;
  if (!longTurn?.ended || !partsTranscribed(context.state)) return undefined;
  context.state = { ...rest, coach };
  return joinParts(longTurn.parts, coachLanguage(coach));
}

/** The turn as it is if `transcript` is the last of it. */
export function withPart({ longTurn, coach }: SessionState, transcript: Transcript): CoachTurn {
  if (!longTurn) return { transcript };
  const parts = [...longTurn.parts, { itemId: "", known: { transcript } }];
  return joinParts(parts, coachLanguage(coach)).turn ?? { transcript };
}

/** `language`: BCP 47. */
function joinParts(parts: readonly TurnPart[], language: string): CompletedTurn {
  const deliveries: Array<{ itemId: string; delivery: Delivery }> = [];
  const turns: CoachTurn[] = [];
  let stretch: TurnPart[] = [];
  const { itemId } = parts.at(-1)!;
  for (const part of parts) {
    stretch.push(part);
    if (part.itemId !== itemId && !endsStretch(part)) continue;
    const turn = joinStretch(stretch, language);
    stretch = [];
    if (!turn) continue;
    turns.push(turn);
    if (turn.delivery) deliveries.push({ itemId: part.itemId, delivery: turn.delivery });
  }
  return { itemId, deliveries, ...(turns.length > 0 && { turn: joinTurns(turns) }) };
}

function endsStretch({ known }: TurnPart): boolean {
  return known !== undefined && known !== "failed" && known.turnDelivery !== undefined;
}

/** Parts that were said in one go. Undefined where none was transcribed. */
function joinStretch(parts: readonly TurnPart[], language: string): CoachTurn | undefined {
  const known = parts.flatMap((part) => (part.known && part.known !== "failed" ? part.known : []));
  if (known.length === 0) return undefined;
  const joined = joinTurns(known.map(({ transcript, delivery }) => ({ transcript, delivery })));
  if (parts.length === 1 || !joined.transcript) return joined;
  // A command is one only where it is all that was said.
  const { command: _, ...transcript } = joined.transcript;
  const whole = known.at(-1)?.turnDelivery;
  if (!whole) return { ...joined, transcript };
  // Words that are missing would slow the pace down.
  const delivery =
    known.length < parts.length ? { ...joined.delivery, ...whole } : withWords(whole, transcript, language);
  return { transcript, delivery };
}
