/** Schemas of the extension `kuku.v1`: playback reports in; resuming, playback control, latencies and coaching out. */
import { z } from "zod";
import { clientEvents, index, ms, serverEvents, unit, wholeMs } from "./fields.ts";

export const kukuClientEvents = clientEvents({
  /** Playback position of a response; sent a few times a second while it plays. */
  "kuku.playback": {
    response_id: z.string(),
    /** Time played of this response's audio. */
    played_ms: ms,
    /** `ended`: nothing more of this response will be played. */
    state: z.enum(["playing", "paused", "ended"]),
  },
  /** A correction, typed by the user: takes the place of the transcript of a spoken item of the user's. */
  "kuku.transcript.correct": {
    item_id: z.string().min(1).max(64),
    transcript: z.string().trim().min(1).max(4000),
  },
});
export type KukuPlayback = z.infer<(typeof kukuClientEvents)["kuku.playback"]>;

const amount = z.number().min(0);
const ofResponse = { response_id: z.string() };

/** One phone of a judged word, in the engine's own alphabet (ARPAbet for English). */
const drillPhone = z.object({ phone: z.string(), score: unit, start_ms: ms, end_ms: ms });

/** One word of a judged reading, in reading order; times from the start of the item's audio. */
const drillWord = z.object({
  verdict: z.enum(["correct", "substituted", "omitted", "inserted"]),
  /** The word as the text has it; absent when inserted. */
  expected: z.string().optional(),
  /** Absent when omitted, or when it was no known word. */
  heard: z.string().optional(),
  score: unit.optional(),
  start_ms: ms.optional(),
  end_ms: ms.optional(),
  phones: z.array(drillPhone).optional(),
  /** Why a word that is not `correct` is no slip: an um, a word said again, or one behind the place where the reading ended. */
  exempt: z.enum(["filled_pause", "repetition", "unread"]).optional(),
});
export type DrillWord = z.infer<typeof drillWord>;

/** Task of a drill's sentence; absent: to read it. */
const drillTask = z.discriminatedUnion("kind", [
  /** Say `sentence`, one of these two words. */
  z.object({ kind: z.literal("minimal_pairs"), words: z.tuple([z.string(), z.string()]) }),
  /** Read `sentence` at a rate, or pause at its dots; `value` ± `tolerance` in `unit`. */
  z.object({
    kind: z.literal("pacing"),
    unit: z.enum(["words_per_minute", "syllables_per_second", "pause_seconds"]),
    value: z.number().positive(),
    tolerance: z.number().positive(),
  }),
  /** Read `sentence` with a melody; words and syllables are counted from 0. */
  z.object({
    kind: z.literal("prosody"),
    aspect: z.enum(["stress", "emphasis", "contour", "pauses"]),
    /** `stress`, `emphasis`: the word; its place among the words of the sentence. */
    word: index.optional(),
    /** `stress`: the syllables of the word, and the stressed one. */
    syllables: z.array(z.string()).optional(),
    stressed: index.optional(),
    /** `contour`: how the voice ends. */
    shape: z.enum(["rise", "fall"]).optional(),
    /** `pauses`: the words to pause behind. */
    pauses_after: z.array(index).optional(),
  }),
]);
export type DrillTask = z.infer<typeof drillTask>;

/** The understood word of a minimal pair, and the pair's results so far. */
const drillPair = z.object({
  heard: z.string(),
  /** Distance from the other word: 0 could have been either, 1 surely this one; absent where words are all there is. */
  clarity: unit.optional(),
  /** Words of this pair said so far, and how many of them were heard as asked. */
  said: z.number().int().positive(),
  right: z.number().int().nonnegative(),
  /** The pair is done; another comes next. */
  finished: z.boolean(),
});

/** Result of a pacing task, in the task's unit. */
const drillPace = z.object({
  measured: z.number().nonnegative(),
  verdict: z.enum(["on_target", "below", "above"]),
});

/**
 * Result of a prosody task. `unclear`: it could not be told, which is no slip. What was heard, by the task's aspect:
 * `syllable`, `word` (from 0), `shape` with the change of pitch, or `pauses`.
 */
const drillProsody = z.object({
  verdict: z.enum(["as_asked", "otherwise", "unclear"]),
  syllable: index.optional(),
  word: index.optional(),
  shape: z.enum(["rise", "fall", "level"]).optional(),
  semitones: z.number().optional(),
  /** Pauses that were asked for (0 ms: not made), and pauses made where none was. */
  pauses: z.array(z.object({ after: index, ms, asked: z.boolean() })).optional(),
  /** Stretch of the item's audio that bears it out. */
  start_ms: ms.optional(),
  end_ms: ms.optional(),
});
export type DrillProsody = z.infer<typeof drillProsody>;

