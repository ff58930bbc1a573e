/** Hedged requests: where the first token is late a second request is made; the first answer wins, the other is cancelled. */
import type { Clock } from "../../lib/clock.ts";
import { openScope, type Scope } from "../../lib/scope.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import type { Prompt } from "../../ports/prompt.ts";
import type { ReplyDelta, ReplyModel, ReplyOptions } from "../../ports/reply-model.ts";

export interface HedgeOptions {
  /** Time that the first request may take to its first delta before a second one is made, ms. */
  readonly afterMs: number;
  readonly clock: Clock;
}

/** A ReplyModel that asks twice where the first answer is late. `onUsage` hears of both, the loser an estimate. */
export function hedged(model: ReplyModel, options: HedgeOptions): ReplyModel {
  return {
    name: model.name,
    callsTools: model.callsTools,
    ...(model.answersJson && { answersJson: true }),
    reply: (prompt, call) => race(model, prompt, call, options),
  };
}

interface Contender {
  readonly life: Scope;
  readonly rest: AsyncIterator<ReplyDelta>;
  readonly first: Promise<{ contender: Contender; result: IteratorResult<ReplyDelta> }>;
}

async function* race(
  model: ReplyModel,
  prompt: Prompt,
  call: ReplyOptions,
  { afterMs, clock }: HedgeOptions,
): AsyncGenerator<ReplyDelta, void, undefined> {
  const { signal } = call;
  signal.throwIfAborted();
  const contenders: Contender[] = [];
  const enter = () => {
    const contender = startReply(model, prompt, call);
    contenders.push(contender);
    return contender;
  };
  let cancelTimer = () => {};
  try {
    const leading = enter();
    const late = new Promise<"late">((resolve) => {
      cancelTimer = clock.after(afterMs, () => resolve("late"));
    });
    const early = await Promise.race([leading.first, late]);
    const { contender, result } = early === "late" ? await firstOf(leading, enter()) : early;
    for (const other of contenders) if (other !== contender) other.life.cancel("finished");
    for (let next = result; !next.done; next = await contender.rest.next()) yield next.value;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    cancelTimer();
    for (const { life } of contenders) life.cancel("finished");
  }
}

function startReply(model: ReplyModel, prompt: Prompt, call: ReplyOptions): Contender {
  const life = openScope().follow(call.signal);
  const rest = untilAborted(model.reply(prompt, { ...call, signal: life.signal }), life.signal);
  const first = rest.next().then((result) => ({ contender, result }));
  // The failure of a request that lost the race is not reported.
  first.catch(() => {});
  const contender: Contender = { life, rest, first };
  return contender;
}

/** The one that answers first; where both fail, the first one's failure. */
async function firstOf(a: Contender, b: Contender) {
  try {
    return await Promise.any([a.first, b.first]);
  } catch (error) {
    throw (error as AggregateError).errors[0];
  }
}
