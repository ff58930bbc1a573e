/** The replies under way: announced, generated ahead, started, held, closed. Carries out what `transition` decided. */
import { sendLimits } from "../configuration/limit-levels.ts";
import type { Effect } from "../effects.ts";
import type { SessionContext } from "../session-context.ts";
import { LiveReply, type SendEvent } from "./live-reply.ts";
import { type PreemptiveGeneration, startPreemptiveGeneration } from "./preemptive-generation.ts";

type Of<T extends Effect["type"]> = Extract<Effect, { type: T }>;

export class LiveReplies {
  readonly #session: SessionContext;
  readonly #send: SendEvent;
  readonly #replies = new Map<string, LiveReply>();
  readonly #preemptive = new Map<string, PreemptiveGeneration>();
  #responses: number;

  constructor(session: SessionContext, send: SendEvent) {
    this.#session = session;
    this.#send = send;
    this.#responses = session.responses;
  }

  /** Replies under way. */
  get count(): number {
    return this.#replies.size;
  }

  /** Responses announced in the session so far. */
  get responses(): number {
    return this.#responses;
  }

  announce(effect: Of<"announce_reply">): void {
    const reply = new LiveReply(this.#session, this.#send, effect, ++this.#responses);
    this.#replies.set(effect.replyId, reply);
    reply.announce();
    sendLimits(this.#session, this.#send);
  }

  retell({ replyId }: Of<"retell_reply">): void {
    this.#replies.get(replyId)?.retell();
  }

  start(effect: Of<"start_reply">): void {
    const reply = this.#replies.get(effect.replyId);
    if (!reply) return;
    const ahead = effect.preemptiveId === undefined ? undefined : this.#preemptive.get(effect.preemptiveId);
    if (effect.preemptiveId !== undefined) this.#preemptive.delete(effect.preemptiveId);
    reply.start(effect, ahead);
  }

  startPreemptive(effect: Of<"start_preemptive">): void {
    this.#preemptive.set(effect.replyId, startPreemptiveGeneration(this.#session, effect));
  }

  dropPreemptive(replyId: string): void {
    this.#preemptive.get(replyId)?.scope.cancel("barge_in");
    this.#preemptive.delete(replyId);
  }

  hold({ replyId, held }: Of<"hold_reply">): void {
    const reply = this.#replies.get(replyId);
    if (reply) reply.held = held;
  }

  finish({ replyId }: Of<"finish_reply">): void {
    const reply = this.#replies.get(replyId);
    if (reply) reply.finishing = true;
  }

  close(effect: Of<"close_reply">): void {
    const reply = this.#replies.get(effect.replyId);
    this.#replies.delete(effect.replyId);
    reply?.close(effect);
  }

  /** Drops all replies; what still runs ends with the session's scope. */
  clear(): void {
    this.#replies.clear();
    this.#preemptive.clear();
  }
}
