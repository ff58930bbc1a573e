/** A conversation by requests: one message in, the coach's answer out, through the same session as a socket's. */
import { awaitsWrapUp } from "../../coach/coach.ts";
import type { Clock } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import { settlesWithin } from "../../lib/timeout.ts";
import { pcmToBytes } from "../../pipeline/audio/pcm.ts";
import type { AudioFormat } from "../../protocol/audio-format.ts";
import type { Item } from "../../protocol/items.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import { decodeAudio } from "../../session/codec.ts";
import type { UserMessage } from "../../session/events.ts";
import type { OutgoingAudio } from "../../session/link.ts";
import { contentText } from "../../session/replies/prompt.ts";
import type { LiveSession } from "../../session/session.ts";
import { isApologisedFor } from "../../session/turns/reply-rules.ts";
import { findEntry } from "../../session/turns/state.ts";
import type { Principal } from "../access/principal.ts";
import { type HttpError, protocolError } from "../net/http-error.ts";
import type { SessionRegistry } from "./session-registry.ts";

/** Messages that wait for their turn in one session; more are refused. */
const mostWaiting = 4;
/** How long what a session has not stored yet is waited for once it has ended, ms. */
const storingMs = 5_000;

/** One message of the conversation. */
interface ExchangeMessage {
  /** The item's id. */
  readonly id: string;
  readonly text: string;
}

/** What came of a message. */
export interface Answer {
  /** `text` is empty where the words could not be made out. */
  readonly user: ExchangeMessage;
  /** Absent where the reply failed; the user's message is kept all the same. */
  readonly coach?: ExchangeMessage & {
    /** Mono PCM16 as bytes at `rate`, absent of a written reply. */
    readonly audio?: { readonly bytes: Uint8Array; readonly rate: number };
  };
  /** The coach asks whether to end. */
  readonly awaitingWrapUp: boolean;
  /** The session ended with this answer; its report. */
  readonly report?: string;
}

/** Who says something, and where they are: whose limits it counts against. */
export interface Speaker {
  readonly principal: Principal;
  readonly address?: string | undefined;
}

export interface MessageExchange {
  /**
   * Says something in a session and waits for the whole answer; messages of one session are taken one after another.
   * `itemId` makes a message that is sent again after a crash the same one: what was answered before is told again.
   * @throws HttpError `session_not_found`, `session_ended`, `session_elsewhere`, `session_busy`, `store_unavailable`,
   * `conversation_full`; `session_busy` once the signal is aborted before the message had its turn, the signal's reason
   * if it is aborted later (the message is answered all the same)
   */
  say(
    at: {
      readonly sessionId: string;
      readonly ownerId: string;
      readonly itemId?: string;
      /** Left out: the owner, whom no limits are known of but those of users. */
      readonly speaker?: Speaker | undefined;
    },
    said: UserMessage,
    signal: AbortSignal,
  ): Promise<Answer>;
  /**
   * Ends a session as its user would. Resolves once that is stored.
   * @throws HttpError as above; `store_unavailable` where it has ended, and that is not stored within 5 s
   */
  end(sessionId: string, ownerId: string): Promise<void>;
}

/** Talks over this process's sessions. */
export function openMessageExchange(sessions: SessionRegistry, clock: Clock): MessageExchange {
  const queues = new Map<string, { tail: Promise<unknown>; waiting: number }>();

  /** One after another within a session; whoever gives up before their turn is told that it is busy. */
  const inTurn = async <T>(sessionId: string, work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    const queue = queues.get(sessionId) ?? { tail: Promise.resolve(), waiting: 0 };
    if (queue.waiting >= mostWaiting) throw busy();
    queues.set(sessionId, queue);
    queue.waiting++;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(busy());
    signal.addEventListener("abort", onAbort, { once: true });
    const begin = () => {
      signal.removeEventListener("abort", onAbort);
      if (signal.aborted) throw busy();
      return work();
    };
    const mine = queue.tail.then(begin).finally(() => {
      queue.waiting--;
      if (queue.waiting === 0) queues.delete(sessionId);
    });
    queue.tail = mine.catch(() => {});
    return Promise.race([mine, late]);
  };

  return {
    say({ sessionId, ownerId, itemId = newId("item"), speaker }, said, signal) {
      const answer = async () => {
        const { principal, address } = speaker ?? { principal: { id: ownerId } };
        const session = await sessions.find({ sessionId }, principal, { address, by: "message" });
        const { state } = session;
        const known = findEntry(state, itemId);
        const again = known && answerAgain(session, itemId);
        // A process that died in between left it unanswered, if nothing else was said since.
        const waits = !again?.coach && state.entries.at(-1) === known;
        if (again && !waits) return again;
        const answered = await converse(session, itemId, known ? undefined : said, signal);
        if (answered.report !== undefined) {
          await session.ended;
          await settlesWithin(clock, storingMs, session.settled());
        }
        return answered;
      };
      return inTurn(sessionId, answer, signal);
    },
    async end(sessionId, ownerId) {
      const session = await sessions.find({ sessionId }, { id: ownerId }, { by: "end" });
      session.end("finished");
      await session.ended;
      if (await settlesWithin(clock, storingMs, session.settled())) return;
      throw protocolError("store_unavailable", "The session has ended, which is not stored yet.", {
        retryAfter: 5,
      });
    },
  };
}

function busy(): HttpError {
  return protocolError("session_busy", "Too many messages wait for this session.", { retryAfter: 2 });
}

