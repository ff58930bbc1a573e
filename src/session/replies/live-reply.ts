/** One announced reply from `response.created` to `response.done`. Steps 6 to 8 of a turn. */
import type { Scope } from "../../lib/scope.ts";
import type { ReplyEvent } from "../../pipeline/mouth/reply-events.ts";
import type { TurnUsage } from "../../ports/usage.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { Effect, Outgoing } from "../effects.ts";
import { paceMs } from "../outbound/pacing.ts";
import type { SessionContext } from "../session-context.ts";
import { lastItemId, type ReplyPlan, type TurnTimes } from "../turns/state.ts";
import { generateReply, modelWithCoachTools } from "./generate-reply.ts";
import { latencyEvent, type ReplyTimes } from "./latency.ts";
import type { PreemptiveGeneration } from "./preemptive-generation.ts";
import { ResponseWriter } from "./response-writer.ts";
import { streamReply } from "./stream-reply.ts";

/** Interval at which a held reply checks whether it may go on, ms. */
const heldPollMs = 20;

type Of<T extends Effect["type"]> = Extract<Effect, { type: T }>;

/** Sends a server event; the event is numbered on the way. */
export type SendEvent = (event: Outgoing) => void;

/** Usage and cost of a reply; absent figures are not known. */
interface ReplyCost {
  readonly latency?: Readonly<Record<string, number>>;
  readonly usage?: TurnUsage;
  readonly cost?: number;
}

export class LiveReply {
  readonly #session: SessionContext;
  readonly #send: SendEvent;
  readonly #id: string;
  readonly #responseNumber: number;
  /** The plan as announced; from the start on as the reply is really made (words of care may take its place). */
  #plan: ReplyPlan;
  readonly #writer: ResponseWriter;
  #scope: Scope;
  #times: ReplyTimes = {};
  /** All text that the model has given so far. */
  #given = { text: "" };
  /** The turn that the reply answers, if any; known once the reply is started. */
  #turn: TurnTimes | undefined;
  /** Time at which that turn ended, or else the reply was announced; clock, ms. */
  #since: number;
  /** The model has been asked; before that the reply waits for transcripts. */
  #started = false;
  /** The figures of `kuku.latency`. */
  #latency: Readonly<Record<string, number>> | undefined;
  /** No audio leaves while set. */
  held = false;
  /** The reply ends with the sentence that is being said. */
  finishing = false;

