/** A trace of each turn for an OpenTelemetry collector: when each stage was done, and never a word of what was said. */
import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import type { StageUsage } from "../../ports/usage.ts";
import type { ReplySummary, TranscriptionSummary } from "../../session/outbound/outbound.ts";
import type { TracesConfig } from "../config/telemetry-settings.ts";
import type { WatchSession } from "../conversations/live-sessions.ts";
import type { Logger } from "../logging/log.ts";

export interface Tracing {
  /** Traces what is said in a session. */
  readonly watch: WatchSession;
  /** Sends the remaining spans, for a few seconds at most. */
  close(): Promise<void>;
}

/** Longest time for sending the remaining spans at the end, ms. */
const lastSendMs = 3000;

/** Opens tracing. Spans that cannot be sent are dropped. */
export function openTracing(
  { endpoint, headers, serviceName }: TracesConfig,
  {
    version,
    nodeId,
    log,
  }: { readonly version: string; readonly nodeId: string; readonly log: Pick<Logger, "warn"> },
): Tracing {
  const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: lastSendMs });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      "service.name": serviceName,
      "service.version": version,
      "service.instance.id": nodeId,
    }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: tellingFailure(exporter, log),
        exportTimeoutMillis: lastSendMs,
      }),
    ],
  });
  const tracer = provider.getTracer("kuku", version);
  return {
    watch: ({ id, persona }) => ({
      replyClosed: (replied) => traceTurn(tracer, { id, persona }, replied),
      transcribed: (transcription) => traceTranscription(tracer, { id, persona }, transcription),
    }),
    close: () => provider.shutdown().catch(() => {}),
  };
}

/** OpenTelemetry itself says nothing where a collector is away. Ours says it once for as long as that lasts. */
function tellingFailure(exporter: SpanExporter, log: Pick<Logger, "warn">): SpanExporter {
  let failing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const failed = result.code !== 0;
        if (failed && !failing) log.warn({ err: result.error }, "sending traces failed; they are dropped");
        failing = failed;
        done(result);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}

/** One span from the end of the user's speech to the end of the reply, with one below it for each stage. */
function traceTurn(tracer: Tracer, session: { id: string; persona: string }, replied: ReplySummary): void {
  const { outcome, latency = {}, at, tookMs } = replied;
  const endedAt = at - tookMs;
  const begin = endedAt - (latency.endpoint_ms ?? 0);
  const attributes = {
    "session.id": session.id,
    "kuku.persona": session.persona,
    "kuku.response.id": replied.responseId,
    ...(replied.turnId !== undefined && { "kuku.turn.id": replied.turnId }),
    ...(replied.itemId !== undefined && { "kuku.item.id": replied.itemId }),
    "kuku.outcome": outcome.status,
    ...("reason" in outcome && { "kuku.outcome.reason": outcome.reason }),
    "kuku.reply.audio_ms": Math.round(replied.audioMs),
    ...usageAttributes(replied),
  };
  const name = replied.turnId === undefined ? "reply" : "turn";
  const span = tracer.startSpan(name, { startTime: begin, kind: SpanKind.SERVER, attributes }, ROOT_CONTEXT);
  if (outcome.status === "failed") {
    const { stage, kind } = outcome.error;
    span.setAttributes({ "error.type": kind, "kuku.failed_stage": stage });
    span.setStatus({ code: SpanStatusCode.ERROR, message: `${stage}: ${kind}` });
  }
  const below = trace.setSpan(ROOT_CONTEXT, span);
  for (const step of stepsOf(latency, tookMs)) traceStep(tracer, below, endedAt, step);
  span.end(at);
}

/** The same of an utterance that nobody answers. */
function traceTranscription(
  tracer: Tracer,
  session: { id: string; persona: string },
  { itemId, turnId, outcome, at, latency, ...spent }: TranscriptionSummary,
): void {
  const endedAt = at - (latency.transcript_ms ?? 0);
  const attributes = {
    "session.id": session.id,
    "kuku.persona": session.persona,
    ...(turnId !== undefined && { "kuku.turn.id": turnId }),
    "kuku.item.id": itemId,
    "kuku.outcome": outcome,
    ...usageAttributes(spent),
  };
  const startTime = endedAt - (latency.endpoint_ms ?? 0);
  const span = tracer.startSpan("turn", { startTime, kind: SpanKind.SERVER, attributes }, ROOT_CONTEXT);
  if (outcome === "failed") span.setStatus({ code: SpanStatusCode.ERROR });
  const below = trace.setSpan(ROOT_CONTEXT, span);
  for (const step of stepsOf(latency, 0)) traceStep(tracer, below, endedAt, step);
  span.end(at);
}

interface Step {
  readonly name: string;
  /** From the end of the turn, ms. */
  readonly from: number;
  readonly to: number;
}

/** The figures of `kuku.latency` as consecutive stages. */
function stepsOf(latency: Readonly<Record<string, number>>, tookMs: number): readonly Step[] {
  const { endpoint_ms, transcript_ms, first_token_ms, first_sentence_ms, first_audio_ms } = latency;
  const steps: Step[] = [];
  const add = (name: string, from: number, to: number | undefined) => {
    if (to !== undefined) steps.push({ name, from, to: Math.max(from, to) });
  };
  if (endpoint_ms !== undefined) steps.push({ name: "endpoint", from: -endpoint_ms, to: 0 });
  add("transcribe", 0, transcript_ms);
  add("reply model: first token", transcript_ms ?? 0, first_token_ms);
  add("reply model: first sentence", first_token_ms ?? transcript_ms ?? 0, first_sentence_ms);
  add("synthesize: first audio", first_sentence_ms ?? first_token_ms ?? 0, first_audio_ms);
  if (first_audio_ms !== undefined) add("send", first_audio_ms, tookMs);
  return steps;
}

function traceStep(tracer: Tracer, below: Context, endedAt: number, { name, from, to }: Step): void {
  tracer.startSpan(name, { startTime: endedAt + from }, below).end(endedAt + to);
}

/** Names usage as the conventions for generative AI do, where they name it. */
function usageAttributes({ usage = {}, cost }: Pick<ReplySummary, "usage" | "cost">): Record<string, number> {
  const { reply } = usage;
  const attributes: Record<string, number> = {};
  const set = (name: string, value: number | undefined) => {
    if (value !== undefined) attributes[name] = value;
  };
  set("gen_ai.usage.input_tokens", reply?.inputTokens);
  set("gen_ai.usage.output_tokens", reply?.outputTokens);
  for (const [stage, used] of Object.entries(usage) as [string, StageUsage][])
    set(`kuku.${stage}.requests`, used.requests);
  set("kuku.cost", cost);
  return attributes;
}
