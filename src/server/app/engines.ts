/** Opens the configured engines; the only place that knows every provider by name. */
import type { Clock } from "../../lib/clock.ts";
import { StageError } from "../../lib/errors.ts";
import type { ReplyModel } from "../../ports/reply-model.ts";
import type { Synthesizer } from "../../ports/synthesizer.ts";
import type { Transcriber } from "../../ports/transcriber.ts";
import type { Departure } from "../../providers/openai/speech/departure.ts";
import type { Upstream } from "../../providers/openai/upstream.ts";
import type { CircuitChange } from "../../providers/resilient/circuit-breaker.ts";
import type { FailedAttempt } from "../../providers/resilient/failover.ts";
import { ConfigError } from "../config/config.ts";
import type { ProvidersConfig, StageConfig, StandIn } from "../config/provider-config.ts";
import type { Logger } from "../logging/log.ts";
import { ModelWatch, tellModelEnds } from "./model-notices.ts";

export interface OpenEngines {
  readonly transcriber: Transcriber;
  readonly replyModel: ReplyModel;
  readonly synthesizer: Synthesizer;
  /** Connects to the stages' own servers and opens the voice's socket now, before a turn needs them. */
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
  /** Called for each sentence that a voice said otherwise than it is written. */
  readonly onDeparture?: (() => void) | undefined;
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
  /** Called for each sentence that `provider` said otherwise than it is written. */
  readonly onDeparture: (provider: string, departure: Departure) => void;
  /** Called when a server says that it does not have the candidate's model. */
  readonly onModelGone: (candidate: StandIn, provider: string) => void;
  /** Asks an engine's server in the background whether it has its model. A server need not know that request, unless it is OpenAI's. */
  readonly checkModel: (candidate: StandIn, engine: { readonly name: string }) => Promise<void>;
  /** Has `start` run whenever connections are made ahead. */
  readonly onWarm: (start: () => void) => void;
}

/**
 * Opens the configured engines; modules of engines that are not picked are not loaded.
 * @throws ConfigError naming the variable whose engine cannot be opened.
 */
export async function openEngines(config: ProvidersConfig, around: Surroundings): Promise<OpenEngines> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => void (await Promise.all(closers.map((end) => end())));
  const starts: (() => void)[] = [];
  const opening = (stage: StageConfig) => openingOf(stage, around, closers, starts);
  tellModelEnds(config, around);
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
    for (const start of starts) start();
  };
  return { transcriber, replyModel, synthesizer, warm, close };
}

function openingOf(
  stage: StageConfig,
  around: Surroundings,
  closers: (() => Promise<void>)[],
  starts: (() => void)[],
): Opening {
  const { clock, log, onProviderFailure, onCircuit, onDeparture } = around;
  const upstreams = new Map<StandIn | StageConfig, Promise<Upstream>>();
  const models = new ModelWatch(stage, log);
  const onClose: Opening["onClose"] = (close) => void closers.push(close);
  const open = async (settings: StageConfig["upstream"]) => {
    const { openUpstream } = await import("../../providers/openai/upstream.ts");
    const upstream = openUpstream(settings, clock);
    onClose(() => upstream.close());
    if (settings === stage.upstream) starts.push(() => void upstream.warm());
    return upstream;
  };
  return {
    clock,
    onClose,
    upstreamOf(candidate) {
      const server = candidate.upstream ? candidate : stage;
      const opened = upstreams.get(server) ?? open(candidate.upstream ?? stage.upstream);
      upstreams.set(server, opened);
      return opened;
    },
    onFailure(attempt) {
      const { stage: failing, provider, error } = attempt;
      log.warn({ stage: failing, provider, err: error }, "provider failed");
      void models.failed(provider, error);
      onProviderFailure?.(attempt);
    },
    onCircuit(change) {
      log[change.state === "open" ? "warn" : "info"](change, "provider circuit changed");
      onCircuit?.(change);
    },
    onDeparture(provider, departure) {
      log.warn({ stage: "synthesize", provider, ...departure }, "voice departed from its text");
      onDeparture?.();
    },
    onModelGone: (candidate, provider) => models.tellGone(candidate, provider),
    async checkModel(candidate, { name }) {
      await models.check(candidate, name, await this.upstreamOf(candidate));
    },
    onWarm: (start) => void starts.push(start),
  };
}

/** Returns the stage's own provider, then its fallbacks. */
function candidatesOf(stage: StageConfig): readonly [StandIn, ...StandIn[]] {
  const { provider, model, realtime } = stage;
  return [{ provider, realtime, model }, ...stage.standIns];
}