/**
 * Says it, and gathers what comes until a reply to it is done. Without `said` it was said before: the reply under way
 * answers it, or else one is asked for.
 */
function converse(
  session: LiveSession,
  itemId: string,
  said: UserMessage | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const replies = gatherReplies();
  /** Said: every reply announced from now on comes after it, and so answers it, perhaps with what was said since. */
  let taken = said === undefined;
  let report: string | undefined;
  let last: { readonly coach: Answer["coach"] } | undefined;
  const finish = () => {
    const coach = last?.coach;
    resolve({
      user: { id: itemId, text: wordsOf(session, itemId) },
      ...(coach && { coach }),
      awaitingWrapUp: awaitsWrapUp(session.state.coach),
      ...(report !== undefined && { report }),
    });
  };
  /** With the closing words the session ends, and its report comes before that; unless the user spoke into them. */
  const finishUnlessEnding = () => {
    if (last && !session.state.ending) finish();
  };
  const stop = session.listen({
    awaitsReply: true,
    audio: replies.audio,
    event(event) {
      if (event.type === "coach.report") report = event.text;
      if (event.type === "conversation.item.added") taken ||= event.item.id === itemId;
      if (taken) replies.event(event);
      finishUnlessEnding();
      if (event.type !== "error" || event.error.event_id !== itemId) return;
      reject(protocolError("conversation_full", event.error.message, { status: 409 }));
    },
    replyClosed({ responseId, outcome }) {
      if (!replies.has(responseId)) return;
      const coach =
        outcome.status === "failed"
          ? undefined
          : replies.message(responseId, session.state.config.audio.output.format);
      // Somebody speaks on another connection, or calls a function there: the next reply answers both.
      const cut = outcome.status === "cancelled" && outcome.reason === "turn_detected";
      // [R9] A refusal is no failure: what the coach says of it is the answer.
      const another = cut || replies.calls(responseId) || isApologisedFor(session.state, outcome);
      if (!coach && another) return;
      last = { coach };
      finishUnlessEnding();
    },
    closed() {
      if (last || report !== undefined) return finish();
      // Put down with the server, taken over, or ended by somebody else: whoever asks again learns which.
      reject(
        protocolError("server_draining", "The session was put down before its answer.", { retryAfter: 5 }),
      );
    },
  });
  const onAbort = () => (last ? finish() : reject(signal.reason));
  signal.addEventListener("abort", onAbort, { once: true });
  const { reply } = session.state;
  if (said) session.receiveMessage(itemId, said);
  else if (reply.type !== "none") replies.follow(reply.replyId);
  else session.receive({ type: "response.create", event_id: itemId });
  return promise.finally(() => {
    stop();
    signal.removeEventListener("abort", onAbort);
  });
}

/** A message that was there before: the answer as far as it is known. */
function answerAgain(session: LiveSession, itemId: string): Answer {
  const { entries } = session.state;
  const at = entries.findIndex((entry) => entry.item.id === itemId);
  const next = entries.slice(at + 1).find(({ item }) => item.type === "message");
  const coach =
    next?.item.type === "message" && isCoach(next.item)
      ? { id: next.item.id, text: contentText(next.item) }
      : undefined;
  return {
    user: { id: itemId, text: wordsOf(session, itemId) },
    ...(coach && { coach }),
    awaitingWrapUp: awaitsWrapUp(session.state.coach),
  };
}

function isCoach(item: { type: string; role?: string }): boolean {
  return item.type === "message" && item.role === "assistant";
}

function wordsOf({ state }: LiveSession, itemId: string): string {
  const entry = findEntry(state, itemId);
  if (!entry) return "";
  if (entry.kind === "spoken_by_user") return entry.transcript ?? "";
  return entry.item.type === "message" ? contentText(entry.item) : "";
}

/** What the replies to a message say, by response; out-of-band ones are none. */
function gatherReplies() {
  const replies = new Map<string, { items: Item[]; rate: number; bytes: Uint8Array[]; whole: boolean }>();
  const follow = (responseId: string, whole: boolean) =>
    void replies.set(responseId, { items: [], rate: 0, bytes: [], whole });
  return {
    /** One that is under way: what was heard of it before is not known. */
    follow: (responseId: string) => follow(responseId, false),
    event(event: ServerEvent): void {
      if (event.type === "response.created" && event.response.conversation_id)
        follow(event.response.id ?? "", true);
      if (event.type === "response.output_item.done") replies.get(event.response_id)?.items.push(event.item);
    },
    audio({ responseId, bytes, rate }: OutgoingAudio): void {
      const reply = replies.get(responseId);
      if (!reply) return;
      reply.rate = rate;
      reply.bytes.push(bytes);
    },
    has: (responseId: string) => replies.has(responseId),
    /** Whether it called a function. */
    calls: (responseId: string) =>
      replies.get(responseId)?.items.some((item) => item.type === "function_call") ?? false,
    /** All that it said, as one message, its audio as PCM16, whatever format the session speaks. */
    message(responseId: string, format: AudioFormat): Answer["coach"] {
      const { items = [], rate = 0, bytes = [], whole } = replies.get(responseId) ?? {};
      const said = items.filter((item) => item.type === "message");
      const last = said.at(-1);
      if (!last) return undefined;
      const audio = whole &&
        bytes.length > 0 && { bytes: pcmToBytes(decodeAudio(format, Buffer.concat(bytes))), rate };
      return { id: last.id, text: said.map(contentText).join(" ").trim(), ...(audio && { audio }) };
    },
  };
}
