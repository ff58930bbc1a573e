/** Sound that the system takes away for a while: a call, another program, a screen that was locked. */

export interface InterruptionCalls {
  /** Sound has stopped; `resume` starts it again, from a click or key press where the browser asks for one. */
  readonly onInterrupted?: ((resume: () => Promise<void>) => void) | undefined;
  /** Sound goes on after an interruption. */
  readonly onResumed?: (() => void) | undefined;
}

/** Follows a running context: suspended, or `interrupted` as Safari calls it, until it is closed. */
export function watchInterruptions(context: AudioContext, calls: InterruptionCalls): void {
  let interrupted = false;
  context.addEventListener("statechange", () => {
    if (context.state === "closed") return;
    const stopped = context.state !== "running";
    if (stopped === interrupted) return;
    interrupted = stopped;
    if (stopped) calls.onInterrupted?.(() => context.resume());
    else calls.onResumed?.();
  });
}
