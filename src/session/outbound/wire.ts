/** Turns what the house knows into what the wire calls it. Pure. */

import { helpLines } from "../../coach/care/help-lines.ts";
import type { CareKind } from "../../coach/care/kinds.ts";
import type { DrillResult } from "../../coach/drills/drill.ts";
import type { Report } from "../../coach/report/report.ts";
import type { StageError, StageErrorKind } from "../../lib/errors.ts";
import type { Delivery } from "../../ports/delivery.ts";
import type {
  PairResult,
  ProsodyResult,
  ProsodyTarget,
  ReadWord,
  DrillTask as Task,
} from "../../ports/reading.ts";
import type { Usage } from "../../ports/reply-model.ts";
import type { ErrorCode } from "../../protocol/errors.ts";
import { errorCodes } from "../../protocol/errors.ts";
import type { Item } from "../../protocol/items.ts";
import type {
  CoachCare,
  CoachDelivery,
  CoachDrill,
  CoachReport,
  DrillProsody,
  DrillTask,
  DrillWord,
} from "../../protocol/kuku-events.ts";
import type { ResponseStatusDetails, ResponseUsage } from "../../protocol/responses.ts";
import type { ReplyOutcome } from "../events.ts";

const stageCodes: Record<StageErrorKind, ErrorCode> = {
  unavailable: "provider_unavailable",
  timeout: "provider_timeout",
  rate_limited: "provider_rate_limited",
  rejected: "provider_rejected",
  malformed: "provider_malformed",
  unsupported: "provider_unsupported",
};

const stageNames = { transcribe: "transcriber", reply: "reply model", synthesize: "synthesizer" } as const;

/** A provider's failure as a client is told it: which stage and what kind, never the vendor's own text. */
export function stageFailure(error: StageError): { type: string; code: ErrorCode; message: string } {
  const code = stageCodes[error.kind];
  const said: Record<StageErrorKind, string> = {
    unavailable: "is not available",
    timeout: "did not answer in time",
    rate_limited: "refused because of its rate limit",
    rejected: "refused the request",
    malformed: "gave an answer that is none",
    unsupported: "cannot do what was asked",
  };
  return {
    type: errorCodes[code].type,
    code,
    message: `The ${stageNames[error.stage]} ${said[error.kind]}.`,
  };
}

/** Converts a reply's outcome for `response.done`. */
export function outcomeDetails(outcome: ReplyOutcome): ResponseStatusDetails {
  if (outcome.status === "failed") return { type: "failed", error: stageFailure(outcome.error) };
  if (outcome.status === "completed") return { type: "completed" };
  return { type: outcome.status, reason: outcome.reason };
}

/** A reply's tokens as `response.done` tells them. Several clients fail where they are absent, so that unknown ones are 0. */
export function responseUsage(usage?: Usage): ResponseUsage {
  const { inputTokens = 0, cachedInputTokens = 0, outputTokens = 0 } = usage ?? {};
  return {
    total_tokens: inputTokens + outputTokens,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    input_token_details: {
      text_tokens: inputTokens,
      audio_tokens: 0,
      image_tokens: 0,
      cached_tokens: cachedInputTokens,
      cached_tokens_details: { text_tokens: cachedInputTokens, audio_tokens: 0, image_tokens: 0 },
    },
    output_token_details: { text_tokens: outputTokens, audio_tokens: 0 },
  };
}

/**
 * A user's audio item; audio itself never travels back. The transcript is empty until it is known: the vendor's Agents
 * SDK fails on an item without one.
 */
export function userAudioItem(id: string, transcript = ""): Item {
  return {
    type: "message",
    object: "realtime.item",
    id,
    status: "completed",
    role: "user",
    content: [{ type: "input_audio", transcript }],
  };
}

/** A user's typed item. */
export function userTextItem(id: string, text: string): Item {
  return {
    type: "message",
    object: "realtime.item",
    id,
    status: "completed",
    role: "user",
    content: [{ type: "input_text", text }],
  };
}

/** Makes the item of a reply that broke off with its node, from the part that was heard. */
export function brokenOffItem(id: string, transcript: string): Item {
  return {
    type: "message",
    object: "realtime.item",
    id,
    status: "incomplete",
    role: "assistant",
    content: [{ type: "output_audio", transcript }],
  };
}

/** `coach.delivery` of an item; `final`: its last, with all that will be known. */
export function deliveryEvent(
  itemId: string,
  delivery: Delivery,
  final = true,
): Omit<CoachDelivery, "event_id"> {
  return {
    type: "coach.delivery",
    item_id: itemId,
    final,
    speech_ms: delivery.speechMs,
    pause_count: delivery.pauseCount,
    ...present({
      pauses_per_minute: delivery.pausesPerMinute,
      mean_pause_ms: delivery.meanPauseMs,
      longest_pause_ms: delivery.longestPauseMs,
      phonation_ratio: delivery.phonationRatio,
      syllables_per_second: delivery.syllablesPerSecond,
      pitch_hz: delivery.pitchHz,
      pitch_range_semitones: delivery.pitchRangeSemitones,
      pitch_sd_semitones: delivery.pitchSdSemitones,
      loudness_dbfs: delivery.loudnessDbfs,
      loudness_sd_db: delivery.loudnessSdDb,
      filled_pause_count: delivery.filledPauseCount,
      prolongation_count: delivery.prolongationCount,
      word_count: delivery.wordCount,
      words_per_minute: delivery.wordsPerMinute,
      filler_count: delivery.fillerCount,
      fillers_per_minute: delivery.fillersPerMinute,
      filler_percent: delivery.fillerPercent,
      hedge_count: delivery.hedgeCount,
      hedges_per_100_words: delivery.hedgesPer100Words,
      repetition_count: delivery.repetitionCount,
      repetitions_per_100_words: delivery.repetitionsPer100Words,
    }),
    ...(delivery.hesitations && {
      hesitations: delivery.hesitations.map(({ kind, startMs, endMs }) => ({
        kind,
        start_ms: startMs,
        end_ms: endMs,
      })),
    }),
  };
}

