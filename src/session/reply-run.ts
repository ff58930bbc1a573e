/** Steps 6 to 8 of a turn: one reply from its prompt to its last frame, under its own scope. */
import { type Clock, sleep } from "../lib/clock.ts";
import { StageError } from "../lib/errors.ts";
import { isCancellation } from "../lib/scope.ts";
import type { ReplyModel, Synthesizer, Usage } from "../pipeline/ports.ts";
import { reply } from "../pipeline/reply.ts";
import type { Prompt } from "../pipeline/speech.ts";
import { sampleRate } from "../protocol/audio-format.ts";
import type { ReplyOutcome } from "./events.ts";
import type { Link } from "./link.ts";
import type { ResponseWriter } from "./response-writer.ts";
import type { ReplyPlan } from "./state.ts";

export interface ReplyRun {
  readonly plan: ReplyPlan;
  readonly prompt: Prompt;
  /** The engine's name of the planned voice. */
  readonly voice: string;
  readonly model: ReplyModel;
  readonly synthesizer: Synthesizer;
  readonly writer: ResponseWriter;
  readonly link: Link;
  /** The model's first token came. */
  onFirstDelta(): void;
  /** The first piece is out: text of a written reply, audio of a spoken one. */
  onFirst(): void;
  /** How long to wait before more audio is sent, ms. */
  paceMs(): number;
  readonly clock: Clock;
  onEnd(outcome: ReplyOutcome, usage?: Usage): void;
  readonly signal: AbortSignal;
}

/** Makes and sends a reply. Once the signal is aborted nothing of it leaves, whatever the engines still yield. */
export async function runReply(run: ReplyRun): Promise<void> {
  const { signal } = run;
  try {
    await sendReply(run);
  } catch (error) {
    if (signal.aborted && isCancellation(error)) return;
    if (!(error instanceof StageError)) throw error;
    if (!signal.aborted) run.onEnd({ status: "failed", error });
  }
}

async function sendReply(run: ReplyRun): Promise<void> {
  const { plan, signal, writer, link } = run;
  const spoken = plan.modality === "audio";
  let begun = false;
  const events = reply(run.prompt, {
    model: run.model,
    ...(spoken && { synthesizer: run.synthesizer }),
    voice: run.voice,
    speed: plan.speed,
    rate: sampleRate(plan.format),
    language: run.prompt.language,
    ...(plan.maxOutputTokens !== "inf" && { maxOutputTokens: plan.maxOutputTokens }),
    signal,
    onFirstDelta: run.onFirstDelta,
  });
  for await (const event of events) {
    if (signal.aborted) return;
    if (event.type === "end") {
      run.onEnd(
        event.incomplete ? { status: "incomplete", reason: "max_output_tokens" } : { status: "completed" },
        event.usage,
      );
      return;
    }
    writer.write(event);
    if (!begun && event.type !== "transcript") {
      begun = true;
      run.onFirst();
    }
    if (event.type !== "audio") continue;
    const drained = link.writable();
    if (drained) await eitherEnds(drained, signal);
    await keepPace(run);
  }
}

/** Longest wait before the pace is looked at again, ms: a report may have come meanwhile. */
const lookAgainMs = 100;

async function keepPace(run: ReplyRun): Promise<void> {
  for (let wait = run.paceMs(); wait > 0; wait = run.paceMs())
    await sleep(run.clock, Math.min(wait, lookAgainMs), run.signal);
}

/** Waits for a socket to drain, but no longer than the reply lives. */
function eitherEnds(drained: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      signal.removeEventListener("abort", done);
      resolve();
    };
    signal.addEventListener("abort", done, { once: true });
    drained.then(done, done);
  });
}
