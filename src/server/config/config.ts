/** The configuration, read from the environment through one schema. */
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { z } from "zod";
import { type AccessConfig, accessSettings, readAccess } from "./access-settings.ts";
import { type ProvidersConfig, problemOf, readProviders } from "./provider-config.ts";
import { providerSettings } from "./provider-settings.ts";
import { list, oneOf, optional, positive, type Setting, setting, type ValuesOf, whole } from "./setting.ts";
import { readStorage, type StorageConfig, storageProblem, storageSettings } from "./storage-settings.ts";
import { readTelemetry, type TelemetryConfig, telemetrySettings } from "./telemetry-settings.ts";

/** An invalid setting. The message starts with the variable's name and can be printed. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Longest utterance that every transcriber accepts, s. */
const longestUtteranceS = 60;

/** Most worker processes; a machine that has more cores than that is better shared by several servers. */
const mostWorkers = 128;

const workers = () => {
  const message = `must be auto, or a whole number from 1 to ${mostWorkers}`;
  return z
    .string()
    .regex(/^(auto|[1-9]\d{0,2})$/, { message })
    .transform((text) => (text === "auto" ? Math.min(availableParallelism(), mostWorkers) : Number(text)))
    .refine((count) => count <= mostWorkers, { message });
};

const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text;

/** Every variable, in the order of `.env.example`. */
export const settings = {
  HOST: setting("Address to listen on. 0.0.0.0 lets other machines in.", "127.0.0.1", z.string().min(1)),
  PORT: setting("Port to listen on; 0 takes any free one.", "8000", whole(0, 65_535)),
  WORKERS: setting("Processes that share the port: a number, or auto for one a core.", "1", workers()),
  DATA_DIR: setting("Folder for what is kept between starts.", "./data", z.string().min(1)),
  LOG_LEVEL: setting(
    "How much is logged: fatal, error, warn, info, debug, trace or silent.",
    "info",
    oneOf(["fatal", "error", "warn", "info", "debug", "trace", "silent"]),
  ),
  PERSONAS_DIR: optional(
    "Folder of personas of your own, a JSON file each (docs/personas.md); the same on every node.",
    z.string(),
  ),
  ...telemetrySettings,
  ...providerSettings,
  ...storageSettings,
  DRAFT_AFTER_MS: setting(
    "Pause within a turn after which its reply is begun ahead, ms; 0: never. Only with TRANSCRIBER=openai or local.",
    "150",
    whole(0, 10_000),
  ),
  ...accessSettings,
  TLS_CERT: optional("Certificate file (PEM), together with TLS_KEY.", z.string()),
  TLS_KEY: optional("Its private key file (PEM).", z.string()),
  ALLOWED_ORIGINS: setting(
    "Web origins let in beside this server's own and loopback, separated by commas; a proxy's name belongs here.",
    "",
    list().refine((origins) => origins.every(isOrigin), {
      message: "must be origins such as https://example.org, separated by commas",
    }),
  ),
  MAX_SESSIONS: setting("Sessions at once; more are answered 503.", "2000", whole(1, 1_000_000)),
  MAX_MESSAGE_BYTES: setting(
    "Largest message a client may send, whole utterances among them; twice as much closes.",
    "8388608",
    whole(1024, 16_777_216),
  ),
  MAX_EVENT_BYTES: setting(
    "Largest text message, the base64 audio in it not counted.",
    "262144",
    whole(1024, 16_777_216),
  ),
  MAX_ITEM_BYTES: setting(
    "Largest item that a client hands in (a typed message, a function's output): bytes of its JSON without audio.",
    "32768",
    whole(1024, 16_777_216),
  ),
  MAX_CONVERSATION_BYTES: setting(
    "Size of a conversation's items, in bytes, at which a client may add none; speech goes on.",
    "2097152",
    whole(1024, 1_073_741_824),
  ),
  MAX_INSTRUCTIONS_BYTES: setting(
    "Longest instructions of a session, and its tools as JSON, bytes each.",
    "65536",
    whole(1024, 16_777_216),
  ),
  MAX_RECEIVING_BYTES: setting(
    "Bytes of large messages of all clients that are being received or wait to be heard; beyond it the slowest is closed.",
    "268435456",
    whole(1_048_576, 1_099_511_627_776),
  ),
  MAX_AUDIO_MESSAGES_PER_SECOND: setting("Audio messages a second, sustained.", "4000", whole(1, 100_000)),
  MAX_EVENTS_PER_SECOND: setting("Events other than audio a second, sustained.", "50", whole(1, 10_000)),
  MAX_TEXT_BYTES_PER_SECOND: setting(
    "Bytes of text messages a second, base64 audio among them, sustained.",
    "1048576",
    whole(1024, 1_073_741_824),
  ),
  MAX_AUDIO_SPEED_RATIO: setting(
    "Audio may come this many times faster than real time …",
    "4",
    positive(1000),
  ),
  MAX_AUDIO_BURST_SECONDS: setting("… beyond a burst of this length.", "60", positive(3600)),
  MAX_INPUT_BUFFER_SECONDS: setting(
    "Audio of one item: a longer turn is several. 60 at most.",
    "60",
    positive(3600),
  ),
  MAX_BAD_MESSAGES: setting("Messages in a row that are not JSON before closing.", "20", whole(1, 1_000_000)),
  MAX_SESSION_MINUTES: setting("Longest session.", "60", positive(10_080)),
  IDLE_TIMEOUT_SECONDS: setting("A client silent for this long is closed.", "300", positive(86_400)),
  AUTHENTICATION_DEADLINE_SECONDS: setting("Time to authenticate.", "10", positive(600)),
  PING_INTERVAL_SECONDS: setting("Ping this often; two unanswered end the connection.", "20", positive(3600)),
  SOCKET_HIGH_WATER_BYTES: setting(
    "Bytes waiting in a socket beyond which no more reply audio is made.",
    "262144",
    whole(1024, 1_073_741_824),
  ),
  SLOW_CONSUMER_DEADLINE_SECONDS: setting(
    "A client that keeps its socket above that for this long is closed.",
    "10",
    positive(600),
  ),
  DRAIN_DEADLINE_SECONDS: setting("On SIGTERM, replies under way get this long.", "10", positive(3600)),
};

