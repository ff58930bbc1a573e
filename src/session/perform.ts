/** Does what `transition` decided: the thin edge between the pure state machine and engines, timers and the link. */
import { coachTools, isCoachTool, useCoachTool } from "../coach/tools.ts";
import type { CancelTimer } from "../lib/clock.ts";
import type { Scope } from "../lib/scope.ts";
import type { ReplyModel } from "../pipeline/ports.ts";
import { reply } from "../pipeline/reply.ts";
import type { ReplyEvent } from "../pipeline/reply-events.ts";
import type { Prompt } from "../pipeline/speech.ts";
import { sampleRate } from "../protocol/audio-format.ts";
import type { ServerEvent } from "../protocol/server-events.ts";
import { asides } from "./asides.ts";
import type { Effect, Outgoing } from "./effects.ts";
import type { TimerName } from "./events.ts";
import { latencyEvent, type ReplyTimes } from "./latency.ts";
import { paceMs } from "./pacing.ts";
import type { Performing } from "./performing.ts";
import { prefetch } from "./prefetch.ts";
import { runReply } from "./reply-run.ts";
import type { ResponseWriter } from "./response-writer.ts";
import { responseWriter } from "./response-writer.ts";
import { deliveryRecord } from "./snapshot.ts";
import { lastItemId, type ReplyPlan } from "./state.ts";
import { withOwnTools } from "./tool-rounds.ts";
import { transcribeItem } from "./transcribe-item.ts";

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

/** What a reply is made with beside its plan and prompt. */
interface Making {
  readonly times: ReplyTimes;
  readonly given: { text: string };
  readonly onSentence?: () => void;
  /** In place of the session's model. */
  readonly acting?: ReplyModel | undefined;
}

export interface Performer {
  perform(effect: Effect): void;
  /** Stops every timer; live replies end with the session's scope. */
  stop(): void;
  readonly busy: boolean;
  /** Responses so far. */
  readonly responses: number;
}

type Of<T extends Effect["type"]> = Extract<Effect, { type: T }>;

