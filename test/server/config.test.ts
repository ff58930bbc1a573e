import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ConfigError, readConfig, settings } from "../../src/server/config.ts";
import { envExample } from "../../src/server/env-example.ts";

const problem = (env: Record<string, string>): string => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
};

describe("the configuration", () => {
  test("without a variable set: loopback, port 8000, embedded engines, the documented limits", () => {
    expect(readConfig({})).toEqual({
      host: "127.0.0.1",
      port: 8000,
      dataDir: "./data",
      logLevel: "info",
      transcriber: "embedded",
      replyModel: "embedded",
      synthesizer: "embedded",
      openai: {},
      allowedOrigins: [],
      limits: {
        maxSessions: 2000,
        maxMessageBytes: 256 * 1024,
        audioMessagesPerSecond: 50,
        eventsPerSecond: 50,
        audioSpeedRatio: 4,
        burstSeconds: 15,
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
    ["TRANSCRIBER", "vosk", "TRANSCRIBER: must be one of embedded, openai, scripted"],
    ["REPLY_MODEL", "openai", "REPLY_MODEL: openai comes with the next version"],
    ["OPENAI_BASE_URL", "not a url", "OPENAI_BASE_URL: must be an http(s) URL"],
    ["OPENAI_BASE_URL", "ftp://example.org", "OPENAI_BASE_URL: must be an http(s) URL"],
    ["ALLOWED_ORIGINS", "example.org", "ALLOWED_ORIGINS: must be origins such as https://example.org"],
    ["ALLOWED_ORIGINS", "https://example.org/page", "ALLOWED_ORIGINS: must be origins"],
    ["MAX_AUDIO_SPEED_RATIO", "0", "MAX_AUDIO_SPEED_RATIO: must be a number above 0"],
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

  test("origins are a list; a key alone changes no engine in this version", () => {
    const config = readConfig({
      ALLOWED_ORIGINS: " https://a.example ,http://b.example:81",
      OPENAI_API_KEY: "k",
    });
    expect(config.allowedOrigins).toEqual(["https://a.example", "http://b.example:81"]);
    expect([config.transcriber, config.replyModel, config.synthesizer]).toEqual([
      "embedded",
      "embedded",
      "embedded",
    ]);
  });

  test(".env.example is what the schema says, and its values are the defaults", () => {
    const example = readFileSync(".env.example", "utf8");
    expect(example, "run: node src/server/env-example.ts > .env.example").toBe(envExample());
    const env = Object.fromEntries(
      [...example.matchAll(/^#([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value ?? ""]),
    );
    expect(Object.keys(env)).toEqual(Object.keys(settings));
    expect(readConfig(env)).toEqual(readConfig({}));
  });
});
