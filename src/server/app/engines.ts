/** Opens the configured engines; the only place that knows every provider by name. */
import type { Clock } from "../../lib/clock.ts";
import { StageError } from "../../lib/errors.ts";
import type { ReplyModel } from "../../ports/reply-model.ts";
import type { Synthesizer } from "../../ports/synthesizer.ts";
import type { Transcriber } from "../../ports/transcriber.ts";
import type { Upstream } from "../../providers/openai/upstream.ts";
import type { CircuitChange } from "../../providers/resilient/circuit-breaker.ts";
import type { FailedAttempt } from "../../providers/resilient/failover.ts";
import { ConfigError } from "../config/config.ts";
import type { ProvidersConfig, StageConfig, StandIn } from "../config/provider-settings.ts";
import type { Logger } from "../logging/log.ts";

export interface OpenEngines {
  readonly transcriber: Transcriber;
  readonly replyModel: ReplyModel;
  readonly synthesizer: Synthesizer;
  /** Connects to the stages' own servers now, before a turn needs them. */
  warm(): void;
  /** Ends threads and connections; requests under way fail. */
  close(): Promise<void>;
}

interface Surroundings {
  readonly clock: Clock;
  readonly log: Logger;
  /** Called for each failed attempt, also where a later one succeeded. */
  readonly onProviderFailure?: ((attempt: FailedAttempt) => void) | undefined;
  readonly onCircuit?: ((change: CircuitChange) => void) | undefined;
}

/** Dependencies of opening one engine. */
interface Opening {
  readonly clock: Clock;
  /** Called when the engines are closed. */
  readonly onClose: (close: () => Promise<void>) => void;
  /** The stage's own server, or a stand-in's. */
  readonly upstreamOf: (candidate: StandIn) => Promise<Upstream>;
  readonly onFailure: (attempt: FailedAttempt) => void;
  readonly onCircuit: (change: CircuitChange) => void;
}

/**
 * Opens the configured engines; modules of engines that are not picked are not loaded.
 * @throws ConfigError naming the variable whose engine cannot be opened.
 */
export async function openEngines(config: ProvidersConfig, around: Surroundings): Promise<OpenEngines> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => void (await Promise.all(closers.map((end) => end())));
  const own: Upstream[] = [];
  const opening = (stage: StageConfig) => openingOf(stage, around, (end) => closers.push(end), own);
  const opened = await Promise.allSettled([
    openTranscriber(config.transcriber, opening(config.transcriber)),
    openReplyModel(config.replyModel, opening(config.replyModel)),
    openSynthesizer(config.synthesizer, opening(config.synthesizer)),
  ] as const);
  const failed = opened.find((outcome) => outcome.status === "rejected");
  if (failed) {
    await close();
    throw failed.reason;
  }
  const [transcriber, replyModel, synthesizer] = opened.map(
    (outcome) => (outcome as PromiseFulfilledResult<unknown>).value,
  ) as [Transcriber, ReplyModel, Synthesizer];
  const warm = () => {
    for (const upstream of own) void upstream.warm();
  };
  return { transcriber, replyModel, synthesizer, warm, close };
}

function openingOf(
  stage: StageConfig,
  { clock, log, onProviderFailure, onCircuit }: Surroundings,
  onClose: Opening["onClose"],
  ownUpstreams: Upstream[],
): Opening {
  let own: Promise<Upstream> | undefined;
  const open = async (settings: StageConfig["upstream"]) => {
    const { openUpstream } = await import("../../providers/openai/upstream.ts");
    const upstream = openUpstream(settings, clock);
    onClose(() => upstream.close());
    return upstream;
  };
  return {
    clock,
    onClose,
    upstreamOf(candidate) {
      if (candidate.upstream) return open(candidate.upstream);
      own ??= open(stage.upstream).then((upstream) => {
        ownUpstreams.push(upstream);
        return upstream;
      });
      return own;
    },
    onFailure(attempt) {
      const { stage: failing, provider, error } = attempt;
      log.warn({ stage: failing, provider, err: error }, "provider failed");
      onProviderFailure?.(attempt);
    },
    onCircuit(change) {
      log[change.state === "open" ? "warn" : "info"](change, "provider circuit changed");
      onCircuit?.(change);
    },
  };
}

/** Returns the stage's own provider, then its fallbacks. */
function candidatesOf(stage: StageConfig): readonly [StandIn, ...StandIn[]] {
  const { provider, model } = stage;
  return [{ provider, model }, ...stage.standIns];
}

/** Whether a stage needs retries and failover, as engines across a network do. */
function needsResilience(stage: StageConfig): boolean {
  return stage.standIns.length > 0 || stage.provider === "openai";
}

async function openAll<Port>(
  stage: StageConfig,
  open: (candidate: StandIn, first: boolean) => Promise<Port>,
): Promise<[Port, ...Port[]]> {
  const [first, ...rest] = candidatesOf(stage);
  const [engine, ...standIns] = await Promise.all([
    open(first, true),
    ...rest.map((candidate) => open(candidate, false)),
  ]);
  return [engine as Port, ...standIns];
}

