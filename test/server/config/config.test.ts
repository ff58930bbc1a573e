import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { describe, expect, test } from "vitest";
import { ConfigError, readConfig, settings } from "../../../src/server/config/config.ts";
import { envExample } from "../../../src/server/config/env-example.ts";
import { readProviders } from "../../../src/server/config/provider-config.ts";
import { hasEnded } from "../../../src/server/config/vendor-models.ts";

const problem = (env: Record<string, string>): string => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
};

const timeouts = { connectMs: 3000, firstByteMs: 10_000, stallMs: 5000 };
const embedded = {
  provider: "embedded",
  vendor: false,
  realtime: false,
  upstream: { timeouts },
  standIns: [],
};

describe("the configuration", () => {
  test("without a variable set: loopback, port 8000, embedded engines, the documented limits", () => {
    expect(readConfig({})).toEqual({
      host: "127.0.0.1",
      port: 8000,
      workers: 1,
      dataDir: "./data",
      logLevel: "info",
      providers: {
        modelsDir: "data/models",
        transcriber: { ...embedded, prefix: "STT", verbatim: true, wordTimes: false, secondOpinion: false },
        replyModel: { ...embedded, prefix: "LLM", api: "chat" },
        synthesizer: {
          ...embedded,
          prefix: "TTS",
          voices: [],
          sampleRate: 24_000,
          phraseCacheBytes: 16_777_216,
        },
      },
      storage: {
        audioStore: "./data/audio",
        s3: { region: "us-east-1" },
        replyAudioMs: 24 * 3_600_000,
        recordingMs: 30 * 24 * 3_600_000,
        sessionIdleMs: 24 * 3_600_000,
        sessionAgeMs: 168 * 3_600_000,
        auditMs: 365 * 24 * 3_600_000,
        unconfirmedMs: 7 * 24 * 3_600_000,
        graceMs: 60_000,
        maxUploadBytes: 25 * 1024 * 1024,
        maxUploadMs: 60_000,
      },
      access: {
        mode: "none",
        anonymous: false,
        trustProxy: [],
        signUp: "open",
        verifyEmail: true,
        mail: { from: "Kuku Coach <kuku@localhost>" },
        perUser: {},
        perApplication: {},
        perAddress: {},
        uploadsAtOnce: 24,
        mostFailures: 20,
      },
      telemetry: {},
      allowedOrigins: [],
      limits: {
        maxSessions: 2000,
        maxMessageBytes: 8 * 1024 * 1024,
        maxEventBytes: 256 * 1024,
        maxItemBytes: 32 * 1024,
        maxConversationBytes: 2 * 1024 * 1024,
        maxInstructionsBytes: 64 * 1024,
        maxReceivingBytes: 256 * 1024 * 1024,
        audioMessagesPerSecond: 4000,
        eventsPerSecond: 50,
        textBytesPerSecond: 1024 * 1024,
        audioSpeedRatio: 4,
        burstSeconds: 60,
        maxInputBufferMs: 60_000,
        maxBadMessages: 20,
        maxSessionMs: 3_600_000,
        idleTimeoutMs: 300_000,
        authenticationDeadlineMs: 10_000,
        pingIntervalMs: 20_000,
        socketHighWaterBytes: 256 * 1024,
        slowConsumerDeadlineMs: 10_000,
        drainDeadlineMs: 10_000,
      },
    });
  });

  test.each([
    ["PORT", "many", "PORT: must be a whole number from 0 to 65535"],
    ["PORT", "65536", "PORT: must be a whole number from 0 to 65535"],
    ["PORT", "-1", "PORT: must be"],
    ["PORT", "0x10", "PORT: must be"],
    ["LOG_LEVEL", "loud", "LOG_LEVEL: must be one of fatal, error"],
    ["TRANSCRIBER", "vosk", "TRANSCRIBER: must be one of embedded, local, openai, scripted"],
    ["LLM_FALLBACK", "local", "LLM_FALLBACK: must be models, MODEL@URL, embedded or scripted"],
    ["REPLY_MODEL", "local", "REPLY_MODEL: must be one of embedded, openai, scripted"],
    ["REPLY_MODEL", "openai", "REPLY_MODEL: openai needs one of LLM_API_KEY, LLM_BASE_URL, OPENAI_API_KEY"],
    [
      "READING_SECOND_OPINION",
      "1",
      "READING_SECOND_OPINION: needs TRANSCRIBER=local, or local in STT_FALLBACK",
    ],
    ["STT_REALTIME", "yes", "STT_REALTIME: must be 0 or 1"],
    ["LLM_TEMPERATURE", "2.1", "LLM_TEMPERATURE: must be a number from 0 to 2"],
    ["LLM_FALLBACK", "a model", "LLM_FALLBACK: must be models, MODEL@URL, embedded or scripted"],
    ["LLM_FALLBACK", "@http://x/v1", "LLM_FALLBACK: must be models"],
    ["TTS_FALLBACK", "tts-1", "TTS_FALLBACK: the model tts-1 needs one of TTS_API_KEY"],
    ["TTS_SAMPLE_RATE", "44.1", "TTS_SAMPLE_RATE: must be a whole number from 8000 to 48000"],
    ["STT_STALL_TIMEOUT_SECONDS", "0", "STT_STALL_TIMEOUT_SECONDS: must be a number above 0"],
    ["OPENAI_BASE_URL", "not a url", "OPENAI_BASE_URL: must be an http(s) URL"],
    ["OPENAI_BASE_URL", "ftp://example.org", "OPENAI_BASE_URL: must be an http(s) URL"],
    ["ALLOWED_ORIGINS", "example.org", "ALLOWED_ORIGINS: must be origins such as https://example.org"],
    ["ALLOWED_ORIGINS", "https://example.org/page", "ALLOWED_ORIGINS: must be origins"],
    ["MAX_AUDIO_SPEED_RATIO", "0", "MAX_AUDIO_SPEED_RATIO: must be a number above 0"],
    ["METRICS_TOKEN", "short", "METRICS_TOKEN: must be 16 characters or more"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "OTEL_EXPORTER_OTLP_ENDPOINT: must be an http(s) URL"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "api-key", "OTEL_EXPORTER_OTLP_HEADERS: must be NAME=VALUE"],
    ["MAX_MESSAGE_BYTES", "", ""],
  ])("%s=%s is answered by its name", (name, value, message) => {
    const said = problem({ [name]: value });
    if (message === "") expect(said).toBe("");
    else expect(said).toContain(message);
  });

  test("every variable that cannot be used is named, one a line", () => {
    const lines = problem({ PORT: "x", SYNTHESIZER: "y", MAX_SESSIONS: "0" }).split("\n");
    expect(lines.map((line) => line.split(":")[0])).toEqual(["PORT", "SYNTHESIZER", "MAX_SESSIONS"]);
  });

  test("a certificate needs its key, and both must be there to read", () => {
    expect(problem({ TLS_CERT: "cert.pem" })).toContain("TLS_KEY: must name the key file");
    expect(problem({ TLS_KEY: "key.pem" })).toContain("TLS_CERT: must name the certificate file");
    expect(problem({ TLS_CERT: "/nowhere/cert.pem", TLS_KEY: "/nowhere/key.pem" })).toContain(
      'TLS_CERT: cannot read "/nowhere/cert.pem" (ENOENT)',
    );
  });

  test("traces go where they are asked to go, with headers decoded", () => {
    const { telemetry } = readConfig({
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic%20YTpi, x-team=voice",
      OTEL_SERVICE_NAME: "coach-eu",
      METRICS_TOKEN: "0123456789abcdef",
    });
    expect(telemetry).toEqual({
      metricsToken: "0123456789abcdef",
      traces: {
        endpoint: "http://127.0.0.1:4318",
        headers: { authorization: "Basic YTpi", "x-team": "voice" },
        serviceName: "coach-eu",
      },
    });
  });

  test("origins are a list", () => {
    const { allowedOrigins } = readConfig({ ALLOWED_ORIGINS: " https://a.example ,http://b.example:81" });
    expect(allowedOrigins).toEqual(["https://a.example", "http://b.example:81"]);
  });

  test("[WK1] workers are a number, or one a core", () => {
    expect(readConfig({ WORKERS: "3" }).workers).toBe(3);
    expect(readConfig({ WORKERS: "auto" }).workers).toBe(availableParallelism());
    for (const WORKERS of ["0", "129", "-1", "two", "1.5"])
      expect(() => readConfig({ WORKERS })).toThrow(
        /^WORKERS: must be auto, or a whole number from 1 to 128/,
      );
  });

  test(".env.example is what the schema says, and its values are the defaults", () => {
    const example = readFileSync(".env.example", "utf8");
    expect(example, "run: node src/server/config/env-example.ts > .env.example").toBe(envExample());
    const env = Object.fromEntries(
      [...example.matchAll(/^#([A-Z0-9_]+)=(.*)$/gm)].map(([, name, value]) => [name, value ?? ""]),
    );
    expect(Object.keys(env)).toEqual(Object.keys(settings));
    expect(readConfig(env)).toEqual(readConfig({}));
  });
});

describe("the providers", () => {
  const names = (env: Record<string, string>) => {
    const { transcriber, replyModel, synthesizer } = readConfig(env).providers;
    return [transcriber, replyModel, synthesizer].map((stage) => stage.provider);
  };

  test("with a key or an address they are openai, each stage on its own, unless told otherwise", () => {
    expect(names({ OPENAI_API_KEY: "k" })).toEqual(["openai", "openai", "openai"]);
    expect(names({ OPENAI_BASE_URL: "http://127.0.0.1:1/v1" })).toEqual(["openai", "openai", "openai"]);
    expect(names({ LLM_BASE_URL: "http://127.0.0.1:1/v1" })).toEqual(["embedded", "openai", "embedded"]);
    expect(names({ TTS_API_KEY: "k" })).toEqual(["embedded", "embedded", "openai"]);
    expect(names({ OPENAI_API_KEY: "k", TRANSCRIBER: "embedded" })).toEqual(["embedded", "openai", "openai"]);
    expect(names({ OPENAI_API_KEY: "none" })).toEqual(["embedded", "embedded", "embedded"]);
  });

  test("a stage's own key, address and model go before the common ones; none sends no key", () => {
    const { transcriber, replyModel, synthesizer } = readConfig({
      OPENAI_API_KEY: "common",
      OPENAI_BASE_URL: "https://common.example/v1",
      STT_API_KEY: "own",
      STT_MODEL: "whisper-1",
      LLM_BASE_URL: "http://127.0.0.1:11434/v1",
      LLM_API_KEY: "none",
      LLM_STALL_TIMEOUT_SECONDS: "2.5",
    }).providers;
    expect(transcriber).toMatchObject({
      model: "whisper-1",
      upstream: { baseUrl: "https://common.example/v1", apiKey: "own", timeouts },
    });
    expect(replyModel.upstream).toEqual({
      baseUrl: "http://127.0.0.1:11434/v1",
      timeouts: { ...timeouts, stallMs: 2500 },
    });
    expect(synthesizer.upstream).toMatchObject({ apiKey: "common" });
  });

  test("stand-ins: models of the same server, of other servers with a key of their own, engines inside", () => {
    const { standIns } = readConfig({
      OPENAI_API_KEY: "k",
      LLM_FALLBACK: "gpt-5.4-nano, @cf/meta/llama@https://other.example/v1 ,embedded",
      LLM_FALLBACK_API_KEY: "other",
    }).providers.replyModel;
    expect(standIns).toEqual([
      { provider: "openai", model: "gpt-5.4-nano" },
      {
        provider: "openai",
        model: "@cf/meta/llama",
        upstream: { baseUrl: "https://other.example/v1", apiKey: "other", timeouts },
      },
      { provider: "embedded" },
    ]);
  });

  test("prices belong to a stage's own model; a price of 0 is one, and none is none", () => {
    const { transcriber, replyModel, synthesizer } = readConfig({
      STT_PRICE_MINUTE: "0",
      LLM_PRICE_INPUT: "0.75",
      LLM_PRICE_CACHED_INPUT: "0.075",
      LLM_PRICE_OUTPUT: "4.5",
    }).providers;
    expect(transcriber.price).toEqual({ perAudioMinute: 0 });
    expect(replyModel.price).toEqual({
      perMillionInputTokens: 0.75,
      perMillionCachedInputTokens: 0.075,
      perMillionOutputTokens: 4.5,
    });
    expect(synthesizer).not.toHaveProperty("price");
    expect(problem({ TTS_PRICE_CHARACTERS: "cheap" })).toContain("TTS_PRICE_CHARACTERS: must be a number");
  });

  test("OpenAI hears and speaks over the Realtime socket, a compatible server over HTTP, unless it is told otherwise", () => {
    const realtime = (env: Record<string, string>) => {
      const { transcriber, synthesizer } = readConfig(env).providers;
      return [transcriber.realtime, synthesizer.realtime];
    };
    const elsewhere = { OPENAI_BASE_URL: "http://127.0.0.1:1/v1" };
    expect(realtime({ OPENAI_API_KEY: "k" })).toEqual([true, true]);
    expect(realtime({ OPENAI_API_KEY: "k", OPENAI_BASE_URL: "https://api.openai.com/v1" })).toEqual([
      true,
      true,
    ]);
    expect(realtime(elsewhere)).toEqual([false, false]);
    expect(realtime({})).toEqual([false, false]);
    expect(realtime({ OPENAI_API_KEY: "k", STT_REALTIME: "0", TTS_REALTIME: "0" })).toEqual([false, false]);
    expect(realtime({ ...elsewhere, STT_REALTIME: "1", TTS_REALTIME: "1" })).toEqual([true, true]);
    expect(realtime({ OPENAI_API_KEY: "k", STT_MODEL: "gpt-transcribe", TTS_MODEL: "tts-1" })).toEqual([
      false,
      false,
    ]);
    expect(
      realtime({ ...elsewhere, STT_MODEL: "gpt-live-transcribe", TTS_MODEL: "gpt-realtime-2.1" }),
    ).toEqual([true, true]);
    expect(realtime({ OPENAI_API_KEY: "k", STT_WORD_TIMES: "1" })).toEqual([false, true]);
    expect(realtime({ OPENAI_API_KEY: "k", TTS_BASE_URL: "http://127.0.0.1:1/v1" })).toEqual([true, false]);
  });

  test("OpenAI is asked over the Responses API, a compatible server by chat, unless LLM_API says otherwise", () => {
    const api = (env: Record<string, string>) => readConfig(env).providers.replyModel.api;
    const elsewhere = { OPENAI_BASE_URL: "http://127.0.0.1:1/v1" };
    expect(api({ OPENAI_API_KEY: "k" })).toBe("responses");
    expect(api(elsewhere)).toBe("chat");
    expect(api({ OPENAI_API_KEY: "k", LLM_API: "chat" })).toBe("chat");
    expect(api({ ...elsewhere, LLM_API: "responses" })).toBe("responses");
    expect(problem({ LLM_API: "completions" })).toContain("LLM_API: must be one of responses, chat");
  });

  test("OpenAI's older models stand in for its defaults until the day they end, where nobody named others", () => {
    const values = (env: Record<string, string>) =>
      Object.fromEntries(
        Object.entries(settings).map(([name, { schema, fallback }]) => [
          name,
          schema.parse(env[name] ?? fallback),
        ]),
      ) as Parameters<typeof readProviders>[0];
    const standIns = (env: Record<string, string>, day: string) => {
      const { transcriber, synthesizer } = readProviders(values(env), Date.parse(day));
      return [transcriber, synthesizer].map((stage) => stage.standIns.map(({ model }) => model));
    };
    const vendor = { OPENAI_API_KEY: "k" };
    expect(standIns(vendor, "2027-01-05")).toEqual([
      ["gpt-transcribe", "gpt-4o-transcribe"],
      ["gpt-4o-mini-tts"],
    ]);
    expect(standIns(vendor, "2027-01-06")).toEqual([["gpt-transcribe", "gpt-4o-transcribe"], []]);
    expect(standIns(vendor, "2027-02-26")).toEqual([["gpt-transcribe"], []]);
    const named = { ...vendor, STT_FALLBACK: "embedded", TTS_MODEL: "gpt-realtime-2.1" };
    expect(standIns(named, "2026-12-01")).toEqual([[undefined], []]);
    expect(standIns({ OPENAI_BASE_URL: "http://127.0.0.1:1/v1" }, "2026-12-01")).toEqual([[], []]);
  });

  test("no model that ends within the year is named in .env.example", () => {
    const names = envExample().match(/\b[a-z][a-z0-9.]*(-[a-z0-9.]+)+\b/g) ?? [];
    expect(names).toContain("gpt-realtime-2.1-mini");
    expect(names.filter((name) => hasEnded(name, Date.parse("2027-12-31")))).toEqual([]);
  });

  test("a server elsewhere is never sent the stage's key", () => {
    const { standIns } = readConfig({ OPENAI_API_KEY: "k", LLM_FALLBACK: "m@https://other.example/v1" })
      .providers.replyModel;
    expect(standIns[0]?.upstream).toEqual({ baseUrl: "https://other.example/v1", timeouts });
  });
});
