/** What a session has a model do beside the conversation: assess a turn, write the report. In the session's scope. */
import { sleep } from "../lib/clock.ts";
import type { Scope } from "../lib/scope.ts";
import type { Effect } from "./effects.ts";
import type { Performing } from "./performing.ts";
import { promptItems } from "./prompt.ts";
import { askAssessment, makeReport } from "./reporting.ts";

/** An assessment that takes longer comes too late for its turn, ms. */
const assessmentMs = 20_000;
/** How long the end of a session waits for a model's report; then it is written by rules, ms. */
export const reportMs = 15_000;

type Of<T extends Effect["type"]> = Extract<Effect, { type: T }>;

/** Makes the two. */
export function asides(session: Performing) {
  const { engines, clock, post, onBug } = session;
  const onUsage = session.spending.add;
  const model = engines.replyModel;
  let assessing: Scope | undefined;

  /** Runs in a scope of its own, which ends after `ms`. */
  const within = (ms: number, work: (signal: AbortSignal) => Promise<void>): Scope => {
    const scope = session.scope.child();
    scope.run(async (signal) => {
      const done = new AbortController();
      sleep(clock, ms, done.signal).then(
        () => scope.cancel("deadline"),
        () => {},
      );
      try {
        await work(signal);
      } finally {
        done.abort();
      }
    }, onBug);
    return scope;
  };

  return {
    /** [CE4] A newer turn's takes the place of an older one's. */
    assess({ round }: Of<"assess">): void {
      assessing?.cancel("finished");
      const { coach } = session.state();
      const items = promptItems(session.state().entries);
      assessing = within(assessmentMs, async (signal) => {
        const assessment = await askAssessment(coach, items, { model, signal, onUsage });
        if (assessment && !signal.aborted) post({ type: "assessed", round, assessment });
      });
    },
    /** [CE3] A model that is late or fails leaves it to the rules. */
    report({ closeMs }: Of<"make_report">): void {
      const { coach } = session.state();
      const items = promptItems(session.state().entries);
      const begun = clock.now();
      session.scope.run(async (sessionSignal) => {
        const life = new AbortController();
        const onEnd = () => life.abort(sessionSignal.reason);
        sessionSignal.addEventListener("abort", onEnd, { once: true });
        const late = sleep(clock, reportMs, life.signal).then(
          () => life.abort(),
          () => {},
        );
        try {
          const report = await makeReport(coach, items, { model, signal: life.signal, onUsage });
          post({ type: "reported", report, closeMs: left(closeMs, clock.now() - begun) });
        } catch (error) {
          if (sessionSignal.aborted || !life.signal.aborted) throw error;
          const report = await makeReport(coach, items, { model: rulesOnly(model), signal: sessionSignal });
          post({ type: "reported", report, closeMs: left(closeMs, clock.now() - begun) });
        } finally {
          sessionSignal.removeEventListener("abort", onEnd);
          life.abort();
          await late;
        }
      }, onBug);
    },
  };
}

function left(ms: number, passed: number): number {
  return Math.max(0, ms - passed);
}

function rulesOnly(model: Performing["engines"]["replyModel"]) {
  return { ...model, answersJson: false };
}
