/** Conversation by requests: one message in, the coach's answer out, through the same session as a socket's. */
import { awaitsWrapUp } from "../../coach/coach.ts";
import { onAbort } from "../../lib/abort.ts";
import { newId } from "../../lib/ids.ts";
import type { Recording } from "../../pipeline/audio/wav.ts";
import type { ServerEvent, ServerEventOf } from "../../protocol/server-events.ts";
import type { UserMessage } from "../../session/events.ts";
import type { Listener } from "../../session/outbound/outbound.ts";
import { contentText } from "../../session/replies/prompt.ts";
import type { LiveSession } from "../../session/session.ts";
import { isApologisedFor } from "../../session/turns/reply-rules.ts";
import { findEntry } from "../../session/turns/state.ts";
import type { Principal } from "../access/principal.ts";
import { type HttpError, protocolError } from "../net/http-error.ts";
import { MessageQueues } from "./message-queues.ts";
import { ReplyCollector } from "./reply-collector.ts";
import type { SessionRegistry } from "./session-registry.ts";

/** Time that an ended session has to become durable, ms. */
const storingMs = 5_000;

/** One message of the conversation. */
interface ExchangeMessage {
  /** The item's id. */
  readonly id: string;
  readonly text: string;
  /** Creation time as stored, wall-clock ms; undefined where the item has left the conversation. */
  readonly createdAt: number | undefined;
}

/** Answer to a message. */
export interface Answer {
  /** The user's message; `text` is empty where the words could not be understood. */
  readonly user: ExchangeMessage;
  /** The coach's message; absent where the reply failed, the user's message being kept all the same. */
  readonly coach?: ExchangeMessage & {
    /** Absent of a written reply. */
    readonly audio?: Recording;
  };
  /** Whether the coach asks to end. */
  readonly awaitingWrapUp: boolean;
  /** The report, where the session ended with this answer. */
  readonly report?: string;
}

/** Principal and address against whose limits a message counts. */
export interface Speaker {
  readonly principal: Principal;
  readonly address?: string | undefined;
}

export interface MessageExchange {
  /**
   * Says something in a session and waits for the whole answer; messages of one session are taken one after another.
   * `itemId` identifies a message that is sent again after a crash: an answer of before is returned again.
   * @throws HttpError `session_not_found`, `session_ended`, `session_elsewhere`, `session_busy`, `store_unavailable`,
   * `conversation_full`, `message_too_large`, `storage_behind`; `session_busy` once the signal is aborted before the message had its turn, the signal's reason
   * if it is aborted later (the message is answered all the same)
   */
  say(
    at: {
      readonly sessionId: string;
      readonly ownerId: string;
      readonly itemId?: string;
      /** Default: the owner, under the limits of users alone. */
      readonly speaker?: Speaker | undefined;
    },
    said: UserMessage,
    signal: AbortSignal,
  ): Promise<Answer>;
  /**
   * Ends a session as its user would. Resolves once that is stored.
   * @throws HttpError as above; `store_unavailable` where it has ended, and that is not stored within 5 s, or at once while
   * the database is away
   */
  end(sessionId: string, ownerId: string): Promise<void>;
}

/** Opens the exchange over this process's sessions. */
export function openMessageExchange(sessions: SessionRegistry): MessageExchange {
  const queues = new MessageQueues();
  return {
    say({ sessionId, ownerId, itemId = newId("item"), speaker }, said, signal) {
      return queues.inTurn(sessionId, signal, async () => {
        const { principal, address } = speaker ?? { principal: { id: ownerId } };
        const session = await sessions.find({ sessionId }, principal, { address, by: "message" });
        const { state } = session;
        const known = findEntry(state, itemId);
        const earlier = known && earlierAnswer(session, itemId);
        // Unanswered where a process died in between, as long as nothing else was said since.
        const unanswered = !earlier?.coach && state.entries.at(-1) === known;
        if (earlier && !unanswered) return earlier;
        const answered = await new Exchange(session, itemId).run(known ? undefined : said, signal);
        if (answered.report !== undefined) {
          await session.ended;
          await session.settled(storingMs);
        }
        return answered;
      });
    },
    async end(sessionId, ownerId) {
      const session = await sessions.find({ sessionId }, { id: ownerId }, { by: "end" });
      session.end("finished");
      await session.ended;
      if ((await session.settled(storingMs)) !== "late") return;
      throw protocolError("store_unavailable", "The session has ended, which is not stored yet.", {
        retryAfter: 5,
      });
    },
  };
}

/** One message and the answer to it, in a live session. */
class Exchange {
  readonly #session: LiveSession;
  readonly #itemId: string;
  readonly #answer = Promise.withResolvers<Answer>();
  readonly #replies = new ReplyCollector();
  /** Whether the message is in the conversation: every reply announced from then on answers it, perhaps with later ones. */
  #taken = false;
  #report: string | undefined;
  /** The reply that answers; its message is undefined where it failed. */
  #last: { readonly coach: Answer["coach"] } | undefined;

