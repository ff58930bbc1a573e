/** A user's day comes to its end on the whole server: real limits, a real database, a provider that counts tokens. */
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type MeasuredServer, measuredServer } from "../../../support/measured.ts";

const said = "This first sentence is what there is room for. The second one is too much. The third one, too.";
let server: MeasuredServer;
beforeAll(async () => {
  server = await measuredServer(
    { transcriptions: ["I talk too much."], chat: [said], speech: [{}] },
    { TOKENS_PER_DAY: "20" },
  );
});
afterAll(() => server.close());

test("[QT1][QT2][QT3] a reply that uses it up ends at a sentence, and 4007 closes; all is stored, and no more is begun until tomorrow", async () => {
  const client = await server.connect();
  const closed = once(client.ws, "close");
  const { status } = await server.speak(client);
  expect(status).toBe("incomplete");
  const limits = await client.event("rate_limits.updated");
  expect(limits.rate_limits).toMatchObject([{ name: "tokens", limit: 20, remaining: 0 }]);
  expect((await client.event("response.done")).response.status).toBe("completed");
  expect(await client.error()).toMatchObject({ code: "quota_exceeded", type: "rate_limit_error" });
  const [code] = await closed;
  expect(code).toBe(4007);

  const { data } = await (await fetch(`${server.url}/api/sessions`)).json();
  const [session] = data.sessions;
  expect(session).toMatchObject({ status: "ended" });
  const history = await (await fetch(`${server.url}/api/sessions/${session.sessionId}/messages`)).json();
  const texts = history.data.messages.map(({ text }: { text: string }) => text);
  expect(texts).toEqual([
    "I talk too much.",
    "This first sentence is what there is room for.",
    expect.stringContaining("all our time for today"),
  ]);

  const ws = new WebSocket(`${server.url.replace("http", "ws")}/v1/realtime`);
  const [, answer] = await once(ws, "unexpected-response");
  expect(answer.statusCode).toBe(429);
  expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
  expect(Number(answer.headers["retry-after"])).toBeLessThanOrEqual(86_400);
});