/** Makes the hands of one session. */
export function performer(session: Performing): Performer {
  const { outlet, keeper, clock, engines, newId, post } = session;
  const beside = asides(session);
  const timers = new Map<TimerName, CancelTimer>();
  const replies = new Map<string, LiveReply>();
  const drafts = new Map<string, DraftReply>();
  let { responses } = session;

  const send = (event: Outgoing) => outlet.send({ event_id: newId("event"), ...event } as ServerEvent);

  const announce = ({ replyId, plan }: Of<"announce_reply">) => {
    const times: ReplyTimes = {};
    const writer = responseWriter({
      replyId,
      responseNumber: ++responses,
      conversationId: session.state().conversationId,
      plan,
      newId,
      send,
      sendAudio: (audio) => outlet.sendAudio(audio),
      lastItemId: () => lastItemId(session.state()),
      onItem: (item) => post({ type: "reply_item_added", replyId, item }),
    });
    replies.set(replyId, {
      writer,
      scope: session.scope.child(),
      times,
      since: clock.now(),
      held: false,
      started: false,
      given: { text: "" },
    });
    writer.announce();
  };

  const make = (
    plan: ReplyPlan,
    prompt: Prompt,
    { times, given, onSentence, acting }: Making,
    signal: AbortSignal,
  ) =>
    reply(prompt, {
      model: plan.says === undefined ? (acting ?? engines.replyModel) : saying(plan.says),
      ...(plan.modality === "audio" && { synthesizer: engines.synthesizer }),
      voice: session.abilities.findVoice(plan.voice) ?? plan.voice,
      speed: plan.speed,
      rate: sampleRate(plan.format),
      language: prompt.language,
      ...(plan.maxOutputTokens !== "inf" && { maxOutputTokens: plan.maxOutputTokens }),
      signal,
      onFirstDelta() {
        times.firstTokenAt = clock.now();
      },
      onUsage: session.spending.add,
      isFixed: (sentence) =>
        plan.fixed === true || (prompt.brief.kind === "drill" && sentence === prompt.brief.next),
      onText(text, whole) {
        given.text += text;
        if (whole) onSentence?.();
      },
    });
  const keepSpeaking = (replyId: string, { writer, given }: LiveReply) => {
    const said = writer.speaking;
    if (said) keeper?.speaking({ replyId, ...said, text: given.text });
  };

  /** [CT1] With `kuku.v1` a model that calls functions may act as the coach; never in a draft, which nobody has asked for. */
  const actingModel = (replyId: string, plan: ReplyPlan): ReplyModel | undefined => {
    const { extended, coach } = session.state();
    if (!extended || plan.rules !== "coach" || plan.aside || !engines.replyModel.callsTools) return undefined;
    return withOwnTools(engines.replyModel, coachTools(coach), ({ name }) => {
      if (!isCoachTool(name)) return "{}";
      const { result } = useCoachTool(session.state().coach, name, clock.wallTime());
      post({ type: "coach_acts", replyId, name });
      return result;
    });
  };

  const startDraft = ({ replyId, plan, prompt }: Of<"start_draft">) => {
    const scope = session.scope.child();
    const begun: NonNullable<ReplyTimes["draft"]> = { begunAt: clock.now() };
    const times: ReplyTimes = { draft: begun };
    const given = { text: "" };
    const made = make(plan, prompt, { times, given }, scope.signal);
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
    const acting = actingModel(replyId, plan);
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
      const sent = { replyId, audioMs: writer.audioMs, since: times.firstAudioAt ?? clock.now() };
      return plan.aside ? 0 : paceMs(sent, session.state().playback, clock.now());
    };
    live.scope.run(
      (signal) =>
        runReply({
          events: draft?.events ?? make(plan, prompt, { times, given, onSentence, acting }, signal),
          write(event) {
            if (event.type === "transcript") times.firstSentenceAt ??= clock.now();
            writer.write(event);
            if (event.type === "transcript") keepSpeaking(replyId, live);
          },
          outlet,
          onFirst,
          clock,
          paceMs: pace,
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
    keeper?.speaking(undefined);
    const at = clock.wallTime();
    const took = { ...(latency && { latency }), ...session.spending.take() };
    keeper?.turn({
      id: replyId,
      ...(itemId !== undefined && { itemId }),
      status: outcome.status,
      at,
      ...took,
    });
    outlet.replied({
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

  const disarm = (timer: TimerName) => {
    timers.get(timer)?.();
    timers.delete(timer);
  };
  const arm = ({ timer, ms }: Of<"arm">) => {
    disarm(timer);
    const fire = () => {
      timers.delete(timer);
      post({ type: "timer", name: timer, audioMs: session.audioMs() });
    };
    timers.set(timer, clock.after(ms, fire));
  };

  return {
    perform(effect) {
      switch (effect.type) {
        case "send":
          return send(effect.event);
        case "hear":
          session.ears.push(effect.input);
          return;
        case "transcribe_item":
          return transcribeItem(session, effect);
        case "assess":
          return beside.assess(effect);
        case "make_report":
          return beside.report(effect);
        case "keep_delivery":
          return keeper?.delivery(deliveryRecord(effect));
        case "announce_reply":
          return announce(effect);
        case "start_reply":
          return start(effect);
        case "start_draft":
          return startDraft(effect);
        case "drop_draft":
          return dropDraft(effect.replyId);
        case "hold_reply": {
          const live = replies.get(effect.replyId);
          if (live) live.held = effect.held;
          return;
        }
        case "close_reply":
          return close(effect);
        case "arm":
          return arm(effect);
        case "disarm":
          return disarm(effect.timer);
        case "post":
          return post(effect.event);
        case "end_session":
          return session.endSession(effect.reason, effect.code, effect.why);
      }
    },
    stop() {
      for (const cancel of timers.values()) cancel();
      timers.clear();
      replies.clear();
      drafts.clear();
    },
    get busy() {
      return replies.size > 0;
    },
    get responses() {
      return responses;
    },
  };
}

/** A model that says one thing. */
function saying(text: string): ReplyModel {
  return {
    name: "fixed",
    callsTools: false,
    async *reply() {
      yield { type: "text", delta: text };
      yield { type: "end" };
    },
  };
}
