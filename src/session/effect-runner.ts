/** Does what `transition` decided: the thin edge between the pure state machine and engines, timers and the link. */
import type { ServerEvent } from "../protocol/server-events.ts";
import { sendLimits } from "./configuration/limit-levels.ts";
import type { Effect, Outgoing } from "./effects.ts";
import { deliveryRecord } from "./persistence/snapshot.ts";
import { backgroundCalls } from "./replies/background-calls.ts";
import { openReplies } from "./replies/live-replies.ts";
import type { SessionContext } from "./session-context.ts";
import { openTimers } from "./timers.ts";
import { transcribeItem } from "./turns/transcribe-item.ts";

export interface EffectRunner {
  perform(effect: Effect): void;
  /** Stops every timer; live replies end with the session's scope. */
  stop(): void;
  readonly busy: boolean;
  /** Responses so far. */
  readonly responses: number;
}

/** Makes the hands of one session. */
export function effectRunner(session: SessionContext): EffectRunner {
  const { outbound, persister, newId, post } = session;
  const send = (event: Outgoing) => outbound.send({ event_id: newId("event"), ...event } as ServerEvent);
  const beside = backgroundCalls(session);
  const timers = openTimers(session);
  const replies = openReplies(session, send);
  const unfollowed = new Set<string>();

  return {
    perform(effect) {
      switch (effect.type) {
        case "send":
          return send(effect.event);
        case "ear_input":
          session.ears.push(effect.input);
          return;
        case "transcribe_item":
          return transcribeItem(session, effect);
        case "assess":
          return beside.assess(effect);
        case "make_report":
          return beside.report(effect);
        case "store_delivery":
          return persister?.delivery(deliveryRecord(effect));
        case "announce_reply":
          return replies.announce(effect);
        case "start_reply":
          return replies.start(effect);
        case "start_preemptive":
          return replies.startDraft(effect);
        case "drop_preemptive":
          return replies.dropDraft(effect.replyId);
        case "hold_reply":
          return replies.hold(effect);
        case "finish_reply":
          return replies.finish(effect);
        case "log_ignored": {
          const params = effect.params.filter((param) => !unfollowed.has(param));
          for (const param of params) unfollowed.add(param);
          if (params.length > 0) session.log.info({ params }, "settings accepted but not followed");
          return;
        }
        case "send_limits":
          return sendLimits(session, send);
        case "close_reply":
          return replies.close(effect);
        case "arm":
          return timers.arm(effect.timer, effect.ms);
        case "disarm":
          return timers.disarm(effect.timer);
        case "post":
          return post(effect.event);
        case "end_session":
          return session.endSession(effect.reason, effect.code, effect.why);
      }
    },
    stop() {
      timers.stop();
      replies.forget();
    },
    get busy() {
      return replies.count > 0;
    },
    get responses() {
      return replies.responses;
    },
  };
}
