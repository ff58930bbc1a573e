/** The configuration of the transcriber, the reply model and the synthesizer, made from their settings. */
import { join } from "node:path";
import { systemClock } from "../../lib/clock.ts";
import type { Price } from "../../ports/usage.ts";
import { type providerSettings, splitStandIn } from "./provider-settings.ts";
import type { ValuesOf } from "./setting.ts";
import { hasEnded, speaksLive, transcribesLive } from "./vendor-models.ts";

type Values = ValuesOf<typeof providerSettings> & { readonly DATA_DIR: string };

type StagePrefix = "STT" | "LLM" | "TTS";
type ProviderName = "embedded" | "local" | "openai" | "scripted";

/** Address, key and timeouts of one server. */
interface UpstreamConfig {
  readonly baseUrl?: string;
  readonly apiKey?: string;
  readonly timeouts: { readonly connectMs: number; readonly firstByteMs: number; readonly stallMs: number };
}

/** A fallback, used when the providers before it have failed. */
export interface StandIn {
  readonly provider: ProviderName;
  readonly model?: string;
  /** Left out: the stage's own server. */
  readonly upstream?: UpstreamConfig;
  /** Spoken to over the Realtime socket. */
  readonly realtime?: boolean;
  /** Not set by anybody: it stands in for OpenAI's default. */
  readonly byDefault?: true;
}

export interface StageConfig {
  /** Its settings begin with this. */
  readonly prefix: StagePrefix;
  readonly provider: ProviderName;
  /** Its server is OpenAI's own. */
  readonly vendor: boolean;
  /** Its own model is spoken to over the Realtime socket. */
  readonly realtime: boolean;
  readonly upstream: UpstreamConfig;
  readonly model?: string;
  readonly standIns: readonly StandIn[];
  /** Price of the stage's own model; absent: unknown. */
  readonly price?: Price;
}

export interface ProvidersConfig {
  /** Folder of the models that run on this machine. */
  readonly modelsDir: string;
  readonly transcriber: StageConfig & {
    readonly verbatim: boolean;
    readonly wordTimes: boolean;
    /** Local models review the embedded judge's verdicts. */
    readonly secondOpinion: boolean;
  };
  readonly replyModel: StageConfig & {
    /** How its own server is asked. */
    readonly api: "responses" | "chat";
    readonly temperature?: number;
    readonly reasoningEffort?: "none" | "minimal" | "low" | "medium" | "high";
    readonly hedgeAfterMs?: number;
  };
  readonly synthesizer: StageConfig & {
    /** Empty: the vendor's. */
    readonly voices: readonly string[];
    readonly instructions?: string;
    readonly sampleRate: number;
    /** Memory for phrases said again and again. */
    readonly phraseCacheBytes: number;
  };
}

/** Makes the providers' configuration from checked values; `now` in ms since the epoch. */
export function readProviders(v: Values, now: number = systemClock.wallTime()): ProvidersConfig {
  return {
    modelsDir: v.MODELS_DIR ?? join(v.DATA_DIR, "models"),
    transcriber: {
      ...withVendorDefaults(stageConfig(v, "STT", v.TRANSCRIBER), {
        realtime: v.STT_REALTIME,
        isRealtime: transcribesLive,
        // Word times come with files alone.
        byDefault: !v.STT_WORD_TIMES,
        standIns: ["gpt-transcribe", "gpt-4o-transcribe"],
        now,
      }),
      verbatim: v.STT_VERBATIM,
      wordTimes: v.STT_WORD_TIMES,
      secondOpinion: v.READING_SECOND_OPINION,
    },
    replyModel: readReplyModel(v),
    synthesizer: {
      ...withVendorDefaults(stageConfig(v, "TTS", v.SYNTHESIZER), {
        realtime: v.TTS_REALTIME,
        isRealtime: speaksLive,
        byDefault: true,
        standIns: ["gpt-4o-mini-tts"],
        now,
      }),
      voices: v.TTS_VOICES,
      instructions: v.TTS_INSTRUCTIONS || undefined,
      sampleRate: v.TTS_SAMPLE_RATE,
      phraseCacheBytes: v.TTS_PHRASE_CACHE_MB * 1024 * 1024,
    },
  };
}

function readReplyModel(v: Values): ProvidersConfig["replyModel"] {
  const stage = stageConfig(v, "LLM", v.REPLY_MODEL);
  return {
    ...stage,
    api: v.LLM_API ?? (stage.vendor ? "responses" : "chat"),
    temperature: v.LLM_TEMPERATURE,
    reasoningEffort: v.LLM_REASONING_EFFORT || undefined,
    hedgeAfterMs: v.LLM_HEDGE_AFTER_MS,
  };
}

interface VendorDefaults {
  /** As it is set. */
  readonly realtime: boolean | undefined;
  /** Whether a model of this name is spoken to over the Realtime socket. */
  readonly isRealtime: (model: string) => boolean;
  /** Whether OpenAI is spoken to over it where no model is named. */
  readonly byDefault: boolean;
  /** OpenAI's models over HTTP that stand in for its Realtime model where neither is named, until their end. */
  readonly standIns: readonly string[];
  readonly now: number;
}

