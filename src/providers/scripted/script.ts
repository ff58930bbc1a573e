/** Shared by the scripted providers: answers in order or made from the call, with delays and failures on request. */
import { beforeAbort } from "../../lib/abort.ts";
import { type Clock, sleep } from "../../lib/clock.ts";
import { type Stage, StageError, type StageErrorKind } from "../../lib/errors.ts";
import type { OnUsage, UsageFigures } from "../../ports/usage.ts";

/**
 * The answers to give. A list is used up in order and its last answer repeats; a function is asked per call, `call`
 * counting from 0.
 */
export type Script<Call, Answer> = readonly Answer[] | ((call: Call & { readonly call: number }) => Answer);

/** Delays and failures of an answer. Left out, the answer comes at once and whole. */
export interface ScriptedTiming {
  /** Before the first output, ms of the clock. */
  readonly delayMs?: number;
  /** Between two outputs, ms of the clock. */
  readonly gapMs?: number;
  /** The call throws a StageError of this kind instead of finishing. */
  readonly fail?: StageErrorKind;
  /** Outputs given before it fails; see each provider for its default. */
  readonly failAfter?: number;
  /** After this many outputs nothing comes any more until the call is aborted. */
  readonly stallAfter?: number;
  /** Usage reported at the beginning of the call; left out, none is reported. */
  readonly usage?: UsageFigures;
}

/** Reports the usage of an answer, where it has one. */
export function reportUsage(stage: Stage, { usage }: ScriptedTiming, onUsage: OnUsage | undefined): void {
  if (usage) onUsage?.({ stage, model: "scripted", ...usage });
}

/** Walks a script: each call of the returned function gives the next answer. */
export function answerReader<Call extends object, Answer>(
  script: Script<Call, Answer>,
): (call: Call) => Answer {
  let calls = 0;
  if (typeof script === "function") return (call) => script({ ...call, call: calls++ });
  if (script.length === 0) throw new RangeError("a script needs at least one answer");
  return () => script[Math.min(calls++, script.length - 1)] as Answer;
}

/**
 * Fails or stalls as scripted once `given` outputs were given.
 * @throws StageError, or the signal's reason after a stall.
 */
export async function failOrStall(
  stage: Stage,
  staging: ScriptedTiming,
  given: number,
  signal: AbortSignal,
): Promise<void> {
  if (staging.stallAfter !== undefined && given >= staging.stallAfter)
    await beforeAbort(new Promise<never>(() => {}), signal);
  if (staging.fail && given >= (staging.failAfter ?? 0)) throw new StageError(stage, staging.fail);
}

/**
 * Gives `outputs` as staged. A wanted failure always comes, after the last output at the latest.
 * @throws StageError as staged, or the signal's reason once aborted.
 */
export async function* playOutputs<T>(
  stage: Stage,
  outputs: Iterable<T>,
  staging: ScriptedTiming,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  signal.throwIfAborted();
  if (staging.delayMs) await sleep(clock, staging.delayMs, signal);
  const troubled = staging.fail !== undefined || staging.stallAfter !== undefined;
  let given = 0;
  for (const output of outputs) {
    if (troubled) await failOrStall(stage, staging, given, signal);
    if (given > 0 && staging.gapMs) await sleep(clock, staging.gapMs, signal);
    signal.throwIfAborted();
    yield output;
    given++;
  }
  if (troubled) await failOrStall(stage, staging, Number.POSITIVE_INFINITY, signal);
  signal.throwIfAborted();
}
