/** Some of the fuzzer's messages and requests, on a whole server in this process, and the fuzzer's own judgement. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readAnswers } from "../../../fuzz/answer.ts";
import { judgeAnswer, judgeClose, judgeLine, judgeMessage } from "../../../fuzz/judge.ts";
import { meet } from "../../../fuzz/people.ts";
import { runFuzz } from "../../../fuzz/run.ts";
import { liftedLimits, type Mode, modeSettings, scriptedEngines } from "../../../fuzz/server.ts";
import { openWitness } from "../../../fuzz/talk.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { compose } from "../../../src/server/app/compose.ts";
import { startServer } from "../../../src/server/app/server.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { testDataDir } from "../../support/test-database.ts";

const unhandled: unknown[] = [];
const onUnhandled = (error: unknown) => void unhandled.push(error);
beforeEach(() => {
  process.on("unhandledRejection", onUnhandled);
});
afterEach(() => {
  process.off("unhandledRejection", onUnhandled);
});

/** A whole server on a free port. */
async function start(mode: Mode) {
  const config = readConfig({
    ...scriptedEngines,
    ...liftedLimits,
    ...modeSettings[mode],
    DATA_DIR: testDataDir(),
    PORT: "0",
  });
  const lines: string[] = [];
  const log = openLog("info", { write: (line: string) => void lines.push(line) });
  const composed = await compose(config, { clock: systemClock, log });
  const server = await startServer({ config, log, ...composed });
  return {
    server,
    lines,
    async close() {
      await server.stop();
      await composed.close();
    },
  };
}

describe("a thousand mutated messages and requests", () => {
  test.each<Mode>(["none", "accounts"])(
    "with AUTH=%s: answered as they should be; nobody else notices",
    async (mode) => {
      const { server, lines, close } = await start(mode);
      const people = await meet(server.url, mode);
      const words = "the witness keeps a marmot";
      const witness = await openWitness(
        { url: server.url.replace("http", "ws"), headers: people.witness },
        words,
      );
      const report = await runFuzz({
        target: { host: "127.0.0.1", port: server.port },
        seed: 61_525,
        count: 1_000,
        identities: people.fuzzer,
        witness,
        ...(people.apart && { secretWords: words }),
      });
      expect(report.failures).toEqual([]);
      expect(Object.values(report.sent).every((sum) => sum > 0)).toBe(true);
      // Not all of it is turned away at the door.
      expect(report.answers.get("200")).toBeGreaterThan(20);
      expect(report.answers.get("closed 1000")).toBeGreaterThan(3);
      expect(lines.map(judgeLine).filter((found) => found !== undefined)).toEqual([]);
      expect(unhandled).toEqual([]);
      witness.close();
      while (server.connections > 0) await new Promise((resolve) => setImmediate(resolve));
      await close();
    },
  );
});

describe("the judgement", () => {
  const answer = (status: number, body: string, type = "application/json") =>
    readAnswers(
      Buffer.from(
        `HTTP/1.1 ${status} X\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      ),
    ).answers[0]!;
  const envelope = '{"success":false,"error":"No.","code":"NO"}';

  test.each([
    ["a fault", answer(500, envelope)],
    ["a gateway's fault", answer(502, envelope)],
    ["a refusal without the envelope", answer(404, "Not found", "text/plain")],
    ["a refusal in another", answer(400, '{"error":"No."}')],
    ["503 without a reason", answer(503, "")],
    ["broken JSON", answer(200, '{"success":')],
    ["no HTTP", readAnswers(Buffer.from("SSH-2.0\r\n\r\n"), { ended: true }).answers[0]!],
  ])("%s is found", (_, found) => {
    expect(judgeAnswer(found)).toBeDefined();
  });

  test.each([
    ["a refusal", answer(404, envelope)],
    ["503 with a reason", answer(503, envelope)],
    ["an answer", answer(200, '{"success":true,"data":null}')],
    ["a page", answer(200, "<p>", "text/html")],
    ["nothing", answer(204, "")],
  ])("%s is not", (_, fine) => {
    expect(judgeAnswer(fine)).toBeUndefined();
  });

  test("another's words are found wherever they stand", () => {
    expect(judgeAnswer(answer(200, '{"a":"my marmot"}'), { secretWords: "my marmot" })).toMatch(/words/);
    expect(judgeMessage('{"type":"x","delta":"my marmot"}', "my marmot")).toMatch(/words/);
  });

  test("so are undocumented errors and closes, faults in the log, and what comes past the log", () => {
    const error = (code: string) => JSON.stringify({ type: "error", error: { code, message: "m" } });
    expect([error("internal_error"), error("made_up"), "{}"].map((text) => judgeMessage(text))).not.toContain(
      undefined,
    );
    expect(judgeMessage(error("invalid_json"))).toBeUndefined();
    expect([judgeClose(1011), judgeClose(4999)]).not.toContain(undefined);
    expect(judgeClose(1000)).toBeUndefined();
    expect(judgeLine('{"level":"error","msg":"unhandled rejection"}')).toMatch(/unhandled/);
    expect(judgeLine("(node:7) MaxListenersExceededWarning: …")).toMatch(/printed/);
    expect(judgeLine('{"level":"warn","msg":"client left"}')).toBeUndefined();
  });

  test("answers are read in pieces, chunks, and one behind the other", () => {
    const two = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\nHTTP/1.1 204 No\r\n\r\n`;
    const { answers } = readAnswers(Buffer.from(two));
    expect(answers.map(({ status, body }) => [status, String(body)])).toEqual([
      [200, "{}"],
      [204, ""],
    ]);
    for (let length = 0; length < two.indexOf("0\r\n\r\n") + 5; length++)
      expect(readAnswers(Buffer.from(two.slice(0, length))).answers).toEqual([]);
  });
});