  constructor(session: LiveSession, itemId: string) {
    this.#session = session;
    this.#itemId = itemId;
  }

  /**
   * Says the message and collects the replies until one is done. Without `said` it was said before: the reply under way
   * answers it, or else one is requested.
   */
  run(said: UserMessage | undefined, signal: AbortSignal): Promise<Answer> {
    const session = this.#session;
    this.#taken = said === undefined;
    const stop = session.listen({
      awaitsReply: true,
      audio: (audio) => this.#replies.audio(audio),
      event: (event) => this.#onEvent(event),
      replyClosed: (reply) => this.#onReplied(reply),
      closed: () => this.#onClosed(),
    });
    const { reply } = session.state;
    if (said) session.receiveMessage(this.#itemId, said);
    else if (reply.type !== "none") this.#replies.follow(reply.replyId);
    else session.receive({ type: "response.create", event_id: this.#itemId });
    const unlink = onAbort(signal, () => (this.#last ? this.#finish() : this.#answer.reject(signal.reason)));
    return this.#answer.promise.finally(() => {
      stop();
      unlink();
    });
  }

  #onEvent(event: ServerEvent): void {
    if (event.type === "coach.report") this.#report = event.text;
    if (event.type === "conversation.item.added") this.#taken ||= event.item.id === this.#itemId;
    if (this.#taken) this.#replies.event(event);
    this.#finishUnlessEnding();
    if (event.type !== "error" || event.error.event_id !== this.#itemId) return;
    this.#answer.reject(refusalOf(event.error));
  }

  #onReplied({ responseId, outcome }: Parameters<NonNullable<Listener["replyClosed"]>>[0]): void {
    if (!this.#replies.has(responseId)) return;
    const coach = outcome.status === "failed" ? undefined : this.#replyMessage(responseId);
    // Another connection speaks, or handles a function call: the next reply answers both.
    const cut = outcome.status === "cancelled" && outcome.reason === "turn_detected";
    // [R9] A refusal is no failure: what the coach says of it is the answer.
    const another = cut || this.#replies.calls(responseId) || isApologisedFor(this.#session.state, outcome);
    if (!coach && another) return;
    this.#last = { coach };
    this.#finishUnlessEnding();
  }

  #replyMessage(responseId: string): Answer["coach"] {
    const message = this.#replies.message(responseId);
    return message && { ...message, createdAt: this.#session.createdAt(message.id) };
  }

  #onClosed(): void {
    if (this.#last || this.#report !== undefined) return this.#finish();
    // Passivated with the server, taken over or ended elsewhere: a repeated request learns which.
    this.#answer.reject(
      protocolError("server_draining", "The session was put down before its answer.", { retryAfter: 5 }),
    );
  }

  /** With the closing words the session ends and its report comes before that, unless the user spoke into them. */
  #finishUnlessEnding(): void {
    if (this.#last && !this.#session.state.ending) this.#finish();
  }

  #finish(): void {
    this.#answer.resolve({
      user: userMessage(this.#session, this.#itemId),
      coach: this.#last?.coach,
      awaitingWrapUp: awaitsWrapUp(this.#session.state.coach),
      report: this.#report,
    });
  }
}

/** Refusals of a message that have a status of their own; all others say that the conversation takes no more. */
function refusalOf({ code, message }: ServerEventOf<"error">["error"]): HttpError {
  if (code === "message_too_large") return protocolError(code, message, { status: 413 });
  if (code === "storage_behind") return protocolError(code, message, { status: 503, retryAfter: 5 });
  return protocolError("conversation_full", message, { status: 409 });
}

/** Returns the answer to a message of before, as far as it is known. */
function earlierAnswer(session: LiveSession, itemId: string): Answer {
  const { entries } = session.state;
  const at = entries.findIndex((entry) => entry.item.id === itemId);
  const next = entries.slice(at + 1).find(({ item }) => item.type === "message");
  const coach =
    next?.item.type === "message" && isCoach(next.item)
      ? {
          id: next.item.id,
          text: contentText(next.item),
          createdAt: session.createdAt(next.item.id),
        }
      : undefined;
  return {
    user: userMessage(session, itemId),
    coach,
    awaitingWrapUp: awaitsWrapUp(session.state.coach),
  };
}

function isCoach(item: { type: string; role?: string }): boolean {
  return item.type === "message" && item.role === "assistant";
}

function userMessage(session: LiveSession, itemId: string): ExchangeMessage {
  return { id: itemId, text: wordsOf(session, itemId), createdAt: session.createdAt(itemId) };
}

function wordsOf({ state }: LiveSession, itemId: string): string {
  const entry = findEntry(state, itemId);
  if (!entry) return "";
  if (entry.kind === "spoken_by_user") return entry.transcript ?? "";
  return entry.item.type === "message" ? contentText(entry.item) : "";
}
