/** Requests that one worker passes on to another. */
import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { adoptAddress, sessionOf } from "../../../src/server/app/workers/forward.ts";

const asked = (header: string) =>
  ({ headers: { "x-kuku-client-address": header }, socket: {} }) as unknown as IncomingMessage;

test("[WK7] the address of a request is another worker's to tell, and nobody else's", () => {
  const passedOn = asked("secret 192.0.2.1");
  adoptAddress(passedOn, "secret");
  expect(passedOn.socket.remoteAddress).toBe("192.0.2.1");
  const forged = asked("guess 192.0.2.1");
  adoptAddress(forged, "secret");
  expect(forged.socket.remoteAddress).toBeUndefined();
  expect([passedOn.headers, forged.headers]).toEqual([{}, {}]);
});

test("[WK7] a path names a session or none", () => {
  const of = (url: string) => sessionOf({ url });
  expect(of("/api/sessions/sess_1/messages?wait=true")).toBe("sess_1");
  expect(of("/api/sessions/sess_1")).toBe("sess_1");
  expect(of("/api/sessions")).toBeUndefined();
  expect(of("/v1/realtime?x=/api/sessions/sess_1")).toBeUndefined();
});
