/** Traces of turns, as a collector of OpenTelemetry gets them over real HTTP. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { type MeasuredServer, measuredServer } from "../../support/measured.ts";
import type { UpstreamScripts } from "../../support/upstream/upstream.ts";

type Attributes = Record<string, string | number>;
interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly attributes: Attributes;
  readonly error: boolean;
}

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Attribute {
  readonly key: string;
  readonly value: { stringValue?: string; intValue?: number | string; doubleValue?: number };
}
const plain = (attributes: readonly Attribute[] = []): Attributes =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.doubleValue ?? Number(value.intValue),
    ]),
  );

/** Takes what is exported; `status` is what it answers. */
async function openCollector(status = 200) {
  const spans: Span[] = [];
  const resources: Attributes[] = [];
  const seen: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(async (request, response) => {
    // biome-ignore lint/suspicious/noExplicitAny: the export is looked into as plain JSON
    const body = (await json(request)) as any;
    seen.push({ path: request.url ?? "", headers: request.headers, body: JSON.stringify(body) });
    for (const { resource, scopeSpans } of body.resourceSpans) {
      resources.push(plain(resource.attributes));
      for (const span of scopeSpans.flatMap((scope: { spans: unknown[] }) => scope.spans))
        spans.push({
          ...span,
          start: Number(span.startTimeUnixNano) / 1e6,
          end: Number(span.endTimeUnixNano) / 1e6,
          attributes: plain(span.attributes),
          error: span.status?.code === 2,
        });
    }
    response.writeHead(status, { "content-type": "application/json" }).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, resources, seen };
}

const words = { transcriptions: ["I have too much to do."], speech: [{}] };
const open = async (scripts: UpstreamScripts, env: Record<string, string>): Promise<MeasuredServer> => {
  const server = await measuredServer(scripts, env);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= server.close();
    return closing;
  };
  closers.push(close);
  return { ...server, close };
};

test("a turn is one trace: a span for it, one for each stage below it, and no words", async () => {
  const collector = await openCollector();
  const server = await open(
    { ...words, chat: ["What matters most?"] },
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: "x-team=voice",
      OTEL_SERVICE_NAME: "coach-eu",
    },
  );
  const before = Date.now();
  const client = await server.connect();
  const { id } = await server.speak(client);
  // What is left is sent as the server closes.
  await server.close();
  const { spans } = collector;
  const [turn] = spans.filter((span) => span.name === "turn");
  if (!turn) throw new Error("there is no span of the turn");
  expect(turn.parentSpanId || undefined).toBeUndefined();
  expect(turn.attributes).toMatchObject({
    "kuku.persona": "kuku",
    "kuku.response.id": id,
    "kuku.outcome": "completed",
    "gen_ai.usage.input_tokens": 11,
  });
  expect(turn.attributes["session.id"]).toMatch(/^session-/);
  expect(turn.attributes["kuku.turn.id"]).toMatch(/^turn_/);
  expect(turn.attributes["kuku.reply.audio_ms"]).toBeGreaterThan(0);
  const below = spans.filter((span) => span.parentSpanId === turn.spanId);
  expect(below.map((span) => span.name)).toEqual([
    "transcribe",
    "reply model: first token",
    "reply model: first sentence",
    "synthesize: first audio",
    "send",
  ]);
  for (const { traceId, start, end } of below) {
    expect(traceId).toBe(turn.traceId);
    expect(start).toBeGreaterThanOrEqual(turn.start - 1);
    expect(end).toBeLessThanOrEqual(turn.end + 1);
    expect(end).toBeGreaterThanOrEqual(start);
  }
  expect(turn.start).toBeGreaterThan(before);
  expect(turn.end).toBeLessThan(Date.now());
  expect(collector.resources[0]).toMatchObject({ "service.name": "coach-eu" });
  expect(collector.seen[0]?.path).toBe("/v1/traces");
  expect(collector.seen[0]?.headers["x-team"]).toBe("voice");
  expect(collector.seen.map(({ body }) => body).join()).not.toMatch(/too much|matters/);
});

test("a turn that failed says at which stage, and nothing of the provider's words", async () => {
  const collector = await openCollector();
  const refusal = { status: 401, error: { message: "no such key sk-secret" } };
  const server = await open(
    { ...words, chat: [refusal] },
    { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/` },
  );
  const client = await server.connect();
  expect((await server.speak(client)).status).toBe("failed");
  await server.close();
  const [turn] = collector.spans.filter((span) => span.name === "turn");
  expect(turn?.error).toBe(true);
  expect(turn?.attributes).toMatchObject({
    "kuku.outcome": "failed",
    "kuku.failed_stage": "reply",
    "error.type": "rejected",
  });
  expect(collector.seen[0]?.body).not.toContain("no such key");
});

test("a collector that takes nothing is told of, and turns go on", async () => {
  const collector = await openCollector(400);
  const server = await open(
    { ...words, chat: ["What matters most?"] },
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
  );
  const client = await server.connect();
  expect((await server.speak(client)).status).toBe("completed");
  expect((await server.speak(client)).status).toBe("completed");
  await server.close();
  expect(server.logged.filter((line) => line.includes("sending traces failed"))).toHaveLength(1);
});
