/** Reports the usage of a request to its caller: the upstream's figures, or an estimate where it did not finish. */
import { type Stage, StageError } from "../../lib/errors.ts";
import { costOf, type OnUsage, type Price, type UsageFigures } from "../../ports/usage.ts";

/** One request's meter. */
export interface UsageMeter {
  /** The upstream has begun to answer: from here on it charges, however this ends. */
  responseStarted(): void;
  /**
   * Reports the usage of the whole request, before its last event is given, so that a reader who stops there knows
   * it.
   */
  report(figures: UsageFigures): void;
  /**
   * Passes `events` on. A request that did not finish is told with the figures of `soFar`, as an estimate, if it was
   * answered or we gave it up (an abort, a timeout): only one that was refused or never arrived is surely free, as is
   * one whose `soFar` gives undefined.
   */
  track<T>(
    events: AsyncIterable<T>,
    soFar: () => UsageFigures | undefined,
  ): AsyncGenerator<T, void, undefined>;
}

export interface MeterOptions {
  readonly stage: Stage;
  readonly model: string;
  readonly price: Price | undefined;
  /** The port's call. */
  readonly call: { readonly onUsage?: OnUsage; readonly signal: AbortSignal };
}

/** Opens the meter of one request. */
export function openUsageMeter({ stage, model, price, call }: MeterOptions): UsageMeter {
  let answered = false;
  let told = false;
  const tell = (figures: UsageFigures) => {
    if (told) return;
    told = true;
    const cost = price && costOf(figures, price);
    call.onUsage?.({ stage, model, ...figures, cost });
  };
  return {
    responseStarted() {
      answered = true;
    },
    report: tell,
    async *track(events, soFar) {
      call.signal.throwIfAborted();
      let late = false;
      try {
        yield* events;
      } catch (error) {
        late = error instanceof StageError && error.kind === "timeout";
        throw error;
      } finally {
        const used = answered || late || call.signal.aborted ? soFar() : undefined;
        if (used) tell({ ...used, estimated: true });
      }
    },
  };
}

/** Tokens that a transcription's `usage` tells; those that are charged by their length tell none. */
export function tokensOf(usage: unknown): UsageFigures {
  if (typeof usage !== "object" || usage === null) return {};
  const { input_tokens, output_tokens } = usage as { input_tokens?: unknown; output_tokens?: unknown };
  return {
    ...(typeof input_tokens === "number" && { inputTokens: input_tokens }),
    ...(typeof output_tokens === "number" && { outputTokens: output_tokens }),
  };
}

/** Tokens of so many characters, by the vendor's rule of thumb (four a token). */
export function tokensIn(characters: number): number {
  return Math.ceil(characters / 4);
}
