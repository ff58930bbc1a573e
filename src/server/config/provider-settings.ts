/** Settings of the transcriber, the reply model and the synthesizer: provider, address, fallbacks, prices, timeouts. */
import { z } from "zod";
import { flag, httpUrl, list, oneOf, optional, positive, secret, setting, upTo, whole } from "./setting.ts";

const pick = (does: string) =>
  optional(
    `What ${does}: embedded (the engines inside), local (neural models on this machine, which kuku models fetches), openai (any OpenAI-compatible server) or scripted. Left out: openai where a key or an address for it is set, else embedded.`,
    oneOf(["embedded", "local", "openai", "scripted"]),
  );
const address = (what: string) =>
  optional(`Where ${what} lives, up to and with /v1; default OPENAI_BASE_URL.`, httpUrl());
const key = (what: string) => secret(`Key for ${what}; default OPENAI_API_KEY; "none" sends none.`);
const model = (what: string, standard: string) =>
  optional(`Its model; default ${standard}. ${what}`.trim(), z.string());
const standIns = (example: string, { unset = "", engines = "embedded, local or scripted" } = {}) =>
  setting(
    `Who stands in when it fails, in order, separated by commas: a model of the same server, MODEL@URL of another one, ${engines}${unset && `; ${unset}`}. Example: ${example}`,
    "",
    list().refine((entries) => entries.every((entry) => isStandIn(entry, engines)), {
      message: `must be models, MODEL@URL, ${engines}, separated by commas`,
    }),
  );
const standInKey = () => secret("Key for the servers that such a MODEL@URL names; left out: none is sent.");
const price = (doc: string) => optional(doc, upTo(1_000_000));
const seconds = (doc: string, fallback: string) => setting(doc, fallback, positive(600));

/** In the order of `.env.example`. */
export const providerSettings = {
  TRANSCRIBER: pick("hears"),
  REPLY_MODEL: optional(
    "What answers: embedded (rules, no language model), openai or scripted; left out, as above.",
    oneOf(["embedded", "openai", "scripted"]),
  ),
  SYNTHESIZER: pick("speaks"),
  MODELS_DIR: optional(
    "Folder of the models of local, each in a folder of its own; left out: DATA_DIR/models. STT_MODEL and TTS_MODEL name one of them; left out, the language chooses.",
    z.string().min(1),
  ),
  READING_SECOND_OPINION: setting(
    "1: a word of a reading that the embedded judge calls wrong is looked up in what a local model writes down, and not called wrong if it stands there. Only with TRANSCRIBER=local, or local in STT_FALLBACK.",
    "0",
    flag(),
  ),
  OPENAI_API_KEY: secret("Key for OpenAI, or for the server that OPENAI_BASE_URL names."),
  OPENAI_BASE_URL: optional(
    "Where that server lives, up to and with /v1; left out: OpenAI. Local servers mostly need no key.",
    httpUrl(),
  ),

  STT_BASE_URL: address("the server that hears"),
  STT_API_KEY: key("it"),
  STT_MODEL: model("", "gpt-live-transcribe over the Realtime socket, else gpt-transcribe"),
  STT_REALTIME: optional(
    "1: audio goes up while the user speaks, over the Realtime socket; 0: it goes up as a file. Left out: 1 for OpenAI, unless STT_MODEL names another model or STT_WORD_TIMES is set.",
    flag(),
  ),
  STT_VERBATIM: setting("1: asks for fillers (um, uh) to be kept.", "1", flag()),
  STT_WORD_TIMES: setting("1: asks for word times, where the model can (verbose_json).", "0", flag()),
  STT_FALLBACK: standIns("gpt-transcribe,embedded", {
    unset: "left out, for OpenAI: its other transcribers",
  }),
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
  LLM_API: optional(
    "responses: OpenAI's Responses API; chat: Chat Completions. Left out: responses for OpenAI, chat for other servers; a MODEL@URL is always asked by chat.",
    oneOf(["responses", "chat"]),
  ),
  LLM_TEMPERATURE: optional("0 to 2; left out, the model's own.", upTo(2)),
  LLM_REASONING_EFFORT: optional(
    "For models that think first: none, minimal, low, medium or high; left out, the model's own.",
    oneOf(["none", "minimal", "low", "medium", "high"]),
  ),
  LLM_HEDGE_AFTER_MS: optional(
    "A first token later than this is asked for a second time, and the first to answer wins; left out: never.",
    whole(1, 60_000),
  ),
  LLM_FALLBACK: standIns("gpt-5.4-nano,llama3.2@http://127.0.0.1:11434/v1,embedded", {
    engines: "embedded or scripted",
  }),
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
    "Servers compatible with OpenAI's /audio/speech, which ends there on 6 January 2027, are asked for the model that it had last unless one is named here.",
    "gpt-realtime-2.1-mini over the Realtime socket",
  ),
  TTS_REALTIME: optional(
    "1: it speaks over the Realtime socket; 0: over /audio/speech. Left out: 1 where TTS_MODEL names a Realtime model, and for OpenAI unless it names another.",
    flag(),
  ),
  TTS_VOICES: setting("Its voices, separated by commas, the default first; left out: OpenAI's.", "", list()),
  TTS_INSTRUCTIONS: optional("How to speak, for models that take it: tone, mood, accent.", z.string()),
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
  TTS_PRICE_MINUTE: price("… or for a minute of audio …"),
  TTS_PRICE_INPUT: price("… or, over the Realtime socket, for a million tokens of input …"),
  TTS_PRICE_OUTPUT: price("… and of output."),
  TTS_CONNECT_TIMEOUT_SECONDS: seconds("Longest wait for a connection to it …", "3"),
  TTS_FIRST_BYTE_TIMEOUT_SECONDS: seconds("… from the request to the first sound …", "10"),
  TTS_STALL_TIMEOUT_SECONDS: seconds("… and between two pieces of sound.", "5"),
};

/** Splits `MODEL@URL`; a model's own name may hold an @. */
export function splitStandIn(entry: string): { model: string; url?: string } {
  const at = entry.search(/@https?:\/\//);
  return at < 0 ? { model: entry } : { model: entry.slice(0, at), url: entry.slice(at + 1) };
}

function isStandIn(entry: string, engines: string): boolean {
  if (entry === "local") return engines.includes("local");
  const { model: name, url } = splitStandIn(entry);
  return name !== "" && !/\s/.test(name) && (url === undefined || httpUrl().safeParse(url).success);
}
