/** Does what `transition` decided: the thin edge between the pure state machine and engines, timers and the link. */
import { bytesPerSample } from "../protocol/audio-format.ts";
import type { ServerEvent } from "../protocol/server-events.ts";
import { sendLimits } from "./configuration/limit-levels.ts";
import type { Effect, Outgoing } from "./effects.ts";
import { deliveryRecord } from "./persistence/snapshot.ts";
import { backgroundCalls } from "./replies/background-calls.ts";
import { closeTranscription } from "./replies/close-transcription.ts";
import { LiveReplies } from "./replies/live-replies.ts";
import type { SessionContext } from "./session-context.ts";
import { Timers } from "./timers.ts";
import { transcribeItem } from "./turns/transcribe-item.ts";

export class EffectRunner {
  readonly #session: SessionContext;
  readonly #background: ReturnType<typeof backgroundCalls>;
  readonly #timers: Timers;
  readonly #replies: LiveReplies;
  /** Names of settings that were logged already. */
  readonly #ignored = new Set<string>();

  constructor(session: SessionContext) {
    this.#session = session;
    this.#background = backgroundCalls(session);
    this.#timers = new Timers(session);
    this.#replies = new LiveReplies(session, this.send);
  }

  /** Whether a reply is under way. */
  get busy(): boolean {
    return this.#replies.count > 0;
  }

  /** Responses announced in the session so far. */
  get responses(): number {
    return this.#replies.responses;
  }

  /** Numbers an event and sends it. The one place where a client without `kuku.v1` is spared the extension's events. */
  readonly send = (event: Outgoing): void => {
    const { outbound, newId, state } = this.#session;
    if (!state().extended && isExtension(event)) return;
    outbound.send({ event_id: newId("event"), ...event } as ServerEvent);
  };

  perform(effect: Effect): void {
    switch (effect.type) {
      case "send":
        return this.send(effect.event);
      case "ear_input":
        this.#session.ears.push(effect.input);
        return;
      case "keep_audio":
        return this.#keepAudio(effect);
      case "send_retrieved":
        return this.send({
          type: "conversation.item.retrieved",
          item: this.#session.itemAudio.fill(effect.item),
        });
      case "transcribe_item":
        return transcribeItem(this.#session, effect);
      case "assess":
        return this.#background.assess(effect);
      case "make_report":
        return this.#background.report(effect);
      case "store_delivery":
        return this.#session.persister?.delivery(deliveryRecord(effect));
      case "store_reading":
        return this.#session.persister?.reading(effect.reading);
      case "close_transcription":
        return closeTranscription(this.#session, effect);
      case "announce_reply":
        return this.#replies.announce(effect);
      case "retell_reply":
        return this.#replies.retell(effect);
      case "start_reply":
        return this.#replies.start(effect);
      case "start_preemptive":
        return this.#replies.startPreemptive(effect);
      case "drop_preemptive":
        return this.#replies.dropPreemptive(effect.replyId);
      case "hold_reply":
        return this.#replies.hold(effect);
      case "finish_reply":
        return this.#replies.finish(effect);
      case "log_ignored":
        return this.#logIgnored(effect.params);
      case "send_limits":
        return sendLimits(this.#session, this.send);
      case "close_reply":
        return this.#replies.close(effect);
      case "arm":
        return this.#timers.arm(effect.timer, effect.ms);
      case "disarm":
        return this.#timers.disarm(effect.timer);
      case "post":
        return this.#session.post(effect.event);
      case "end_session":
        return this.#session.endSession(effect.reason, effect.code, effect.why);
    }
  }

  /** Stops every timer; live replies end with the session's scope. */
  stop(): void {
    this.#timers.stop();
    this.#replies.clear();
  }

  #keepAudio({ itemId, startMs, endMs }: Extract<Effect, { type: "keep_audio" }>): void {
    const { itemAudio, state } = this.#session;
    const width = bytesPerSample(state().config.audio.input.format);
    itemAudio.commit(itemId, { startMs, endMs, width });
  }

  #logIgnored(params: readonly string[]): void {
    const fresh = params.filter((param) => !this.#ignored.has(param));
    for (const param of fresh) this.#ignored.add(param);
    if (fresh.length > 0) this.#session.log.info({ params: fresh }, "settings accepted but not followed");
  }
}

function isExtension({ type }: Outgoing): boolean {
  return type.startsWith("kuku.") || type.startsWith("coach.");
}
