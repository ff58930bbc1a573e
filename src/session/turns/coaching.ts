/** Rules [CE…], [CT…] and [TT13]: the coach takes the user's turns, and acts in its replies. Part of `transition`. */
import { type CoachState, coachLanguage, expectation } from "../../coach/coach.ts";
import { practiceReading } from "../../coach/drills/practice-reading.ts";
import type { CoachTurn } from "../../coach/flow/coach-turn.ts";
import { type CoachToolName, runCoachTool } from "../../coach/flow/tools.ts";
import type { Delivery } from "../../ports/delivery.ts";
import type { Reading } from "../../ports/reading.ts";
import { careEvent, deliveryEvent, drillEvent } from "../outbound/wire.ts";
import { configureEars } from "./configure-ears.ts";
import { takeLongTurn } from "./long-turn.ts";
import { continueTurn } from "./open-turn.ts";
import type { StepContext } from "./step-context.ts";
import { patch, send } from "./step-context.ts";
import { hasReplies } from "./transcription-session.ts";

/** Tells the client how an utterance was said, unless it wants no delivery. */
export function sendDelivery(context: StepContext, itemId: string, delivery: Delivery | undefined): void {
  if (delivery && context.state.config.kuku?.delivery !== false)
    send(context, deliveryEvent(itemId, delivery));
}

/**
 * The flow takes a turn of the user; what it makes of it goes to the client, the ears and the next reply.
 * @returns how the turn was read, in a drill
 */
export function applyUserTurn(context: StepContext, turn: CoachTurn, itemId: string): Reading | undefined {
  if (!hasReplies(context.state)) return undefined;
  const before = context.state.coach;
  const { openTurn, step } = continueTurn(context.state, { ...turn, itemId }, context.env.wallTime);
  patch(context, { coach: step.state, brief: step.brief, openTurn, ending: step.ends ?? false });
  if (step.care) send(context, careEvent(step.care, coachLanguage(step.state), itemId));
  if (step.drill) send(context, drillEvent(step.drill, itemId));
  const judged = step.drill && practiceReading(before, step.drill);
  if (judged) {
    const reading = { ...judged, itemId, at: context.env.wallTime };
    context.effects.push({ type: "store_reading", reading });
  }
  if (step.stage) send(context, { type: "coach.stage", ...step.stage });
  if (step.wrapUp) send(context, { type: "coach.wrap_up", ...step.wrapUp });
  // [CE4] Beside the reply; whoever leads a plain conversation by instructions of their own pays for no second model.
  if (step.stage && context.state.extended && context.env.capabilities.assesses)
    context.effects.push({ type: "assess", round: step.stage.round });
  listenForExpectation(context, before);
  return step.drill?.reading;
}

/** [CT1] The reply under way acts as the coach: what that changes is told as if the user's words had. */
export function coachActs(context: StepContext, name: CoachToolName): void {
  const before = context.state.coach;
  const step = runCoachTool(before, name, context.env.wallTime);
  patch(context, { coach: step.state, ...(step.ends && { ending: true }) });
  if (step.drill) send(context, drillEvent(step.drill));
  if (step.wrapUp) send(context, { type: "coach.wrap_up", ...step.wrapUp });
  listenForExpectation(context, before);
}

/** [TT13] Once all of a long turn is known the coach takes it as one. False: no part of it could be transcribed. */
export function applyLongTurn(context: StepContext): boolean {
  const heard = takeLongTurn(context);
  if (!heard) return true;
  for (const { itemId, delivery } of heard.deliveries) sendDelivery(context, itemId, delivery);
  if (heard.turn) applyUserTurn(context, heard.turn, heard.itemId);
  return heard.turn !== undefined;
}

/** Has the ears expect other words where the coach, which was `before`, now does. */
function listenForExpectation(context: StepContext, before: CoachState): void {
  if (expectation(context.state.coach)?.text !== expectation(before)?.text) configureEars(context);
}
