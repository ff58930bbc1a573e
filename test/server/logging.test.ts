import { describe, expect, test } from "vitest";
import { openLog } from "../../src/server/logging.ts";

const lines = (use: (log: ReturnType<typeof openLog>) => void): string => {
  const written: string[] = [];
  use(openLog("trace", { write: (line: string) => void written.push(line) }));
  return written.join("");
};

describe("the log", () => {
  test("keeps ids and codes", () => {
    const line = JSON.parse(
      lines((log) => log.info({ session: "sess_1", turn: "turn_2", code: 1012 }, "closed")),
    );
    expect(line).toMatchObject({
      level: "info",
      session: "sess_1",
      turn: "turn_2",
      code: 1012,
      msg: "closed",
    });
    expect(Date.parse(line.time)).toBeGreaterThan(0);
  });

  test.each([
    ["authorization header", { request: { headers: { Authorization: "Bearer SECRET" } } }],
    [
      "token among the sub-protocols",
      { headers: { "sec-websocket-protocol": "realtime, openai-insecure-api-key.SECRET" } },
    ],
    ["api key", { config: { openai: { apiKey: "SECRET" } } }],
    ["environment variable", { env: { OPENAI_API_KEY: "SECRET" } }],
    ["token in a query", { url: "/v1/realtime?model=kuku&token=SECRET" }],
    ["resume token in a query", { url: "/v1/realtime?resume=SECRET" }],
    ["audio", { event: { type: "input_audio_buffer.append", audio: "SECRET" } }],
    ["transcript", { utterance: { transcript: { text: "SECRET" } } }],
    ["instructions", { session: { instructions: "SECRET" } }],
    ["item's content", { item: { content: [{ type: "input_text", text: "SECRET" }] } }],
    ["tool arguments", { call: { name: "f", arguments: '{"a":"SECRET"}' } }],
    ["delta", { event: { delta: "SECRET" } }],
    ["bytes", { something: Buffer.from("SECRET") }],
    ["error's own fields", { err: Object.assign(new Error("boom"), { request: { body: "SECRET" } }) }],
    ["secret in an error's cause", { err: new Error("boom", { cause: new Error("401 for Bearer SECRET") }) }],
  ])("never shows: %s", (_, fields) => {
    const written = lines((log) => {
      log.error(fields, "it happened");
      log.child(fields).error("it happened");
    });
    expect(written).toContain("it happened");
    expect(written).not.toContain("SECRET");
    expect(written).not.toContain(Buffer.from("SECRET").toString("base64"));
  });

  test("secrets inside messages are taken out by their looks", () => {
    const written = lines((log) => {
      log.info("key sk-abcdefghijklmnop was refused");
      log.info("offered openai-insecure-api-key.ek_12345678, realtime");
      log.info("GET /v1/realtime?model=kuku&access_token=hunter22");
      log.error(new Error("Authorization: Bearer abc.def.ghi"));
    });
    for (const secret of ["abcdefghijklmnop", "ek_12345678", "hunter22", "abc.def.ghi"])
      expect(written).not.toContain(secret);
    expect(written).toContain("model=kuku");
  });
});
