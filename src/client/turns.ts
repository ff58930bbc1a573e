/** The conversation as the person sees it: server events folded into turns. Pure; pages and terminals draw from it. */
import type { Item } from "../protocol/items.ts";
import type { CoachDelivery, CoachDrill, DrillTask, KukuLatency } from "../protocol/kuku-events.ts";
import type { ServerEvent } from "../protocol/server-events.ts";
import { type Coaching, followCoaching, takeBack } from "./coaching.ts";
import type { ReplyAudio } from "./playout.ts";

/** A word as it was heard. */
export interface HeardWord {
  readonly text: string;
  /** Perhaps not what was said. */
  readonly doubtful?: boolean | undefined;
}

/** A turn of the user. All moments are on the caller's clock, ms. */
export interface UtteranceView {
  readonly itemId: string;
  /** `failed`: it could not be transcribed at all. */
  readonly state: "speaking" | "stopped" | "committed" | "transcribed" | "failed";
  /** Words so far, then the final transcript. */
  readonly text: string;
  /** False: heard, but the engine cannot tell what was said. */
  readonly understood: boolean;
  /** The transcript's words, of an engine that tells how certain it is of each. */
  readonly words?: readonly HeardWord[];
  readonly drill?: CoachDrill;
  readonly delivery?: CoachDelivery;
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  readonly committedAt?: number;
  readonly transcribedAt?: number;
}

/** A turn of the coach. */
export interface ReplyView {
  readonly responseId: string;
  /** 0: of a reply that was told as a past one. */
  readonly number: number;
  readonly itemId?: string;
  /** Numbers of the responses it began as, before it broke off with a server and went on on another. */
  readonly earlier?: readonly number[];
  readonly status: "in_progress" | "completed" | "cancelled" | "incomplete" | "failed";
  readonly text: string;
  /** Samples received. */
  readonly samples: number;
  readonly createdAt: number;
  readonly firstAudioAt?: number;
  readonly doneAt?: number;
  readonly latency?: KukuLatency;
  /** Why it failed. */
  readonly error?: string;
}

/** An utterance and the reply to it; a greeting has no utterance. */
export interface TurnView {
  readonly utterance?: UtteranceView;
  readonly reply?: ReplyView;
}

export interface Turns {
  readonly turns: readonly TurnView[];
  /** Responses begun so far. */
  readonly responses: number;
  /** The sentence, or the word, that the drill asks for now. */
  readonly sentence?: string;
  /** The task; absent: to read the text. */
  readonly task?: DrillTask;
  /** Progress of the drill's round, as of the last turn; absent before one, and without a round. */
  readonly round?: NonNullable<CoachDrill["round"]>;
  readonly coaching: Coaching;
  /** The session is being told anew: what was known of it before. */
  readonly before?: readonly TurnView[];
}

export const noTurns: Turns = { turns: [], responses: 0, coaching: {} };

type Change<T> = (value: T) => T;

function changeUtterance(state: Turns, itemId: string, change: Change<UtteranceView>): Turns {
  const turns = state.turns.map((turn) =>
    turn.utterance?.itemId === itemId ? { ...turn, utterance: change(turn.utterance) } : turn,
  );
  return { ...state, turns };
}

/** Changes an utterance, opening a turn where the item is new. */
function openUtterance(state: Turns, itemId: string, change: Change<UtteranceView>): Turns {
  if (state.turns.some((turn) => turn.utterance?.itemId === itemId))
    return changeUtterance(state, itemId, change);
  const utterance = change({ itemId, state: "speaking", text: "", understood: true });
  return { ...state, turns: [...state.turns, { utterance }] };
}

function changeReply(state: Turns, isIt: (reply: ReplyView) => boolean, change: Change<ReplyView>): Turns {
  const turns = state.turns.map((turn) =>
    turn.reply && isIt(turn.reply) ? { ...turn, reply: change(turn.reply) } : turn,
  );
  return { ...state, turns };
}

function changeResponse(state: Turns, responseId: string, change: Change<ReplyView>): Turns {
  return changeReply(state, (reply) => reply.responseId === responseId, change);
}