/** Whether a stage needs retries and failover, as engines across a network do. */
function needsResilience(stage: StageConfig): boolean {
  return stage.standIns.length > 0 || stage.provider === "openai";
}

async function openAll<Port extends { readonly name: string }>(
  stage: StageConfig,
  opening: Opening,
  open: (candidate: StandIn, first: boolean) => Promise<Port>,
): Promise<[Port, ...Port[]]> {
  const [first, ...rest] = candidatesOf(stage);
  const openOne = async (candidate: StandIn, isFirst: boolean) => {
    const engine = await open(candidate, isFirst);
    if (candidate.provider === "openai") void opening.checkModel(candidate, engine);
    return engine;
  };
  const [engine, ...standIns] = await Promise.all([
    openOne(first, true),
    ...rest.map((candidate) => openOne(candidate, false)),
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
  const engines = await openAll<Transcriber>(config, opening, async (candidate, first) => {
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
    if (candidate.realtime) {
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

const chatModel = async () => (await import("../../providers/openai/chat/reply-model.ts")).openaiReplyModel;
const modelOver = {
  chat: chatModel,
  responses: async () =>
    (await import("../../providers/openai/responses/reply-model.ts")).openaiResponsesModel,
};

async function openReplyModel(config: ProvidersConfig["replyModel"], opening: Opening): Promise<ReplyModel> {
  const engines = await openAll<ReplyModel>(config, opening, async (candidate, first) => {
    if (candidate.provider === "scripted") {
      const { scriptedReplyModel } = await import("../../providers/scripted/reply-model.ts");
      return scriptedReplyModel();
    }
    if (candidate.provider === "embedded") {
      const { ruleBasedReplyModel } = await import("../../coach/rule-based/reply-model.ts");
      return ruleBasedReplyModel();
    }
    const { temperature, reasoningEffort, hedgeAfterMs } = config;
    const open = candidate.upstream ? chatModel : modelOver[config.api];
    const model = (await open())({
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
  const engines = await openAll<Synthesizer>(config, opening, async (candidate, first) => {
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
    return candidate.realtime
      ? openRealtimeVoice(config, candidate, first, opening)
      : openSpeechVoice(config, candidate, first, opening);
  });
  if (!needsResilience(config)) return engines[0];
  const { resilientSynthesizer } = await import("../../providers/resilient/resilient-providers.ts");
  // Each engine keeps its own phrases: what a stand-in said is not said again once the first one is back.
  return resilientSynthesizer(engines, { ...opening, phraseCacheBytes: config.phraseCacheBytes });
}

type VoiceConfig = ProvidersConfig["synthesizer"];

/** Voice options that are the same over HTTP and over the Realtime socket. */
const voiceOf = (config: VoiceConfig, candidate: StandIn, first: boolean) => ({
  ...modelOf(candidate),
  ...priceOf(config, first),
  voices: config.voices.length > 0 ? config.voices : undefined,
  instructions: config.instructions,
});

async function openSpeechVoice(
  config: VoiceConfig,
  candidate: StandIn,
  first: boolean,
  opening: Opening,
): Promise<Synthesizer> {
  const { openaiSynthesizer } = await import("../../providers/openai/speech/synthesizer.ts");
  const upstream = await opening.upstreamOf(candidate);
  return openaiSynthesizer({ upstream, rate: config.sampleRate, ...voiceOf(config, candidate, first) });
}

async function openRealtimeVoice(
  config: VoiceConfig,
  candidate: StandIn,
  first: boolean,
  opening: Opening,
): Promise<Synthesizer> {
  const { openaiRealtimeSynthesizer } = await import("../../providers/openai/speech/realtime-synthesizer.ts");
  const voice = openaiRealtimeSynthesizer({
    upstream: await opening.upstreamOf(candidate),
    ...voiceOf(config, candidate, first),
    onDeparture: (departure) => opening.onDeparture(voice.name, departure),
    onModelGone: () => opening.onModelGone(candidate, voice.name),
  });
  opening.onClose(() => voice.close());
  if (first) opening.onWarm(() => voice.warm());
  // Now, too: a model that is gone is told at start-up.
  voice.warm();
  return voice;
}

/** Names the variable whose engine could not be opened, and why. */
function cannotOpen(variable: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof StageError)) throw error;
    const why = error.cause instanceof Error ? error.cause.message : error.kind;
    throw new ConfigError(`${variable}: the embedded engine cannot be opened: ${why}`);
  };
}
