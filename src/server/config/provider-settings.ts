/** Settings of the transcriber, the reply model and the synthesizer: provider, address, fallbacks, prices, timeouts. */
import { z } from "zod";
import type { Price } from "../../ports/usage.ts";
import { flag, httpUrl, list, oneOf, positive, secret, setting, upTo, whole } from "./setting.ts";

const provider = () => oneOf(["embedded", "openai", "scripted"]).optional();
const pick = (does: string) =>
  setting(
    `What ${does}: embedded (the engines inside), openai (any OpenAI-compatible server) or scripted. Left out: openai where a key or an address for it is set, else embedded.`,
    undefined,
    provider(),
  );
const address = (what: string) =>
  setting(
    `Where ${what} lives, up to and with /v1; default OPENAI_BASE_URL.`,
    undefined,
    httpUrl().optional(),
  );
const key = (what: string) => secret(`Key for ${what}; default OPENAI_API_KEY; "none" sends none.`);
const model = (what: string, standard: string) =>
  setting(`Its model; default ${standard}. ${what}`.trim(), undefined, z.string().optional());
const standIns = (example: string) =>
  setting(
    `Who stands in when it fails, in order, separated by commas: a model of the same server, MODEL@URL of another one, embedded or scripted. Example: ${example}`,
    "",
    list().refine((entries) => entries.every(isStandIn), {
      message: "must be models, MODEL@URL, embedded or scripted, separated by commas",
    }),
  );
const standInKey = () => secret("Key for the servers that such a MODEL@URL names; left out: none is sent.");
const price = (doc: string) => setting(doc, undefined, upTo(1_000_000).optional());
const seconds = (doc: string, fallback: string) => setting(doc, fallback, positive(600));

/** In the order of `.env.example`. */
export const providerSettings = {
  TRANSCRIBER: pick("hears"),
  REPLY_MODEL: pick("answers"),
  SYNTHESIZER: pick("speaks"),
  OPENAI_API_KEY: secret("Key for OpenAI, or for the server that OPENAI_BASE_URL names."),
  OPENAI_BASE_URL: setting(
    "Where that server lives, up to and with /v1; left out: OpenAI. Local servers mostly need no key.",
    undefined,
    httpUrl().optional(),
  ),

  STT_BASE_URL: address("the server that hears"),
  STT_API_KEY: key("it"),
  STT_MODEL: model("", "gpt-transcribe, with STT_REALTIME gpt-live-transcribe"),
  STT_REALTIME: setting("1: audio goes up while the user speaks, over the Realtime socket.", "0", flag()),
  STT_VERBATIM: setting("1: asks for fillers (um, uh) to be kept.", "1", flag()),
  STT_WORD_TIMES: setting("1: asks for word times, where the model can (verbose_json).", "0", flag()),
  STT_FALLBACK: standIns("whisper-1,embedded"),
  STT_FALLBACK_API_KEY: standInKey(),
  STT_PRICE_MINUTE: price(
    "What its own model costs for a minute of audio, in any one currency; 0: nothing; left out: not known …",
  ),
  STT_PRICE_INPUT: price("… or for a million tokens of input …"),
  STT_PRICE_OUTPUT: price("… and of output."),
  STT_CONNECT_TIMEOUT_SECONDS: seconds("Longest wait for a connection to it …", "3"),
  STT_FIRST_BYTE_TIMEOUT_SECONDS: seconds("… from the request to the first word …", "10"),
  STT_STALL_TIMEOUT_SECONDS: seconds("… and between two pieces of an answer.", "5"),

  LLM_BASE_URL: address("the server that answers"),
  LLM_API_KEY: key("it"),
  LLM_MODEL: model("", "gpt-5.4-mini"),
  LLM_TEMPERATURE: setting("0 to 2; left out, the model's own.", undefined, upTo(2).optional()),
  LLM_REASONING_EFFORT: setting(
    "For models that think first: none, minimal, low, medium or high; left out, the model's own.",
    undefined,
    oneOf(["none", "minimal", "low", "medium", "high"]).optional(),
  ),
  LLM_HEDGE_AFTER_MS: setting(
    "A first token later than this is asked for a second time, and the first to answer wins; left out: never.",
    undefined,
    whole(1, 60_000).optional(),
  ),
  LLM_FALLBACK: standIns("gpt-5.4-nano,llama3.2@http://127.0.0.1:11434/v1,embedded"),
  LLM_FALLBACK_API_KEY: standInKey(),
  LLM_PRICE_INPUT: price(
    "What its own model costs for a million tokens of input, in the same currency; 0: nothing; left out: not known …",
  ),
  LLM_PRICE_CACHED_INPUT: price("… of input from its cache; left out, as the other input …"),
  LLM_PRICE_OUTPUT: price("… and of output."),
  LLM_CONNECT_TIMEOUT_SECONDS: seconds("Longest wait for a connection to it …", "3"),
  LLM_FIRST_BYTE_TIMEOUT_SECONDS: seconds("… from the request to the first token …", "10"),
  LLM_STALL_TIMEOUT_SECONDS: seconds("… and between two tokens.", "5"),

  TTS_BASE_URL: address("the server that speaks"),
  TTS_API_KEY: key("it"),
  TTS_MODEL: model(
    "OpenAI ends its models for /audio/speech on 6 January 2027; servers compatible with it go on.",
    "gpt-4o-mini-tts",
  ),
  TTS_VOICES: setting("Its voices, separated by commas, the default first; left out: OpenAI's.", "", list()),
  TTS_INSTRUCTIONS: setting(
    "How to speak, for models that take it: tone, mood, accent.",
    undefined,
    z.string().optional(),
  ),
  TTS_SAMPLE_RATE: setting("Of its raw PCM, Hz; a WAV header overrules it.", "24000", whole(8000, 48_000)),
  TTS_FALLBACK: standIns("embedded"),
  TTS_FALLBACK_API_KEY: standInKey(),
  TTS_PHRASE_CACHE_MB: setting(
    "Memory for the audio of phrases that are said again and again, MB; 0: none is kept.",
    "16",
    whole(0, 1024),
  ),
  TTS_PRICE_CHARACTERS: price(
    "What its own model costs for a million characters, in the same currency; 0: nothing; left out: not known …",
  ),
  TTS_PRICE_MINUTE: price("… or for a minute of audio."),
  TTS_CONNECT_TIMEOUT_SECONDS: seconds("Longest wait for a connection to it …", "3"),
  TTS_FIRST_BYTE_TIMEOUT_SECONDS: seconds("… from the request to the first sound …", "10"),
  TTS_STALL_TIMEOUT_SECONDS: seconds("… and between two pieces of sound.", "5"),
};