type Values = ValuesOf<typeof settings>;

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Processes that share the port. */
  readonly workers: number;
  readonly dataDir: string;
  readonly logLevel: Values["LOG_LEVEL"];
  /** Undefined: only the built-in personas. */
  readonly personasDir?: string;
  readonly providers: ProvidersConfig;
  readonly storage: StorageConfig;
  readonly access: AccessConfig;
  /** Signs sign-ins and client secrets; undefined: a key is made in `dataDir`. */
  readonly authSecret?: string;
  readonly telemetry: TelemetryConfig;
  /** Undefined: no drafts. */
  readonly draftAfterMs?: number;
  /** PEM text. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly allowedOrigins: readonly string[];
  readonly limits: Limits;
}

/** Returns the process's environment, completed from a `.env` file in the working directory. */
export function environment(): Record<string, string | undefined> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  return process.env;
}

/**
 * Reads the configuration. An empty variable counts as not set.
 * @throws ConfigError naming each variable that cannot be used, one a line
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, entry] of Object.entries(settings) as [string, Setting<z.ZodType>][]) {
    const given = env[name] === "" ? undefined : env[name];
    const parsed = entry.schema.safeParse(given ?? entry.fallback);
    if (parsed.success) values[name] = parsed.data;
    else {
      const shown =
        given === undefined || entry.secret ? "" : ` (it is ${JSON.stringify(given.slice(0, 80))})`;
      problems.push(`${name}: ${parsed.error.issues[0]?.message ?? "cannot be used"}${shown}`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems.join("\n"));
  return toConfig(values as Values);
}

/**
 * Whether a draft's transcription costs nothing: a provider's machine makes it, or a local model, whose draft is the
 * transcript where nothing follows. The embedded recogniser would need half a second of a core.
 */
