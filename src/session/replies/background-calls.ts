/** A model's work beside the conversation, in the session's scope: assess a turn, write the report. */
import type { Scope } from "../../lib/scope.ts";
import type { Effect } from "../effects.ts";
import type { SessionContext } from "../session-context.ts";
import { reportWithin, requestAssessment } from "./background-requests.ts";
import { promptItems } from "./prompt.ts";

/** An assessment that takes longer comes too late for its turn, ms. */
const assessmentMs = 20_000;
/** Longest wait of a session's end for a model's report; then it is written by rules, ms. */
const reportMs = 15_000;

type Of<T extends Effect["type"]> = Extract<Effect, { type: T }>;

/** Makes the two. */
export function backgroundCalls(session: SessionContext) {
  const { engines, clock, post, onBug } = session;
  const onUsage = session.usage.add;
  const model = engines.replyModel;
  let assessing: Scope | undefined;

  /** Runs in a scope of its own, which ends with the work, or after `ms`. */
  const within = (ms: number, work: (signal: AbortSignal) => Promise<void>): Scope => {
    const scope = session.scope.child();
    const stop = clock.after(ms, () => scope.cancel("deadline"));
    const over = () => {
      stop();
      scope.cancel("finished");
    };
    scope.run((signal) => work(signal).finally(over), onBug);
    return scope;
  };

  return {
    /** [CE4] A newer turn's takes the place of an older one's. */
    assess({ round }: Of<"assess">): void {
      assessing?.cancel("finished");
      const { coach } = session.state();
      const items = promptItems(session.state().entries);
      assessing = within(assessmentMs, async (signal) => {
        const assessment = await requestAssessment(coach, items, { model, signal, onUsage });
        if (assessment && !signal.aborted) post({ type: "assessed", round, assessment });
      });
    },
    /** [CE3] A model that is late or fails leaves it to the rules. */
    report({ closeMs }: Of<"make_report">): void {
      const { coach } = session.state();
      const items = promptItems(session.state().entries);
      const begun = clock.now();
      session.scope.run(async (signal) => {
        const report = await reportWithin(coach, items, { model, onUsage, signal, clock, ms: reportMs });
        post({ type: "reported", report, closeMs: Math.max(0, closeMs - (clock.now() - begun)) });
      }, onBug);
    },
  };
}