function openReply(told: Turns, responseId: string, at: number): Turns {
  const { before, ...state } = told;
  const number = state.responses + 1;
  const reply: ReplyView = { responseId, number, status: "in_progress", text: "", samples: 0, createdAt: at };
  const last = state.turns.at(-1);
  if (before && last?.reply?.status === "incomplete") return goOn(state, last.reply, reply);
  const answers = last?.utterance && !last.reply && last.utterance.state !== "speaking";
  const turns = answers ? [...state.turns.slice(0, -1), { ...last, reply }] : [...state.turns, { reply }];
  return { ...state, turns, responses: number };
}

/** A reply that broke off goes on: it is one to whoever hears it. */
function goOn(state: Turns, broken: ReplyView, reply: ReplyView): Turns {
  const { text, samples, createdAt, firstAudioAt, number, earlier = [] } = broken;
  const whole: ReplyView = {
    ...reply,
    text: text === "" ? "" : `${text} `,
    samples,
    createdAt,
    ...(firstAudioAt !== undefined && { firstAudioAt }),
    earlier: number > 0 ? [...earlier, number] : earlier,
  };
  const turns = state.turns.slice(0, -1);
  return { ...state, turns: [...turns, { ...state.turns.at(-1), reply: whole }], responses: reply.number };
}

/** The session is told anew: what it has is what is told, with what was known of it besides. */
function tellAnew(state: Turns): Turns {
  return { ...state, turns: [], before: [...state.turns, ...(state.before ?? [])] };
}

/** One of the items of a session that is told. */
function retell(state: Turns, item: Item, at: number): Turns {
  if (!state.before || item.type !== "message" || item.role === "system" || isShown(state, item.id))
    return state;
  const text = item.content.map((part) => ("text" in part ? part.text : part.transcript) ?? "").join(" ");
  if (item.role === "user") {
    const known = state.before.find((turn) => turn.utterance?.itemId === item.id)?.utterance;
    const utterance: UtteranceView = {
      ...(known ?? { itemId: item.id, understood: text !== "" }),
      state: "transcribed",
      text,
    };
    return { ...state, turns: [...state.turns, { utterance }] };
  }
  const known = state.before.find((turn) => turn.reply?.itemId === item.id)?.reply;
  const { error: _, ...reply }: ReplyView = {
    ...(known ?? { responseId: item.id, number: 0, samples: 0, createdAt: at }),
    itemId: item.id,
    status: item.status === "incomplete" ? "incomplete" : "completed",
    text,
    doneAt: known?.doneAt ?? at,
  };
  const last = state.turns.at(-1);
  if (!last || (last.reply && last.reply.status !== "incomplete"))
    return { ...state, turns: [...state.turns, { reply }] };
  // The reply behind one that broke off is the rest of it.
  const whole = last.reply ? { ...reply, text: `${last.reply.text} ${text}`.trim() } : reply;
  return { ...state, turns: [...state.turns.slice(0, -1), { ...last, reply: whole }] };
}

/** Adds a typed message as a turn of the user. */
function typed(state: Turns, item: Item): Turns {
  if (item.type !== "message" || item.role !== "user" || isShown(state, item.id)) return state;
  const texts = item.content.flatMap((part) => (part.type === "input_text" ? (part.text ?? []) : []));
  if (texts.length < item.content.length) return state;
  const text = texts.join(" ");
  const utterance: UtteranceView = { itemId: item.id, state: "transcribed", text, understood: true };
  return { ...state, turns: [...state.turns, { utterance }] };
}

function isShown({ turns }: Turns, itemId: string): boolean {
  return turns.some(({ utterance, reply }) => utterance?.itemId === itemId || reply?.itemId === itemId);
}

type ResponseDone = Extract<ServerEvent, { type: "response.done" }>;
type Settled = Extract<ServerEvent, { type: `conversation.item.input_audio_transcription.${string}` }>;

function transcribe(state: Turns, event: Settled, at: number): Turns {
  switch (event.type) {
    case "conversation.item.input_audio_transcription.delta":
      // In push to talk the first words come before anything else is said of the item.
      return openUtterance(state, event.item_id, (it) => ({ ...it, text: it.text + event.delta }));
    case "conversation.item.input_audio_transcription.completed":
      return changeUtterance(state, event.item_id, ({ words: _, ...it }) => ({
        ...it,
        state: "transcribed",
        text: event.transcript,
        understood: event.kuku?.understood ?? event.transcript !== "",
        // A correction that was typed has no such words, and is certain.
        ...(event.kuku?.words && { words: event.kuku.words }),
        transcribedAt: at,
      }));
    case "conversation.item.input_audio_transcription.failed":
      return changeUtterance(state, event.item_id, (it) => ({ ...it, state: "failed", transcribedAt: at }));
  }
}

