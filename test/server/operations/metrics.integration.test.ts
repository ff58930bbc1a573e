/** What Prometheus is told of a server that talks, and who may ask. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { openMetrics } from "../../../src/server/operations/metrics.ts";
import { type MeasuredServer, measuredServer } from "../../support/measured.ts";
import { openFace } from "../api/support.ts";

/** Samples by name and labels, as they stand in the text: `kuku_sessions{persona="kuku"}`. */
function readSamples(page: string): ReadonlyMap<string, number> {
  const lines = page.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))] as const;
    }),
  );
}

describe("a server that talks", () => {
  let server: MeasuredServer;
  beforeAll(async () => {
    server = await measuredServer({
      transcriptions: ["I have too much to do."],
      // The first attempt of the second turn fails, and so do both of the third.
      chat: ["What matters most?", { status: 503 }, "And then?", { status: 503 }, { status: 503 }],
      speech: [{}],
    });
  });
  afterAll(() => server.close());

  const scrape = async () => readSamples(await (await fetch(`${server.url}/metrics`)).text());
  /** Scrapes until a sample has this value. */
  const until = async (sample: string, value: number) => {
    for (;;) {
      const samples = await scrape();
      if (samples.get(sample) === value) return samples;
    }
  };

  test("tells sessions, turns, their latencies, and what failed", async () => {
    const client = await server.connect();
    const outcomes: string[] = [];
    for (let turn = 0; turn < 3; turn++) outcomes.push((await server.speak(client)).status);
    expect(outcomes).toEqual(["completed", "completed", "failed"]);
    const samples = await until('kuku_turns_total{persona="kuku",outcome="failed"}', 1);
    expect(samples.get('kuku_turns_total{persona="kuku",outcome="completed"}')).toBe(2);
    expect(samples.get('kuku_turn_failures_total{stage="reply",kind="unavailable"}')).toBe(1);
    expect(samples.get('kuku_provider_failures_total{stage="reply",kind="unavailable"}')).toBe(3);
    for (const step of ["transcript", "first_token", "first_sentence", "first_audio"]) {
      expect(samples.get(`kuku_turn_latency_seconds_count{step="${step}"}`), step).toBe(2);
      expect(samples.get(`kuku_turn_latency_seconds_bucket{le="10",step="${step}"}`), step).toBe(2);
    }
    expect(samples.get("kuku_reply_audio_seconds_total")).toBeGreaterThan(0.1);
    expect(samples.get('kuku_provider_tokens_total{stage="reply",kind="output"}')).toBeGreaterThan(0);
    expect(samples.get('kuku_sessions{persona="kuku"}')).toBe(1);
    expect(samples.get("kuku_connections")).toBe(1);
    client.ws.close();
    await until('kuku_sessions{persona="kuku"}', 0);
    await until("kuku_connections", 0);
    expect((await scrape()).get('kuku_sessions_opened_total{persona="kuku"}')).toBe(1);
  });

  test("tells the store, the process, and upgrades that were refused", async () => {
    const ws = new WebSocket(`${server.url.replace("http", "ws")}/v1/realtime?model=nobody`);
    await new Promise((resolve) => ws.once("error", resolve));
    const samples = await until('kuku_upgrades_refused_total{code="model_not_found"}', 1);
    expect(samples.get("kuku_store_failing")).toBe(0);
    expect(samples.get("kuku_store_full")).toBe(0);
    expect(samples.has("kuku_store_waiting_changes")).toBe(true);
    expect(samples.has("kuku_store_waiting_bytes")).toBe(true);
    expect(samples.get("nodejs_eventloop_lag_p99_seconds")).toBeGreaterThanOrEqual(0);
    expect(samples.get("process_resident_memory_bytes")).toBeGreaterThan(0);
  });

  test("tells requests by the pattern of their route, whatever was asked for", async () => {
    for (const path of ["/health", "/nothing/here?key=hunter22", "/src/../../etc/passwd", "/health"])
      await (await fetch(`${server.url}${path}`)).text();
    const samples = await until(
      'kuku_http_request_duration_seconds_count{method="GET",route="/health",status="200"}',
      2,
    );
    expect(
      samples.get('kuku_http_request_duration_seconds_count{method="GET",route="none",status="404"}'),
    ).toBeGreaterThan(0);
    expect([...samples.keys()].join("\n")).not.toMatch(/hunter22|passwd|nothing\/here/);
  });
});

