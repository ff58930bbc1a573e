import type { FastifyReply, FastifyRequest } from "fastify";
import { expect, test } from "vitest";
import { RequestLog } from "../../../src/server/http/request-log.ts";
import { openLog } from "../../../src/server/logging/log.ts";

/** Level and message of each line about an answer that ended with this error. */
function told(code: string): string[] {
  const lines: string[] = [];
  const log = openLog("info", {
    write(line: string) {
      const { level, msg } = JSON.parse(line);
      lines.push(`${level} ${msg}`);
    },
  });
  const routeOptions = { url: "/api/sessions", config: { access: "user" } };
  const request = { log, method: "GET", params: {}, routeOptions } as unknown as FastifyRequest;
  const error = Object.assign(new Error("gone"), { code });
  const requests = new RequestLog();
  requests.requestCompleted(error, request, { statusCode: 200, elapsedTime: 1 } as FastifyReply);
  requests.streamError(error, request);
  return lines;
}

test.each(["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"])(
  "a client that leaves (%s) is no warning",
  (code) => {
    expect(told(code)).toEqual(["info request"]);
  },
);

test("an answer that breaks off for another reason is one", () => {
  expect(told("ENOENT")).toEqual(["warn answer failed", "warn answer broke off"]);
});
