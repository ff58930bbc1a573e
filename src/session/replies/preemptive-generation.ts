/** A reply generated in a pause of the user, ahead of its release; nothing of it is sent before. */
import type { Scope } from "../../lib/scope.ts";
import type { ReplyEvent } from "../../pipeline/mouth/reply-events.ts";
import type { Effect } from "../effects.ts";
import type { SessionContext } from "../session-context.ts";
import { generateReply } from "./generate-reply.ts";
import type { ReplyTimes } from "./latency.ts";
import { prefetch } from "./prefetch.ts";

export interface PreemptiveGeneration {
  readonly scope: Scope;
  readonly times: ReplyTimes;
  readonly given: { text: string };
  /** The events so far, then the rest as they come; to be read once. */
  readonly events: AsyncIterable<ReplyEvent>;
}

/** Starts generating in a child of the session's scope. */
export function startPreemptiveGeneration(
  session: SessionContext,
  { plan, prompt }: Extract<Effect, { type: "start_preemptive" }>,
): PreemptiveGeneration {
  const { clock } = session;
  const scope = session.scope.child();
  const preemptive: NonNullable<ReplyTimes["preemptive"]> = { begunAt: clock.now() };
  const times: ReplyTimes = { preemptive };
  const given = { text: "" };
  const generated = generateReply(session, { plan, prompt }, { times, given }, scope.signal);
  const { events, fill } = prefetch(generated, (event) => {
    if (event.type !== "transcript") preemptive.readyAt ??= clock.now();
  });
  scope.run(fill, session.onBug);
  return { scope, times, given, events };
}
