/** A conversation by requests: one message in, the coach's answer out, through the same session as a socket's. */
import { awaitsWrapUp } from "../coach/coach.ts";
import { newId } from "../lib/ids.ts";
import { pcmToBytes } from "../pipeline/audio.ts";
import type { AudioFormat } from "../protocol/audio-format.ts";
import { decodeAudio } from "../session/codec.ts";
import type { Said } from "../session/events.ts";
import type { OutgoingAudio } from "../session/link.ts";
import type { Replied } from "../session/outlet.ts";
import { contentText } from "../session/prompt.ts";
import type { LiveSession } from "../session/session.ts";
import { findEntry } from "../session/state.ts";
import { type Principal, Refused } from "./admission.ts";
import type { Sessions } from "./sessions.ts";

/** Messages that wait for their turn in one session; more are refused. */
const mostWaiting = 4;

/** One message of the conversation. */
export interface TalkMessage {
  /** The item's id. */
  readonly id: string;
  readonly text: string;
}

/** What came of a message. */
export interface Answer {
  /** `text` is empty where the words could not be made out. */
  readonly user: TalkMessage;
  /** Absent where the reply failed; the user's message is kept all the same. */
  readonly coach?: TalkMessage & {
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

export interface Talks {
  /**
   * Says something in a session and waits for the whole answer; messages of one session are taken one after another.
   * `itemId` makes a message that is sent again after a crash the same one: what was answered before is told again.
   * @throws Refused `session_not_found`, `session_ended`, `session_elsewhere`, `session_busy`, `store_unavailable`,
   * `conversation_full`; the signal's reason once it is aborted (the message is answered all the same)
   */
  say(
    at: {
      readonly sessionId: string;
      readonly ownerId: string;
      readonly itemId?: string;
      /** Left out: the owner, whom no limits are known of but those of users. */
      readonly speaker?: Speaker | undefined;
    },
    said: Said,
    signal: AbortSignal,
  ): Promise<Answer>;
  /**
   * Ends a session as its user would. Resolves once that is stored.
   * @throws Refused as above
   */
  end(sessionId: string, ownerId: string): Promise<void>;
}

/** Talks over this process's sessions. */
export function openTalks(sessions: Sessions): Talks {
  const queues = new Map<string, { tail: Promise<unknown>; waiting: number }>();

  /** One after another within a session. */
  const inTurn = async <T>(sessionId: string, work: () => Promise<T>): Promise<T> => {
    const queue = queues.get(sessionId) ?? { tail: Promise.resolve(), waiting: 0 };
    if (queue.waiting >= mostWaiting)
      throw new Refused("session_busy", "Too many messages wait for this session.", { retryAfter: 2 });
    queues.set(sessionId, queue);
    queue.waiting++;
    const mine = queue.tail.then(work, work);
    queue.tail = mine.catch(() => {});
    try {
      return await mine;
    } finally {
      queue.waiting--;
      if (queue.waiting === 0) queues.delete(sessionId);
    }
  };

  return {
    say({ sessionId, ownerId, itemId = newId("item"), speaker }, said, signal) {
      return inTurn(sessionId, async () => {
        signal.throwIfAborted();
        const { principal, address } = speaker ?? { principal: { id: ownerId } };
        const session = await sessions.find({ sessionId }, principal, { address, by: "message" });
        const { state } = session;
        const known = findEntry(state, itemId);
        const again = known && answerAgain(session, itemId);
        // A process that died in between left it unanswered, if nothing else was said since.
        const waits = !again?.coach && state.entries.at(-1) === known;
        if (again && !waits) return again;
        const answer = await converse(session, itemId, known ? undefined : said, signal);
        if (answer.report !== undefined) {
          await session.ended;
          await session.settled();
        }
        return answer;
      });
    },
    async end(sessionId, ownerId) {
      const session = await sessions.find({ sessionId }, { id: ownerId }, { by: "end" });
      session.end("finished");
      await session.ended;
      await session.settled();
    },
  };
}

/** Says it, and gathers what comes until its reply is done. Without `said` it was said before, and only asked anew. */
function converse(
  session: LiveSession,
  itemId: string,
  said: Said | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const heard = gatherAudio();
  let report: string | undefined;
  let last: Replied | undefined;
  const finish = (replied: Replied | undefined) => {
    const { state } = session;
    const user = { id: itemId, text: wordsOf(session, itemId) };
    const { format } = state.config.audio.output;
    const coach = replied && coachMessage(session, replied.responseId, heard.of(replied.responseId, format));
    resolve({
      user,
      ...(coach && { coach }),
      awaitingWrapUp: awaitsWrapUp(session.state.coach),
      ...(report !== undefined && { report }),
    });
  };
  const stop = session.listen({
    audio: heard.add,
    event(event) {
      if (event.type === "coach.report") report = event.text;
      if (event.type !== "error" || event.error.event_id !== itemId) return;
      reject(new Refused("conversation_full", event.error.message, { status: 409 }));
    },
    replied(replied) {
      const ours = replied.itemId === itemId || (!said && replied.itemId === undefined);
      if (!ours) return void heard.drop(replied.responseId);
      last = replied.outcome.status === "failed" ? undefined : replied;
      // With the closing words the session ends, and its report comes before that.
      if (!session.state.ending) finish(last);
    },
    closed() {
      if (last || report !== undefined) return finish(last);
      // Put down with the server, taken over, or ended by somebody else: whoever asks again learns which.
      reject(
        new Refused("server_draining", "The session was put down before its answer.", { retryAfter: 5 }),
      );
    },
  });
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  if (said) session.receiveMessage(itemId, said);
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

/** What a reply said, as one message. */
function coachMessage(
  { state }: LiveSession,
  responseId: string,
  audio: { bytes: Uint8Array; rate: number } | undefined,
): Answer["coach"] {
  const entries = state.entries.filter(
    (entry) => entry.kind === "spoken_by_coach" && entry.replyId === responseId,
  );
  const last = entries.at(-1) ?? state.entries.findLast(({ item }) => isCoach(item));
  if (last?.item.type !== "message") return undefined;
  const text = entries.length > 0 ? entries.map(textOf).join(" ").trim() : contentText(last.item);
  return { id: last.item.id, text, ...(audio && { audio }) };
}

function textOf({ item }: LiveSession["state"]["entries"][number]): string {
  return item.type === "message" ? contentText(item) : "";
}

/** The audio of the replies under way, by response. */
function gatherAudio() {
  const pieces = new Map<string, { rate: number; bytes: Uint8Array[] }>();
  return {
    add({ responseId, bytes, rate }: OutgoingAudio): void {
      const known = pieces.get(responseId) ?? { rate, bytes: [] };
      pieces.set(responseId, known);
      known.bytes.push(bytes);
    },
    drop: (responseId: string) => pieces.delete(responseId),
    /** As PCM16, whatever format the session speaks. */
    of(responseId: string, format: AudioFormat) {
      const known = pieces.get(responseId);
      return (
        known && { rate: known.rate, bytes: pcmToBytes(decodeAudio(format, Buffer.concat(known.bytes))) }
      );
    },
  };
}