/** Drops the figures without a value: one that is not known is not told. */
function present<T extends Readonly<Record<string, number | undefined>>>(
  figures: T,
): { [K in keyof T]?: NonNullable<T[K]> } {
  const known = Object.entries(figures).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** `coach.care`; `language`: BCP 47, of the conversation. */
export function careEvent(kind: CareKind, language: string, itemId?: string): Omit<CoachCare, "event_id"> {
  const { line, emergency } = helpLines(language, kind);
  return {
    type: "coach.care",
    kind,
    ...(itemId !== undefined && { item_id: itemId }),
    line,
    emergency,
  };
}

/** `coach.report` */
export function reportEvent(report: Report): Omit<CoachReport, "event_id"> {
  const { text, topic, goal, insights, actions, quotes, evidence = [] } = report;
  return {
    type: "coach.report",
    text,
    topic,
    goal,
    insights: [...insights],
    actions: actions.map(({ text: what, when }) => ({ text: what, when })),
    quotes: [...quotes],
    evidence: evidence.map(({ text: claim, evidence: places }) => ({
      claim,
      items: places.flatMap(({ itemId, startMs, endMs }) =>
        itemId === undefined ? [] : [{ item_id: itemId, start_ms: startMs, end_ms: endMs }],
      ),
    })),
  };
}

/** The report that an event told. */
export function reportOf({ text, topic, goal, insights, actions, quotes, evidence }: CoachReport): Report {
  return {
    text,
    topic,
    goal,
    insights,
    actions,
    quotes,
    evidence: evidence?.map(({ claim, items }) => ({
      text: claim,
      evidence: items.map(({ item_id, start_ms, end_ms }) => ({
        itemId: item_id,
        startMs: start_ms,
        endMs: end_ms,
      })),
    })),
  };
}

/** `coach.drill` of a drill's turn; without `itemId`: the sentence that is asked for. */
export function drillEvent(drill: DrillResult, itemId?: string): Omit<CoachDrill, "event_id"> {
  return {
    type: "coach.drill",
    sentence: drill.sentence,
    item_id: itemId,
    outcome: drill.outcome,
    ...(drill.reading && { words: drill.reading.words.map(drillWord), accuracy: drill.reading.accuracy }),
    unjudgeable: drill.unjudgeable,
    next_sentence: drill.next,
    task: drill.task && drillTask(drill.task),
    next_task: drill.nextTask && drillTask(drill.nextTask),
    pair: drill.pair && drillPair(drill.pair),
    round: drill.progress && { ...drill.progress },
    ...(drill.pace && { pace: { measured: drill.pace.measured, verdict: drill.pace.verdict } }),
    prosody: drill.prosody && drillProsody(drill.prosody),
  };
}

function drillTask(task: Task): DrillTask {
  if (task.kind === "pacing") return { kind: "pacing", ...task.target };
  if (task.kind === "prosody") return prosodyTask(task.target);
  const [first, second] = task.words;
  return { kind: "minimal_pairs", words: [first, second] };
}

function prosodyTask(target: ProsodyTarget): DrillTask {
  if (target.aspect === "pauses")
    return { kind: "prosody", aspect: "pauses", pauses_after: [...target.after] };
  if (target.aspect !== "stress") return { kind: "prosody", ...target };
  return { kind: "prosody", ...target, syllables: [...target.syllables] };
}

function drillProsody(result: ProsodyResult): DrillProsody {
  const { verdict, syllable, word, shape, semitones, pauses, startMs, endMs } = result;
  return {
    verdict,
    syllable,
    word,
    shape,
    semitones,
    pauses: pauses?.map((pause) => ({ ...pause })),
    start_ms: startMs,
    end_ms: endMs,
  };
}

function drillPair({ heard, clarity, said, right, finished }: PairResult): NonNullable<CoachDrill["pair"]> {
  return { heard, clarity, said, right, finished };
}

function drillWord(word: ReadWord): DrillWord {
  return {
    verdict: word.verdict,
    expected: word.expected,
    heard: word.heard,
    score: word.score,
    start_ms: word.startMs,
    end_ms: word.endMs,
    ...(word.phones && {
      phones: word.phones.map((phone) => ({
        phone: phone.phone,
        score: phone.score,
        start_ms: phone.startMs,
        end_ms: phone.endMs,
      })),
    }),
    exempt: word.exempt,
  };
}