/** Chooses between the Realtime socket and HTTP where that is not set. */
function withVendorDefaults(
  stage: StageConfig,
  { realtime, isRealtime, byDefault, standIns, now }: VendorDefaults,
): StageConfig {
  const { model: named, vendor } = stage;
  const chosen = realtime ?? (named === undefined ? vendor && byDefault : isRealtime(named));
  const added = vendor && chosen && named === undefined && stage.standIns.length === 0 ? standIns : [];
  const inTime = added.filter((name) => !hasEnded(name, now));
  return {
    ...stage,
    realtime: chosen,
    standIns: [
      ...stage.standIns.map((entry) => ({ ...entry, realtime: isRealtime(entry.model ?? "") })),
      ...inTime.map((name) => ({ provider: "openai" as const, model: name, byDefault: true as const })),
    ],
  };
}

/** Returns why the configuration cannot work, starting with the variable's name; undefined: it can. */
export function problemOf(config: ProvidersConfig): string | undefined {
  const stages = [
    ["TRANSCRIBER", "STT", config.transcriber],
    ["REPLY_MODEL", "LLM", config.replyModel],
    ["SYNTHESIZER", "TTS", config.synthesizer],
  ] as const;
  const { provider: ears, standIns: others, secondOpinion } = config.transcriber;
  if (secondOpinion && ![ears, ...others.map(({ provider }) => provider)].includes("local"))
    return "READING_SECOND_OPINION: needs TRANSCRIBER=local, or local in STT_FALLBACK";
  for (const [variable, prefix, { provider, upstream, standIns }] of stages) {
    if (upstream.baseUrl !== undefined || upstream.apiKey !== undefined) continue;
    const needs = `needs one of ${prefix}_API_KEY, ${prefix}_BASE_URL, OPENAI_API_KEY, OPENAI_BASE_URL`;
    if (provider === "openai") return `${variable}: openai ${needs}`;
    const lost = standIns.find((entry) => entry.provider === "openai" && !entry.upstream);
    if (lost) return `${prefix}_FALLBACK: the model ${lost.model} ${needs}, or its own address behind an @`;
  }
  return undefined;
}

function stageConfig(v: Values, stage: StagePrefix, picked: ProviderName | undefined): StageConfig {
  const baseUrl = v[`${stage}_BASE_URL`] ?? v.OPENAI_BASE_URL;
  const apiKey = v[`${stage}_API_KEY`] ?? v.OPENAI_API_KEY;
  const timeouts = {
    connectMs: v[`${stage}_CONNECT_TIMEOUT_SECONDS`] * 1000,
    firstByteMs: v[`${stage}_FIRST_BYTE_TIMEOUT_SECONDS`] * 1000,
    stallMs: v[`${stage}_STALL_TIMEOUT_SECONDS`] * 1000,
  };
  const stageModel = v[`${stage}_MODEL`];
  const elsewhere = v[`${stage}_FALLBACK_API_KEY`];
  const stagePrice = priceOf(v, stage);
  const provider = picked ?? (baseUrl !== undefined || hasKey(apiKey) ? "openai" : "embedded");
  return {
    prefix: stage,
    provider,
    vendor: provider === "openai" && isVendor(baseUrl),
    realtime: false,
    upstream: upstreamConfig(baseUrl, apiKey, timeouts),
    ...(stageModel && { model: stageModel }),
    ...(stagePrice && { price: stagePrice }),
    standIns: v[`${stage}_FALLBACK`].map((entry) => readStandIn(entry, elsewhere, timeouts)),
  };
}

function priceOf(v: Values, stage: StagePrefix): Price | undefined {
  const prices = {
    STT: {
      perAudioMinute: v.STT_PRICE_MINUTE,
      perMillionInputTokens: v.STT_PRICE_INPUT,
      perMillionOutputTokens: v.STT_PRICE_OUTPUT,
    },
    LLM: {
      perMillionInputTokens: v.LLM_PRICE_INPUT,
      perMillionCachedInputTokens: v.LLM_PRICE_CACHED_INPUT,
      perMillionOutputTokens: v.LLM_PRICE_OUTPUT,
    },
    TTS: {
      perMillionCharacters: v.TTS_PRICE_CHARACTERS,
      perAudioMinute: v.TTS_PRICE_MINUTE,
      perMillionInputTokens: v.TTS_PRICE_INPUT,
      perMillionOutputTokens: v.TTS_PRICE_OUTPUT,
    },
  }[stage];
  const known = Object.entries(prices).filter(([, value]) => value !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

const isVendor = (baseUrl: string | undefined) =>
  baseUrl === undefined || new URL(baseUrl).hostname === "api.openai.com";
const hasKey = (apiKey: string | undefined) => apiKey !== undefined && apiKey !== "none";

function upstreamConfig(
  baseUrl: string | undefined,
  apiKey: string | undefined,
  timeouts: UpstreamConfig["timeouts"],
): UpstreamConfig {
  return {
    ...(baseUrl !== undefined && { baseUrl }),
    ...(apiKey !== undefined && hasKey(apiKey) && { apiKey }),
    timeouts,
  };
}

function readStandIn(
  entry: string,
  apiKey: string | undefined,
  timeouts: UpstreamConfig["timeouts"],
): StandIn {
  if (entry === "embedded" || entry === "local" || entry === "scripted") return { provider: entry };
  const { model: name, url } = splitStandIn(entry);
  const upstream = url === undefined ? undefined : upstreamConfig(url, apiKey, timeouts);
  return { provider: "openai", model: name, ...(upstream && { upstream }) };
}
