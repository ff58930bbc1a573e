/** Steps 6 to 8 of a turn: one reply from its prompt to its last frame, under its own scope. */
import { beforeAbort } from "../../lib/abort.ts";
import { type Clock, sleep } from "../../lib/clock.ts";
import { StageError } from "../../lib/errors.ts";
import { isCancellation } from "../../lib/scope.ts";
import type { ReplyEvent } from "../../pipeline/mouth/reply-events.ts";
import type { Usage } from "../../ports/reply-model.ts";
import type { ReplyOutcome } from "../events.ts";
import type { Outbound } from "../outbound/outbound.ts";

export interface ReplyStream {
  /** The reply as it is made. */
  readonly events: AsyncIterable<ReplyEvent>;
  /** Puts a piece of it on the wire. */
  write(event: Exclude<ReplyEvent, { type: "end" }>): void;
  readonly outbound: Pick<Outbound, "writable">;
  /** The first piece is out: text of a written reply, audio of a spoken one. */
  onFirst(): void;
  /** Whether it is to end with the sentence it is saying. */
  isFinishing(): boolean;
  /** Wait before more audio is sent, ms. */
  paceMs(): number;
  readonly clock: Clock;
  onEnd(outcome: ReplyOutcome, usage?: Usage): void;
  readonly signal: AbortSignal;
}

/** Makes and sends a reply. Once the signal is aborted nothing of it leaves, whatever the engines still yield. */
export async function streamReply(run: ReplyStream): Promise<void> {
  const { signal } = run;
  try {
    await sendReply(run);
  } catch (error) {
    if (signal.aborted && isCancellation(error)) return;
    if (!(error instanceof StageError)) throw error;
    if (!signal.aborted) run.onEnd({ status: "failed", error });
  }
}

async function sendReply(run: ReplyStream): Promise<void> {
  const { signal, outbound } = run;
  let begun = false;
  let speaking = false;
  for await (const event of run.events) {
    if (signal.aborted) return;
    if (event.type === "end") {
      run.onEnd(outcomeOf(event), event.usage);
      return;
    }
    if (event.type === "audio") await keepPace(run);
    if (signal.aborted) return;
    // The next sentence begins here; one, at least, is said.
    if (event.type === "transcript" && speaking && run.isFinishing())
      return run.onEnd({ status: "incomplete", reason: "max_output_tokens" });
    run.write(event);
    speaking ||= event.type === "transcript";
    if (!begun && event.type !== "transcript") {
      begun = true;
      run.onFirst();
    }
    if (event.type !== "audio") continue;
    const drained = outbound.writable();
    if (drained) await beforeAbort(drained, signal).catch(() => {});
  }
}

function outcomeOf({ incomplete, finish, empty }: ReplyEvent & { type: "end" }): ReplyOutcome {
  if (!incomplete) return { status: "completed" };
  const reason = finish === "content_filter" ? "content_filter" : "max_output_tokens";
  return { status: "incomplete", reason, ...(empty && { empty }) };
}

/** Longest wait before the pace is looked at again, ms: a report may have come meanwhile. */
const longestPaceWaitMs = 100;

async function keepPace(run: ReplyStream): Promise<void> {
  for (let wait = run.paceMs(); wait > 0; wait = run.paceMs())
    // Whole milliseconds: a wait as small as a rounding error would not move the clock.
    await sleep(run.clock, Math.min(Math.ceil(wait), longestPaceWaitMs), run.signal);
}
