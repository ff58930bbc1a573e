/** The replies under way: announced, drafted, started, held, closed. Steps 6 to 8 of a turn, behind `transition`. */
import type { Scope } from "../../lib/scope.ts";
import type { ReplyEvent } from "../../pipeline/mouth/reply-events.ts";
import { sendLimits } from "../configuration/limit-levels.ts";
import type { Effect, Outgoing } from "../effects.ts";
import { paceMs } from "../outbound/pacing.ts";
import type { SessionContext } from "../session-context.ts";
import { lastItemId } from "../turns/state.ts";
import { generateReply, modelWithCoachTools } from "./generate-reply.ts";
import { latencyEvent, type ReplyTimes } from "./latency.ts";
import { prefetch } from "./prefetch.ts";
import { type ResponseWriter, responseWriter } from "./response-writer.ts";
import { streamReply } from "./stream-reply.ts";

/** How soon a held reply looks whether it may go on, ms. */
const heldMs = 20;

interface LiveReply {
  readonly writer: ResponseWriter;
  scope: Scope;
  times: ReplyTimes;
  /** The turn it answers, if any. */
  turn?: string | undefined;
  /** The user's item it answers, if any. */
  itemId?: string | undefined;
  /** When that turn ended, or else when the reply was announced; clock, ms. */
  since: number;
  /** Asked of the model; before that it waits for what it answers. */
  started: boolean;
  /** What `kuku.latency` told. */
  latency?: Readonly<Record<string, number>>;
  /** Its audio waits: someone may be taking the floor. */
  held: boolean;
  /** It ends with the sentence it is saying. */
  finishing: boolean;
  /** All that the model has given so far. */
  given: { text: string };
}

/** A reply made ahead, of which nobody knows yet. */
interface DraftReply {
  readonly scope: Scope;
  readonly times: ReplyTimes;
  readonly given: { text: string };
  readonly events: AsyncIterable<ReplyEvent>;
}

type Of<T extends Effect["type"]> = Extract<Effect, { type: T }>;