const modelOf = ({ model }: StandIn) => (model === undefined ? {} : { model });
/** The price of the stage's own model; a fallback's is unknown. */
const priceOf = ({ price }: StageConfig, first: boolean) => (first && price ? { price } : {});

async function openTranscriber(
  config: ProvidersConfig["transcriber"],
  opening: Opening,
): Promise<Transcriber> {
  const engines = await openAll<Transcriber>(config, async (candidate, first) => {
    if (candidate.provider === "scripted") {
      const { scriptedTranscriber } = await import("../../providers/scripted/transcriber.ts");
      return scriptedTranscriber();
    }
    if (candidate.provider === "embedded") {
      const { openEmbeddedTranscriber } = await import("../../providers/embedded/recogniser/transcriber.ts");
      const engine = await openEmbeddedTranscriber().catch(
        cannotOpen(first ? "TRANSCRIBER" : "STT_FALLBACK"),
      );
      opening.onClose(() => engine.close());
      return engine;
    }
    const { verbatim, wordTimes } = config;
    const about = { ...modelOf(candidate), ...priceOf(config, first), verbatim };
    const upstream = await opening.upstreamOf(candidate);
    if (first && config.realtime) {
      const { openaiRealtimeTranscriber } = await import(
        "../../providers/openai/transcription/realtime-transcriber.ts"
      );
      return openaiRealtimeTranscriber({ upstream, ...about });
    }
    const { openaiTranscriber } = await import("../../providers/openai/transcription/transcriber.ts");
    return openaiTranscriber({ upstream, ...about, wordTimes });
  });
  if (!needsResilience(config)) return engines[0];
  const { resilientTranscriber } = await import("../../providers/resilient/resilient-providers.ts");
  return resilientTranscriber(engines, opening);
}

async function openReplyModel(config: ProvidersConfig["replyModel"], opening: Opening): Promise<ReplyModel> {
  const engines = await openAll<ReplyModel>(config, async (candidate, first) => {
    if (candidate.provider === "scripted") {
      const { scriptedReplyModel } = await import("../../providers/scripted/reply-model.ts");
      return scriptedReplyModel();
    }
    if (candidate.provider === "embedded") {
      const { ruleBasedReplyModel } = await import("../../coach/rule-based/reply-model.ts");
      return ruleBasedReplyModel();
    }
    const { openaiReplyModel } = await import("../../providers/openai/chat/reply-model.ts");
    const { temperature, reasoningEffort, hedgeAfterMs } = config;
    const model = openaiReplyModel({
      upstream: await opening.upstreamOf(candidate),
      ...modelOf(candidate),
      ...priceOf(config, first),
      temperature,
      reasoningEffort,
    });
    if (hedgeAfterMs === undefined) return model;
    const { hedged } = await import("../../providers/resilient/hedging.ts");
    return hedged(model, { afterMs: hedgeAfterMs, clock: opening.clock });
  });
  if (!needsResilience(config)) return engines[0];
  const { resilientReplyModel } = await import("../../providers/resilient/resilient-providers.ts");
  return resilientReplyModel(engines, opening);
}

async function openSynthesizer(
  config: ProvidersConfig["synthesizer"],
  opening: Opening,
): Promise<Synthesizer> {
  const engines = await openAll<Synthesizer>(config, async (candidate, first) => {
    if (candidate.provider === "scripted") {
      const { scriptedSynthesizer } = await import("../../providers/scripted/synthesizer.ts");
      return scriptedSynthesizer();
    }
    if (candidate.provider === "embedded") {
      const { openEmbeddedSynthesizer } = await import("../../providers/embedded/voice/synthesizer.ts");
      const engine = await openEmbeddedSynthesizer().catch(
        cannotOpen(first ? "SYNTHESIZER" : "TTS_FALLBACK"),
      );
      opening.onClose(() => engine.close());
      return engine;
    }
    const { openaiSynthesizer } = await import("../../providers/openai/speech/synthesizer.ts");
    const { voices, instructions, sampleRate } = config;
    return openaiSynthesizer({
      upstream: await opening.upstreamOf(candidate),
      rate: sampleRate,
      ...modelOf(candidate),
      ...priceOf(config, first),
      voices: voices.length > 0 ? voices : undefined,
      instructions,
    });
  });
  if (!needsResilience(config)) return engines[0];
  const { resilientSynthesizer } = await import("../../providers/resilient/resilient-providers.ts");
  // Each engine keeps its own phrases: what a stand-in said is not said again once the first one is back.
  return resilientSynthesizer(engines, { ...opening, phraseCacheBytes: config.phraseCacheBytes });
}

/** Names the variable whose engine could not be opened, and why. */
function cannotOpen(variable: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof StageError)) throw error;
    const why = error.cause instanceof Error ? error.cause.message : error.kind;
    throw new ConfigError(`${variable}: the embedded engine cannot be opened: ${why}`);
  };
}