  /** `responseNumber` counts the session's responses from 1. */
  constructor(
    session: SessionContext,
    send: SendEvent,
    effect: Of<"announce_reply">,
    responseNumber: number,
  ) {
    const { replyId, plan } = effect;
    this.#session = session;
    this.#send = send;
    this.#id = replyId;
    this.#responseNumber = responseNumber;
    this.#plan = plan;
    this.#scope = session.scope.child();
    this.#since = session.clock.now();
    this.#writer = new ResponseWriter({
      replyId,
      responseNumber,
      conversationId: session.state().conversationId,
      plan,
      newId: session.newId,
      send,
      sendAudio: (audio) => session.outbound.sendAudio(audio),
      lastItemId: () => lastItemId(session.state()),
      onItem: (item) => session.post({ type: "reply_item_added", replyId, item }),
    });
  }

  announce(): void {
    const { fixedText, fixed } = this.#plan;
    // [RS5] The rest of a reply that was cut is in no item until it is said.
    if (fixedText !== undefined && !fixed)
      this.#session.persister?.speaking({ replyId: this.#id, spoken: [], text: fixedText });
    this.#writer.announce();
  }

  /** Tells a socket that knows nothing of the reply its beginning: the announcement, words so far, unheard audio. */
  retell(): void {
    const { outbound, newId } = this.#session;
    for (const event of this.#writer.soFar())
      outbound.retell({ event_id: newId("event"), ...event } as ServerEvent);
    outbound.retellAudio(this.#id);
  }

  /** Asks the model and sends its answer, or sends what was generated ahead. */
  start({ plan, prompt, turn }: Of<"start_reply">, ahead: PreemptiveGeneration | undefined): void {
    const { clock, outbound, post, onBug } = this.#session;
    this.#plan = plan;
    this.#turn = turn;
    this.#since = turn?.endedAt ?? this.#since;
    this.#started = true;
    if (ahead) this.#adopt(ahead);
    this.#scope.run(
      (signal) =>
        streamReply({
          events: ahead?.events ?? this.#generate(prompt, signal),
          write: (event) => this.#write(event),
          outbound,
          onFirst: () => this.#onFirstOutput(),
          clock,
          paceMs: () => this.#paceMs(),
          isFinishing: () => this.finishing,
          onEnd: (outcome, usage) => post({ type: "reply_ended", replyId: this.#id, outcome, usage }),
          signal,
        }),
      onBug,
    );
  }

  /** Cancels what still runs, sends the closing events, and tells store, log and listeners of the reply's end. */
  close({ outcome, usage }: Of<"close_reply">): void {
    const { clock, persister, outbound, post, meter } = this.#session;
    const byTurn = outcome.status === "cancelled" && outcome.reason === "turn_detected";
    const cut = byTurn ? "barge_in" : "client_cancelled";
    this.#scope.cancel(outcome.status === "cancelled" ? cut : "finished");
    const left = this.#writer.close(outcome, usage);
    const turn = this.#started ? this.#turn : this.#session.state().turn;
    persister?.speaking(undefined);
    if (turn) meter?.addTurn();
    const at = clock.wallTime();
    const latency = this.#latency;
    const cost: ReplyCost = { ...(latency && { latency }), ...this.#session.usage.take() };
    const itemId = turn?.itemId;
    // The record is stored as it is: an absent item has no key.
    persister?.turn({
      id: this.#id,
      ...(turn && { itemId: turn.itemId }),
      status: outcome.status,
      at,
      ...cost,
    });
    outbound.replyClosed({
      responseId: this.#id,
      itemId,
      turnId: turn?.id,
      outcome,
      at,
      tookMs: clock.now() - (this.#started ? this.#since : (turn?.endedAt ?? this.#since)),
      audioMs: this.#writer.audioMs,
      ...cost,
    });
    post({ type: "reply_closed", replyId: this.#id, responseNumber: this.#responseNumber, outcome, left });
    this.#logClose(outcome, turn?.id, cost);
  }

  #adopt(ahead: PreemptiveGeneration): void {
    this.#scope.cancel("finished");
    this.#scope = ahead.scope;
    this.#times = ahead.times;
    this.#given = ahead.given;
    if (this.#times.preemptive) this.#times.preemptive.releasedAt = this.#session.clock.now();
  }

  #generate(prompt: Of<"start_reply">["prompt"], signal: AbortSignal): AsyncIterable<ReplyEvent> {
    const plan = this.#plan;
    const context = {
      times: this.#times,
      given: this.#given,
      onSentence: () => this.#persistSpeaking(),
      acting: modelWithCoachTools(this.#session, this.#id, plan),
    };
    return generateReply(this.#session, { plan, prompt }, context, signal);
  }

  #write(event: Exclude<ReplyEvent, { type: "end" }>): void {
    if (event.type === "transcript") this.#times.firstSentenceAt ??= this.#session.clock.now();
    this.#writer.write(event);
    if (event.type === "transcript") this.#persistSpeaking();
  }

  #persistSpeaking(): void {
    const { speaking } = this.#writer;
    if (speaking)
      this.#session.persister?.speaking({ replyId: this.#id, ...speaking, text: this.#given.text });
  }

  #onFirstOutput(): void {
    const { clock, post, log } = this.#session;
    if (this.#plan.modality === "audio") this.#times.firstAudioAt = clock.now();
    post({ type: "reply_sending", replyId: this.#id });
    const latency = latencyEvent(this.#id, this.#turn, this.#times, clock.now());
    if (!latency) return;
    this.#send(latency);
    const { type: _, response_id, item_id, ...figures } = latency;
    this.#latency = figures;
    log.info(
      { turn: this.#turn?.id, response: response_id, item: item_id, ...figures },
      "first output of a reply",
    );
  }

  #paceMs(): number {
    if (this.held) return heldPollMs;
    const { outbound, clock } = this.#session;
    const { attached, playback } = this.#session.state();
    // [P3] Only a speaker that is there can be waited for, and no request waits for one.
    if (this.#plan.outOfBand || !attached || outbound.awaited) return 0;
    const since = this.#times.firstAudioAt ?? clock.now();
    return paceMs({ replyId: this.#id, audioMs: this.#writer.audioMs, since }, playback, clock.now());
  }

  #logClose(outcome: Of<"close_reply">["outcome"], turn: string | undefined, cost: ReplyCost): void {
    const { log } = this.#session;
    const { latency: _, ...spent } = cost;
    const audioMs = Math.round(this.#writer.audioMs);
    const fields = { turn, response: this.#id, status: outcome.status, audioMs, ...spent };
    if (outcome.status === "failed") log.warn({ ...fields, err: outcome.error }, "reply failed");
    else log.info(fields, "reply closed");
  }
}
