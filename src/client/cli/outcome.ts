/** The result of a spoken turn, the last line of `kuku talk --json`. Pure. */
import type {
  CoachCare,
  CoachDrill,
  CoachReport,
  DrillTask,
  DrillWord,
  KukuLatency,
} from "../../protocol/kuku-events.ts";
import type { Turns, TurnView } from "../turns.ts";

/** Why a turn failed. */
export type FailureCode = "no_speech" | "no_server" | "refused" | "no_reply" | "reply_failed" | "closed";

/** An event without its envelope. */
type Told<T> = Omit<T, "type" | "event_id">;

export interface TalkResult {
  readonly type: "result";
  readonly ok: boolean;
  readonly error?: { readonly code: FailureCode; readonly message: string };
  /** All that was transcribed, the turns joined by blanks. */
  readonly transcript: string;
  /** False: speech was heard, but the engine cannot tell what was said; absent where none was heard. */
  readonly understood?: boolean;
  /** Drill: the sentence, how it went, the verdict per word, the share read correctly (0–1). */
  readonly sentence?: string;
  readonly outcome?: string;
  readonly words?: readonly DrillWord[];
  readonly accuracy?: number;
  /** The drill's task with its result: a pair's word or a pace. */
  readonly task?: DrillTask;
  readonly pair?: CoachDrill["pair"];
  readonly pace?: CoachDrill["pace"];
  readonly prosody?: CoachDrill["prosody"];
  /** The reason why the reading could not be judged. */
  readonly unjudgeable?: CoachDrill["unjudgeable"];
  /** `proposed`: the coach asks whether to end; `confirmed`: it has. */
  readonly wrap_up?: "proposed" | "confirmed";
  /** There was a sign of crisis in what was said. */
  readonly care?: Told<CoachCare>;
  /** The stored session's report and figures, once the session has ended. */
  readonly report?: Told<CoachReport>;
  /** The coach's answer. */
  readonly reply: string;
  readonly reply_audio_ms: number;
  /** End of speech in the recording → first reply audio here, ms: what a person would wait. */
  readonly latency_ms?: number;
  /** The server's own account, ms from where it heard the speech stop. */
  readonly server_latency?: Omit<KukuLatency, "type" | "event_id" | "response_id" | "item_id">;
  /** Turns the recording made. */
  readonly turns: number;
  /** Times real time at which it was spoken. */
  readonly speed: number;
}

export interface OutcomeFacts {
  readonly turns: Turns;
  /** Samples per second of replies. */
  readonly replyRate: number;
  /** Time at which the recording's last speech was sent, ms of the same clock as the turns'. */
  readonly speechSentAt?: number;
  readonly speed: number;
  readonly failure?: { readonly code: FailureCode; readonly message: string };
}

/** The turns that were spoken, greetings and other replies left out. */
export function spokenTurns(turns: Turns): readonly TurnView[] {
  return turns.turns.filter((turn) => turn.utterance);
}

function failureOf(facts: OutcomeFacts, last: TurnView | undefined): TalkResult["error"] {
  if (facts.failure) return facts.failure;
  if (!last?.utterance) return { code: "no_speech", message: "no speech was heard in the recording" };
  const { reply } = last;
  if (!reply?.doneAt) return { code: "no_reply", message: "no reply came" };
  if (reply.status === "completed" || reply.status === "incomplete") return undefined;
  return { code: "reply_failed", message: reply.error ?? `the reply was ${reply.status}` };
}

function serverLatency(latency: KukuLatency): NonNullable<TalkResult["server_latency"]> {
  const { type: _, event_id: __, response_id: ___, item_id: ____, ...times } = latency;
  return times;
}

function drillResult(drill: CoachDrill | undefined): Partial<TalkResult> {
  if (!drill) return {};
  const { sentence, outcome, words, accuracy, task, pair, pace, prosody, unjudgeable } = drill;
  return {
    sentence,
    outcome,
    words,
    accuracy,
    task,
    pair,
    pace,
    prosody,
    unjudgeable,
  };
}

function coachingResult({ coaching: { wrapUp, care, report } }: Turns): Partial<TalkResult> {
  return {
    wrap_up: wrapUp,
    care: care && told(care),
    report: report && told(report),
  };
}

function told<T extends { type: string; event_id: string }>(event: T): Told<T> {
  const { type: _, event_id: __, ...rest } = event;
  return rest;
}

/** Sums a talk up. */
export function summarize(facts: OutcomeFacts): TalkResult {
  const spoken = spokenTurns(facts.turns);
  const last = spoken.at(-1);
  const error = failureOf(facts, last);
  const drill = spoken.findLast((turn) => turn.utterance?.drill)?.utterance?.drill;
  const { utterance, reply } = last ?? {};
  const firstAudioAt = reply?.firstAudioAt;
  return {
    type: "result",
    ok: error === undefined,
    error,
    transcript: spoken
      .map((turn) => turn.utterance?.text ?? "")
      .filter((text) => text !== "")
      .join(" "),
    understood: utterance?.understood,
    ...drillResult(drill),
    ...coachingResult(facts.turns),
    reply: reply?.text.trim() ?? "",
    reply_audio_ms: Math.round(((reply?.samples ?? 0) * 1000) / facts.replyRate),
    ...(firstAudioAt !== undefined &&
      facts.speechSentAt !== undefined && { latency_ms: Math.round(firstAudioAt - facts.speechSentAt) }),
    server_latency: reply?.latency && serverLatency(reply.latency),
    turns: spoken.length,
    speed: facts.speed,
  };
}
