/** Prometheus metrics of sessions and turns: how turns end, their latency and their cost. Labels have few values. */
import { Gauge, Histogram, type Registry } from "prom-client";
import type { StageError } from "../../lib/errors.ts";
import type { StageUsage, TurnUsage } from "../../ports/usage.ts";
import type { ReplySummary } from "../../session/outbound/outbound.ts";
import type { WatchSession } from "../conversations/live-sessions.ts";
import { counters } from "./counters.ts";

/** Bounds of the histograms, s: fine where a listener feels the difference. */
const latencyBuckets = [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10];

/** Figures of `kuku.latency` that are counted, with their label, in the order of a turn. */
export const latencySteps = [
  ["endpoint_ms", "endpoint"],
  ["transcript_ms", "transcript"],
  ["first_token_ms", "first_token"],
  ["first_sentence_ms", "first_sentence"],
  ["first_audio_ms", "first_audio"],
] as const;

export type LatencyStep = (typeof latencySteps)[number][1];

const tokens = { inputTokens: "input", cachedInputTokens: "cached_input", outputTokens: "output" } as const;

export interface TurnMetrics {
  readonly watch: WatchSession;
  readonly onProviderFailure: (attempt: { readonly error: StageError }) => void;
  /** A voice said a sentence otherwise than it is written. */
  readonly onDeparture: () => void;
}

/** Registers the metrics of sessions and turns. */
export function turnMetrics(register: Registry): TurnMetrics {
  const { live, opened, turns, transcriptions, latency, audio, failures, attempts, departures } =
    turnCounters(register);
  const countUsage = usageMetrics(register);
  const observe = (figures: Readonly<Record<string, number>>) => {
    for (const [name, step] of latencySteps) {
      const ms = figures[name];
      if (ms !== undefined) latency.observe({ step }, ms / 1000);
    }
  };
  const count = (persona: string, { outcome, latency: figures = {}, audioMs, usage, cost }: ReplySummary) => {
    turns.inc({ persona, outcome: outcome.status });
    if (outcome.status === "failed") failures.inc({ stage: outcome.error.stage, kind: outcome.error.kind });
    observe(figures);
    audio.inc(audioMs / 1000);
    countUsage(usage, cost);
  };
  return {
    watch({ persona }) {
      live.inc({ persona });
      opened.inc({ persona });
      return {
        replyClosed: (summary) => count(persona, summary),
        transcribed: ({ outcome, latency: figures, usage, cost }) => {
          transcriptions.inc({ persona, outcome });
          observe(figures);
          countUsage(usage, cost);
        },
        closed: () => live.dec({ persona }),
      };
    },
    onProviderFailure: ({ error: { stage, kind } }) => attempts.inc({ stage, kind }),
    onDeparture: () => departures.inc(),
  };
}

function turnCounters(register: Registry) {
  const counter = counters(register);
  return {
    live: new Gauge({
      name: "kuku_sessions",
      help: "Sessions live now.",
      labelNames: ["persona"],
      registers: [register],
    }),
    opened: counter("kuku_sessions_opened_total", "Sessions begun, or taken up again.", "persona"),
    turns: counter(
      "kuku_turns_total",
      "Replies that came to their end, greetings included.",
      "persona",
      "outcome",
    ),
    transcriptions: counter(
      "kuku_transcriptions_total",
      "Utterances of transcription sessions, which nobody answers.",
      "persona",
      "outcome",
    ),
    latency: new Histogram({
      name: "kuku_turn_latency_seconds",
      help: "From the end of the user's turn to a step of the reply; endpoint: the silence waited for before that end.",
      labelNames: ["step"],
      buckets: latencyBuckets,
      registers: [register],
    }),
    audio: counter("kuku_reply_audio_seconds_total", "Reply audio sent."),
    failures: counter(
      "kuku_turn_failures_total",
      "Turns that failed, by the stage that did.",
      "stage",
      "kind",
    ),
    attempts: counter(
      "kuku_provider_failures_total",
      "Requests to providers that failed, also where another attempt or a stand-in helped.",
      "stage",
      "kind",
    ),
    departures: counter(
      "kuku_speech_departures_total",
      "Sentences that a voice said otherwise than they are written.",
    ),
  };
}

/** Registers the metrics of what engines charge for; the function returned counts one turn. */
function usageMetrics(register: Registry) {
  const counter = counters(register);
  const requests = counter("kuku_provider_requests_total", "Requests that were charged for.", "stage");
  const counted = counter(
    "kuku_provider_tokens_total",
    "Tokens; those from the cache are among the input.",
    "stage",
    "kind",
  );
  const cost = counter(
    "kuku_cost_total",
    "What turns with a known price cost, in the currency of the configured prices.",
  );
  return (usage: TurnUsage = {}, spent = 0) => {
    for (const [stage, used] of Object.entries(usage) as [string, StageUsage][]) {
      requests.inc({ stage }, used.requests);
      for (const [figure, kind] of Object.entries(tokens) as [keyof typeof tokens, string][])
        counted.inc({ stage, kind }, used[figure] ?? 0);
    }
    cost.inc(spent);
  };
}