const drafts = (transcriber: ProvidersConfig["transcriber"]["provider"]) =>
  transcriber === "openai" || transcriber === "local";

function toConfig(v: Values): Config {
  const tls = readTls(v.TLS_CERT, v.TLS_KEY);
  const providers = readProviders(v);
  const problem = problemOf(providers) ?? storageProblem(v);
  if (problem !== undefined) throw new ConfigError(problem);
  const access = readAccess(v, { host: v.HOST, databaseUrl: v.DATABASE_URL });
  if (typeof access === "string") throw new ConfigError(access);
  return {
    host: v.HOST,
    port: v.PORT,
    workers: v.WORKERS,
    dataDir: v.DATA_DIR,
    logLevel: v.LOG_LEVEL,
    personasDir: v.PERSONAS_DIR,
    providers,
    storage: readStorage(v, v.DATA_DIR),
    access,
    authSecret: v.AUTH_SECRET,
    telemetry: readTelemetry(v),
    draftAfterMs:
      v.DRAFT_AFTER_MS > 0 && drafts(providers.transcriber.provider) ? v.DRAFT_AFTER_MS : undefined,
    tls,
    allowedOrigins: v.ALLOWED_ORIGINS,
    limits: readLimits(v),
  };
}

/** Limits on what clients may send and use; times in ms. */
export type Limits = Readonly<ReturnType<typeof readLimits>>;

function readLimits(v: Values) {
  return {
    maxSessions: v.MAX_SESSIONS,
    maxMessageBytes: v.MAX_MESSAGE_BYTES,
    maxEventBytes: v.MAX_EVENT_BYTES,
    maxItemBytes: v.MAX_ITEM_BYTES,
    maxConversationBytes: v.MAX_CONVERSATION_BYTES,
    maxInstructionsBytes: v.MAX_INSTRUCTIONS_BYTES,
    maxReceivingBytes: v.MAX_RECEIVING_BYTES,
    audioMessagesPerSecond: v.MAX_AUDIO_MESSAGES_PER_SECOND,
    eventsPerSecond: v.MAX_EVENTS_PER_SECOND,
    textBytesPerSecond: v.MAX_TEXT_BYTES_PER_SECOND,
    audioSpeedRatio: v.MAX_AUDIO_SPEED_RATIO,
    burstSeconds: v.MAX_AUDIO_BURST_SECONDS,
    maxInputBufferMs: Math.min(v.MAX_INPUT_BUFFER_SECONDS, longestUtteranceS) * 1000,
    maxBadMessages: v.MAX_BAD_MESSAGES,
    maxSessionMs: v.MAX_SESSION_MINUTES * 60_000,
    idleTimeoutMs: v.IDLE_TIMEOUT_SECONDS * 1000,
    authenticationDeadlineMs: v.AUTHENTICATION_DEADLINE_SECONDS * 1000,
    pingIntervalMs: v.PING_INTERVAL_SECONDS * 1000,
    socketHighWaterBytes: v.SOCKET_HIGH_WATER_BYTES,
    slowConsumerDeadlineMs: v.SLOW_CONSUMER_DEADLINE_SECONDS * 1000,
    drainDeadlineMs: v.DRAIN_DEADLINE_SECONDS * 1000,
  };
}

function readTls(
  cert: string | undefined,
  key: string | undefined,
): { cert: string; key: string } | undefined {
  if (!cert && !key) return undefined;
  if (!cert) throw new ConfigError("TLS_CERT: must name the certificate file when TLS_KEY is set");
  if (!key) throw new ConfigError("TLS_KEY: must name the key file when TLS_CERT is set");
  return { cert: readPem("TLS_CERT", cert), key: readPem("TLS_KEY", key) };
}

function readPem(name: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new ConfigError(`${name}: cannot read ${JSON.stringify(path)} (${code})`);
  }
}