/** Holds them; `send` numbers an event and sends it. */
export function openReplies(session: SessionContext, send: (event: Outgoing) => void) {
  const { outbound, persister, clock, newId, post } = session;
  const replies = new Map<string, LiveReply>();
  const drafts = new Map<string, DraftReply>();
  let { responses } = session;

  const announce = ({ replyId, plan }: Of<"announce_reply">) => {
    const times: ReplyTimes = {};
    const writer = responseWriter({
      replyId,
      responseNumber: ++responses,
      conversationId: session.state().conversationId,
      plan,
      newId,
      send,
      sendAudio: (audio) => outbound.sendAudio(audio),
      lastItemId: () => lastItemId(session.state()),
      onItem: (item) => post({ type: "reply_item_added", replyId, item }),
    });
    replies.set(replyId, {
      writer,
      scope: session.scope.child(),
      times,
      since: clock.now(),
      held: false,
      finishing: false,
      started: false,
      given: { text: "" },
    });
    writer.announce();
    sendLimits(session, send);
  };

  const keepSpeaking = (replyId: string, { writer, given }: LiveReply) => {
    const said = writer.speaking;
    if (said) persister?.speaking({ replyId, ...said, text: given.text });
  };

  const startDraft = ({ replyId, plan, prompt }: Of<"start_preemptive">) => {
    const scope = session.scope.child();
    const begun: NonNullable<ReplyTimes["draft"]> = { begunAt: clock.now() };
    const times: ReplyTimes = { draft: begun };
    const given = { text: "" };
    const made = generateReply(session, { plan, prompt }, { times, given }, scope.signal);
    const { events, fill } = prefetch(made, (event) => {
      if (event.type !== "transcript") begun.readyAt ??= clock.now();
    });
    drafts.set(replyId, { scope, times, given, events });
    scope.run(fill, session.onBug);
  };
  const dropDraft = (replyId: string) => {
    drafts.get(replyId)?.scope.cancel("barge_in");
    drafts.delete(replyId);
  };

  const start = ({ replyId, plan, prompt, turn, draftId }: Of<"start_reply">) => {
    const live = replies.get(replyId);
    if (!live) return;
    live.turn = turn?.id;
    live.itemId = turn?.itemId;
    live.since = turn?.endedAt ?? live.since;
    live.started = true;
    const draft = draftId === undefined ? undefined : drafts.get(draftId);
    if (draft && draftId !== undefined) {
      drafts.delete(draftId);
      live.scope.cancel("finished");
      live.scope = draft.scope;
      live.times = draft.times;
      live.given = draft.given;
      if (live.times.draft) live.times.draft.releasedAt = clock.now();
    }
    const { writer, times, given } = live;
    const onSentence = () => keepSpeaking(replyId, live);
    const acting = modelWithCoachTools(session, replyId, plan);
    const onFirst = () => {
      if (plan.modality === "audio") times.firstAudioAt = clock.now();
      post({ type: "reply_sending", replyId });
      const latency = latencyEvent(replyId, turn, times, clock.now());
      if (!latency) return;
      if (session.state().extended) send(latency);
      const { type: _, response_id, item_id, ...figures } = latency;
      live.latency = figures;
      session.log.info(
        { turn: turn?.id, response: response_id, item: item_id, ...figures },
        "first output of a reply",
      );
    };
    const pace = () => {
      if (live.held) return heldMs;
      const { attached, playback } = session.state();
      // [P3] Only a speaker that is there can be waited for, and no request waits for one.
      if (plan.outOfBand || !attached || outbound.awaited) return 0;
      const sent = { replyId, audioMs: writer.audioMs, since: times.firstAudioAt ?? clock.now() };
      return paceMs(sent, playback, clock.now());
    };
    live.scope.run(
      (signal) =>
        streamReply({
          events:
            draft?.events ??
            generateReply(session, { plan, prompt }, { times, given, onSentence, acting }, signal),
          write(event) {
            if (event.type === "transcript") times.firstSentenceAt ??= clock.now();
            writer.write(event);
            if (event.type === "transcript") keepSpeaking(replyId, live);
          },
          outbound,
          onFirst,
          clock,
          paceMs: pace,
          isFinishing: () => live.finishing,
          onEnd: (outcome, usage) => post({ type: "reply_ended", replyId, outcome, ...(usage && { usage }) }),
          signal,
        }),
      session.onBug,
    );
  };

  const close = ({ replyId, outcome, usage }: Of<"close_reply">) => {
    const live = replies.get(replyId);
    if (!live) return;
    replies.delete(replyId);
    const reason =
      outcome.status === "cancelled" && outcome.reason === "turn_detected" ? "barge_in" : "client_cancelled";
    live.scope.cancel(outcome.status === "cancelled" ? reason : "finished");
    const left = live.writer.close(outcome, usage);
    const { latency } = live;
    const unstarted = live.started ? undefined : session.state().turn;
    const itemId = live.started ? live.itemId : unstarted?.itemId;
    persister?.speaking(undefined);
    if (itemId !== undefined) session.meter?.addTurn();
    const at = clock.wallTime();
    const took = { ...(latency && { latency }), ...session.usage.take() };
    persister?.turn({
      id: replyId,
      ...(itemId !== undefined && { itemId }),
      status: outcome.status,
      at,
      ...took,
    });
    outbound.replyClosed({
      responseId: replyId,
      itemId,
      turnId: live.turn ?? unstarted?.id,
      outcome,
      at,
      tookMs: clock.now() - (unstarted?.endedAt ?? live.since),
      audioMs: live.writer.audioMs,
      ...took,
    });
    post({ type: "reply_closed", replyId, outcome, left });
    const { latency: _, ...spent } = took;
    const fields = {
      turn: live.turn ?? unstarted?.id,
      response: replyId,
      status: outcome.status,
      audioMs: Math.round(live.writer.audioMs),
      ...spent,
    };
    if (outcome.status === "failed") session.log.warn({ ...fields, err: outcome.error }, "reply failed");
    else session.log.info(fields, "reply closed");
  };

  return {
    announce,
    start,
    startDraft,
    dropDraft,
    close,
    hold({ replyId, held }: Of<"hold_reply">) {
      const live = replies.get(replyId);
      if (live) live.held = held;
    },
    finish({ replyId }: Of<"finish_reply">) {
      const live = replies.get(replyId);
      if (live) live.finishing = true;
    },
    /** What still runs ends with the session's scope. */
    forget() {
      replies.clear();
      drafts.clear();
    },
    /** Under way. */
    get count() {
      return replies.size;
    },
    /** Announced so far. */
    get responses() {
      return responses;
    },
  };
}