export const kukuServerEvents = serverEvents({
  /** The session can be taken up again after a lost connection. */
  "kuku.resumable": {
    /** Secret; goes into the `resume` query parameter. */
    token: z.string(),
    grace_ms: wholeMs,
  },
  /**
   * The session was taken up again. `complete`: the events that were missed follow as they were, behind a
   * `session.updated`, and reply audio from where the client said. Otherwise the session is told anew, from
   * `session.created` and every item on, and a reply that broke off goes on as a new response.
   */
  "kuku.resumed": {
    complete: z.boolean(),
    /** Input audio, ms since the session began, that the server has: the client sends on from there. */
    input_audio_ms: ms,
    /** The last client event that had an `event_id` and was taken; absent: none was. */
    last_client_event_id: z.string().optional(),
  },
  /** Every item up to and including this one, in the order of the conversation, is stored. */
  "kuku.saved": { item_id: z.string() },
  /** The user's remaining daily quotas. */
  "kuku.limits": {
    limits: z.array(
      z.object({
        name: z.enum(["audio_seconds", "tokens", "cost"]),
        limit: z.number(),
        remaining: z.number().min(0),
        reset_seconds: z.number().min(0),
      }),
    ),
  },
  /** The server is going to stop: finish, and connect anew elsewhere. */
  "kuku.going_away": {
    /** Time left until the connection is closed with 1012. */
    deadline_ms: wholeMs,
  },
  /** A limit ends the session in `ends_in_ms`, with the `error` of this code; any event or speech puts off an idle end. */
  "kuku.ending": { code: z.enum(["session_idle", "session_expired"]), ends_in_ms: wholeMs },
  /** Hold this response's audio where it is: it may be an interruption, or only a backchannel. */
  "kuku.playback.pause": ofResponse,
  /** A sound was a backchannel: play on. */
  "kuku.playback.resume": ofResponse,
  /** Discard the rest of this response's audio. */
  "kuku.playback.clear": ofResponse,
  /**
   * The voice said other words than the text that was told last as `response.output_audio_transcript.delta`: `said` takes the
   * place of `text`, in the item and in `response.output_audio_transcript.done` too.
   */
  "kuku.transcript.corrected": {
    response_id: z.string(),
    item_id: z.string(),
    output_index: index,
    content_index: index,
    text: z.string(),
    said: z.string(),
  },
  /**
   * Latencies of a turn: each figure counts from its end (`input_audio_buffer.speech_stopped`, or the commit), but
   * `endpoint_ms`, which is the silence waited for before that. Absent where it did not happen.
   */
  "kuku.latency": {
    response_id: z.string(),
    /** The user's item. */
    item_id: z.string().optional(),
    /** Reserved. */
    endpoint_ms: z.number().optional(),
    transcript_ms: z.number().optional(),
    first_token_ms: z.number().optional(),
    first_sentence_ms: z.number().optional(),
    first_audio_ms: z.number().optional(),
    /** Reserved. How much later the first audio would have come without work begun ahead of the endpoint. */
    speculation_saved_ms: z.number().optional(),
  },
  "coach.stage": {
    stage: z.enum(["topic", "goal", "reality", "options", "way_forward"]),
    /** User turns so far. */
    round: index,
  },
  /**
   * Delivery of an utterance: at most twice a second while speech goes on, then once with `final`. docs/delivery.md
   * defines the figures; one that cannot be computed is absent. Figures of the words come with `final` alone.
   */
  "coach.delivery": {
    item_id: z.string(),
    final: z.boolean(),
    /** First to last voiced moment. */
    speech_ms: ms,
    /** Silences of at least 250 ms inside the utterance. */
    pause_count: index,
    pauses_per_minute: amount.optional(),
    mean_pause_ms: ms.optional(),
    longest_pause_ms: ms.optional(),
    /** Share of `speech_ms` that is no pause. */
    phonation_ratio: unit.optional(),
    /** Syllable nuclei per second of phonation. */
    syllables_per_second: amount.optional(),
    /** Median. */
    pitch_hz: amount.optional(),
    /** From the 5th to the 95th percentile. */
    pitch_range_semitones: amount.optional(),
    pitch_sd_semitones: amount.optional(),
    /** RMS of the speech frames; a sine at full scale is −3. */
    loudness_dbfs: z.number().optional(),
    loudness_sd_db: amount.optional(),
    /** Ums and drawn-out sounds, by their sound alone. */
    filled_pause_count: index.optional(),
    prolongation_count: index.optional(),
    /** Both in order, the last hundred at most; times from the start of the audio, of a long turn from that of the turn. */
    hesitations: z
      .array(z.object({ kind: z.enum(["filled_pause", "prolongation"]), start_ms: ms, end_ms: ms }))
      .optional(),
    word_count: index.optional(),
    words_per_minute: amount.optional(),
    /** Fillers and repetitions: of verbatim transcripts alone. */
    filler_count: index.optional(),
    fillers_per_minute: amount.optional(),
    /** Share of 100 words. */
    filler_percent: amount.optional(),
    hedge_count: index.optional(),
    hedges_per_100_words: amount.optional(),
    repetition_count: index.optional(),
    repetitions_per_100_words: amount.optional(),
  },
  /** The read-aloud drill: which sentence to read (no `item_id`, no `outcome`), or how it was read. */
  "coach.drill": {
    sentence: z.string(),
    /** The user's item that was judged. */
    item_id: z.string().optional(),
    /** `command`: one of the drill's own words (next, repeat, stop) was said instead of reading. */
    outcome: z.enum(["read_well", "slipped", "not_heard", "command"]).optional(),
    words: z.array(drillWord).optional(),
    /** Share of the sentence's words read correctly. */
    accuracy: unit.optional(),
    /**
     * With `not_heard`: the recording is too poor to judge, and no word is told to be wrong. `noise` around the reader, a
     * `second_voice`, `clipping` (cut off at the loudest level), `too_quiet`, `reverberation` of the room.
     */
    unjudgeable: z.enum(["noise", "second_voice", "clipping", "too_quiet", "reverberation"]).optional(),
    /** The sentence to read now; the same sentence again after a slip. */
    next_sentence: z.string().optional(),
    /** The task with `sentence`, and with `next_sentence`; absent: to read it. */
    task: drillTask.optional(),
    next_task: drillTask.optional(),
    /** Result of a minimal pair that could be judged. */
    pair: drillPair.optional(),
    /** Result of a pace that could be measured. */
    pace: drillPace.optional(),
    /** Result of a prosody task. */
    prosody: drillProsody.optional(),
    /** Of a round: exercises left behind, of so many; `finished` once, with the last one, when nothing is asked for next. */
    round: z.object({ done: z.int(), of: z.int(), finished: z.boolean() }).optional(),
  },
  /** The coach asked whether to wrap up, or the answer was understood. */
  "coach.wrap_up": { state: z.enum(["proposed", "confirmed", "declined", "extended"]) },
  /**
   * There was a sign of crisis in what the user said. The coach answers it by itself; a client may show where to find help.
   * `someone_else`: about somebody the user knows.
   */
  "coach.care": {
    kind: z.enum(["self_harm", "violence", "abuse", "someone_else"]),
    /** The user's item; absent where a model noticed it later. */
    item_id: z.string().optional(),
    /** To call, in the region of the session's language; absent where none is known. */
    line: z.object({ name: z.string(), number: z.string() }).optional(),
    /** The emergency number there. */
    emergency: z.string().optional(),
  },
  /** The session's report, sent before it ends. */
  "coach.report": {
    text: z.string(),
    topic: z.string().optional(),
    goal: z.string().optional(),
    insights: z.array(z.string()),
    actions: z.array(z.object({ text: z.string(), when: z.string().optional() })),
    quotes: z.array(z.string()),
    /** Each line, action, insight and quote of the report, with the items that bear it out, or their part from–to. */
    evidence: z
      .array(
        z.object({
          claim: z.string(),
          items: z.array(
            z.object({ item_id: z.string(), start_ms: z.number().optional(), end_ms: z.number().optional() }),
          ),
        }),
      )
      .optional(),
  },
});

type Event<T extends keyof typeof kukuServerEvents> = z.infer<(typeof kukuServerEvents)[T]>;
export type KukuEnding = Event<"kuku.ending">;
export type KukuLatency = Event<"kuku.latency">;
export type CoachStage = Event<"coach.stage">;
export type CoachDelivery = Event<"coach.delivery">;
export type CoachDrill = Event<"coach.drill">;
export type CoachCare = Event<"coach.care">;
export type CoachReport = Event<"coach.report">;