test("each figure of our own has its line in docs/operations.md, and the other way round", async () => {
  const metrics = openMetrics();
  metrics.watchConnections(() => 0);
  metrics.watchStore({ state: { waiting: 0, bytes: 0, full: false } });
  metrics.watchLog({ dropped: 0 });
  const { text } = await metrics.read();
  const told = [...text.matchAll(/^# TYPE (kuku_\w+)/gm)].map(([, name]) => name);
  const [table = ""] = /^\| metric \|[\s\S]*?\n\n/m.exec(readFileSync("docs/operations.md", "utf8")) ?? [];
  const documented = [...table.matchAll(/`(kuku_\w+)/g)].map(([, name]) => name);
  expect(told.toSorted()).toEqual(documented.toSorted());
});

test("uploads are counted with their size", async () => {
  const metrics = openMetrics();
  const face = await openFace({
    onAnswered: metrics.onAnswered,
    moreRoutes(app) {
      app.addContentTypeParser("multipart/form-data", (_request, payload, done) => {
        payload.resume().on("end", () => done(null));
      });
      app.post("/uploads/:id", { config: { access: "user", upload: "audio" } }, async () => "taken");
    },
  });
  const send = (type: string, payload: string) =>
    face.app.inject({ method: "POST", url: "/uploads/7", headers: { "content-type": type }, payload });
  await send("multipart/form-data; boundary=x", "x".repeat(20_000));
  await send("application/json", "{}");
  const samples = readSamples((await metrics.read()).text);
  expect(samples.get('kuku_uploads_total{status="200"}')).toBe(1);
  expect(samples.get("kuku_upload_bytes_sum")).toBe(20_000);
  await face.close();
});

describe("who may read the metrics", () => {
  const token = "0123456789abcdef";
  const read = { read: async () => ({ contentType: "text/plain", text: "figures 1\n" }) };
  const ask = async (
    options: { loopbackOnly: boolean; metricsToken?: string },
    headers: Record<string, string> = {},
    remoteAddress = "127.0.0.1",
  ) => {
    const face = await openFace({ ...options, metrics: read });
    const answer = await face.app.inject({
      method: "GET",
      url: "/metrics",
      headers: { host: "localhost:8000", ...headers },
      remoteAddress,
    });
    await face.close();
    return answer;
  };

  test.each([
    ["this machine", {}, "127.0.0.1", 200],
    ["this machine by IPv6", { host: "[::1]:8000" }, "::ffff:127.0.0.1", 200],
    ["another machine", {}, "10.0.0.7", 404],
    ["a proxy on this machine", { "x-forwarded-for": "203.0.113.9" }, "127.0.0.1", 404],
    ["a page", { origin: "http://localhost:3000" }, "127.0.0.1", 404],
    ["a name pointed at this machine", { host: "rebound.example" }, "127.0.0.1", 404],
  ])("without a token, %s: %o from %s is answered %i", async (_, headers, address, status) => {
    const answer = await ask({ loopbackOnly: true }, headers as Record<string, string>, address);
    expect(answer.statusCode).toBe(status);
    expect(answer.body.includes("figures")).toBe(status === 200);
  });

  test("without a token, nobody where other machines can connect", async () => {
    expect((await ask({ loopbackOnly: false })).statusCode).toBe(404);
  });

  test.each([true, false])("with a token, whoever shows it (on loopback alone: %s)", async (loopbackOnly) => {
    const options = { loopbackOnly, metricsToken: token };
    const shown = await ask(options, { authorization: `Bearer ${token}` }, "10.0.0.7");
    expect([shown.statusCode, shown.body]).toEqual([200, "figures 1\n"]);
    expect(shown.headers["cache-control"]).toBe("no-store");
    for (const headers of [{}, { authorization: `Bearer ${token}0` }] as Record<string, string>[]) {
      const refused = await ask(options, headers);
      expect([refused.statusCode, refused.json().code]).toEqual([401, "INVALID_CREDENTIALS"]);
    }
  });

  test("they are read while the server is being stopped, and are no part of the described API", async () => {
    const face = await openFace({ metrics: read, draining: () => true });
    const headers = { host: "localhost" };
    expect((await face.app.inject({ url: "/metrics", headers })).statusCode).toBe(200);
    const described = await face.app.inject({ url: "/openapi.json", headers });
    expect(described.statusCode).toBe(200);
    expect(described.body).not.toContain("/metrics");
    await face.close();
  });
});