function drill(state: Turns, event: CoachDrill): Turns {
  const {
    task: _,
    round: __,
    ...judged
  } = event.item_id ? changeUtterance(state, event.item_id, (it) => ({ ...it, drill: event })) : state;
  // A stopped drill asks for nothing next; the last sentence may still be read.
  const [sentence, task] =
    event.next_sentence === undefined
      ? [event.sentence, event.task]
      : [event.next_sentence, event.item_id ? event.next_task : (event.next_task ?? event.task)];
  return { ...judged, sentence, task, ...(event.round && { round: event.round }) };
}

function endReply(state: Turns, { response }: ResponseDone, at: number): Turns {
  const { id, status, status_details } = response;
  const error = status_details?.error?.message;
  const ended = changeResponse(state, id ?? "", (reply) => ({
    ...reply,
    status: status ?? "completed",
    doneAt: at,
    ...(error ? { error } : {}),
  }));
  const coaching = takeBack(state.coaching, status);
  return coaching === state.coaching ? ended : { ...ended, coaching };
}

/** Takes in one server event that came at `at` (ms of the caller's clock). */
export function followTurns(state: Turns, event: ServerEvent, at: number): Turns {
  switch (event.type) {
    case "kuku.resumed":
      return event.complete ? state : tellAnew(state);
    case "session.created":
      return state.before ? state : tellAnew(state);
    case "conversation.item.done":
      return state.before ? retell(state, event.item, at) : typed(state, event.item);
    case "response.content_part.added":
      return changeResponse(state, event.response_id, (reply) => ({ ...reply, itemId: event.item_id }));
    case "input_audio_buffer.speech_started":
      return openUtterance(state, event.item_id, (it) => ({ ...it, startedAt: at }));
    case "input_audio_buffer.speech_stopped":
      return changeUtterance(state, event.item_id, (it) => ({ ...it, state: "stopped", stoppedAt: at }));
    case "input_audio_buffer.committed":
      return openUtterance(state, event.item_id, (it) => ({
        ...it,
        state: it.state === "transcribed" ? it.state : "committed",
        committedAt: at,
      }));
    case "conversation.item.input_audio_transcription.delta":
    case "conversation.item.input_audio_transcription.completed":
    case "conversation.item.input_audio_transcription.failed":
      return transcribe(state, event, at);
    case "response.created":
      return event.response.id === undefined ? state : openReply(state, event.response.id, at);
    case "response.output_audio_transcript.delta":
    case "response.output_text.delta":
      return changeResponse(state, event.response_id, (reply) => ({
        ...reply,
        text: reply.text + event.delta,
      }));
    case "kuku.transcript.corrected":
      return changeReply(
        state,
        (reply) => reply.responseId === event.response_id && reply.text.endsWith(event.text),
        (reply) => ({ ...reply, text: reply.text.slice(0, -event.text.length) + event.said }),
      );
    case "response.done":
      return endReply(state, event, at);
    case "kuku.latency":
      return changeResponse(state, event.response_id, (reply) => ({ ...reply, latency: event }));
    case "coach.delivery":
      return changeUtterance(state, event.item_id, (it) => ({ ...it, delivery: event }));
    case "coach.drill":
      return drill(state, event);
    case "coach.stage":
    case "coach.wrap_up":
    case "coach.care":
    case "coach.report":
      return { ...state, coaching: followCoaching(state.coaching, event) };
    default:
      return state;
  }
}

/** Takes in reply audio that came at `at`. */
export function followAudio(state: Turns, audio: ReplyAudio, at: number): Turns {
  return changeReply(
    state,
    (reply) => reply.number === audio.responseNumber,
    (reply) => ({
      ...reply,
      samples: reply.samples + audio.pcm.length,
      firstAudioAt: reply.firstAudioAt ?? at,
    }),
  );
}