type Values = {
  [Name in keyof typeof providerSettings]: z.output<(typeof providerSettings)[Name]["schema"]>;
};

type ProviderName = "embedded" | "openai" | "scripted";

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
}

export interface StageConfig {
  readonly provider: ProviderName;
  readonly upstream: UpstreamConfig;
  readonly model?: string;
  readonly standIns: readonly StandIn[];
  /** Price of the stage's own model; absent: unknown. */
  readonly price?: Price;
}

export interface ProvidersConfig {
  readonly transcriber: StageConfig & {
    readonly realtime: boolean;
    readonly verbatim: boolean;
    readonly wordTimes: boolean;
  };
  readonly replyModel: StageConfig & {
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

/** Makes the providers' configuration from checked values. */
export function readProviders(v: Values): ProvidersConfig {
  return {
    transcriber: {
      ...stageConfig(v, "STT", v.TRANSCRIBER),
      realtime: v.STT_REALTIME,
      verbatim: v.STT_VERBATIM,
      wordTimes: v.STT_WORD_TIMES,
    },
    replyModel: {
      ...stageConfig(v, "LLM", v.REPLY_MODEL),
      temperature: v.LLM_TEMPERATURE,
      reasoningEffort: v.LLM_REASONING_EFFORT || undefined,
      hedgeAfterMs: v.LLM_HEDGE_AFTER_MS,
    },
    synthesizer: {
      ...stageConfig(v, "TTS", v.SYNTHESIZER),
      voices: v.TTS_VOICES,
      instructions: v.TTS_INSTRUCTIONS || undefined,
      sampleRate: v.TTS_SAMPLE_RATE,
      phraseCacheBytes: v.TTS_PHRASE_CACHE_MB * 1024 * 1024,
    },
  };
}

/** Returns why the configuration cannot work, starting with the variable's name; undefined: it can. */
export function problemOf(config: ProvidersConfig): string | undefined {
  const stages = [
    ["TRANSCRIBER", "STT", config.transcriber],
    ["REPLY_MODEL", "LLM", config.replyModel],
    ["SYNTHESIZER", "TTS", config.synthesizer],
  ] as const;
  for (const [variable, prefix, { provider, upstream, standIns }] of stages) {
    if (upstream.baseUrl !== undefined || upstream.apiKey !== undefined) continue;
    const needs = `needs one of ${prefix}_API_KEY, ${prefix}_BASE_URL, OPENAI_API_KEY, OPENAI_BASE_URL`;
    if (provider === "openai") return `${variable}: openai ${needs}`;
    const lost = standIns.find((entry) => entry.provider === "openai" && !entry.upstream);
    if (lost) return `${prefix}_FALLBACK: the model ${lost.model} ${needs}, or its own address behind an @`;
  }
  return undefined;
}

function stageConfig(v: Values, stage: "STT" | "LLM" | "TTS", picked: ProviderName | undefined): StageConfig {
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
  return {
    provider: picked ?? (baseUrl !== undefined || hasKey(apiKey) ? "openai" : "embedded"),
    upstream: upstreamConfig(baseUrl, apiKey, timeouts),
    ...(stageModel && { model: stageModel }),
    ...(stagePrice && { price: stagePrice }),
    standIns: v[`${stage}_FALLBACK`].map((entry) => readStandIn(entry, elsewhere, timeouts)),
  };
}

function priceOf(v: Values, stage: "STT" | "LLM" | "TTS"): Price | undefined {
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
    TTS: { perMillionCharacters: v.TTS_PRICE_CHARACTERS, perAudioMinute: v.TTS_PRICE_MINUTE },
  }[stage];
  const known = Object.entries(prices).filter(([, value]) => value !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

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

/** Splits `MODEL@URL`; a model's own name may hold an @. */
function splitStandIn(entry: string): { model: string; url?: string } {
  const at = entry.search(/@https?:\/\//);
  return at < 0 ? { model: entry } : { model: entry.slice(0, at), url: entry.slice(at + 1) };
}

function isStandIn(entry: string): boolean {
  const { model: name, url } = splitStandIn(entry);
  return name !== "" && !/\s/.test(name) && (url === undefined || httpUrl().safeParse(url).success);
}

function readStandIn(
  entry: string,
  apiKey: string | undefined,
  timeouts: UpstreamConfig["timeouts"],
): StandIn {
  if (entry === "embedded" || entry === "scripted") return { provider: entry };
  const { model: name, url } = splitStandIn(entry);
  const upstream = url === undefined ? undefined : upstreamConfig(url, apiKey, timeouts);
  return { provider: "openai", model: name, upstream };
}
