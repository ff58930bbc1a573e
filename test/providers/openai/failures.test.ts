import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { manualClock, systemClock } from "../../../src/lib/clock.ts";
import type { StageErrorKind } from "../../../src/lib/errors.ts";
import {
  openUpstream,
  type Upstream,
  type UpstreamSettings,
} from "../../../src/providers/openai/upstream.ts";
import type { Staging } from "../../support/upstream/request.ts";
import { type FakeUpstream, openUpstream as openFake } from "../../support/upstream/upstream.ts";
import { everythingIn, outcome, type StageCase, stages } from "./stages.ts";

const key = "sk-proj-Abc123_secret-456";
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function open(
  stage: StageCase,
  staging: Staging,
  clock = systemClock,
): Promise<{ fake: FakeUpstream; upstream: Upstream }> {
  const fake = await openFake(stage.staged(staging));
  const upstream = openUpstream({ baseUrl: fake.baseUrl, apiKey: key }, clock);
  closers.push(
    () => upstream.close(),
    () => fake.close(),
  );
  return { fake, upstream };
}

const never = new AbortController().signal;
const told = { message: `Incorrect API key provided: ${key}. Vendor text.` };

describe.each(stages)("$stage", (stage) => {
  const troubles: [string, Staging, StageErrorKind, Record<string, unknown>?][] = [
    ["400", { status: 400, error: told }, "rejected", { status: 400 }],
    ["401", { status: 401, error: told }, "rejected", { status: 401 }],
    ["403", { status: 403, error: told }, "rejected", { status: 403 }],
    ["404", { status: 404, error: told }, "rejected", { status: 404 }],
    ["422", { status: 422, error: told }, "rejected", { status: 422 }],
    ["500", { status: 500, error: told }, "unavailable", { status: 500 }],
    ["503", { status: 503, error: told }, "unavailable", { status: 503 }],
    [
      "429 with Retry-After",
      { status: 429, error: told, headers: { "retry-after": "1.5" } },
      "rate_limited",
      { status: 429, retryAfterMs: 1500 },
    ],
    ["a connection cut before the head", { cutAfter: -1 }, "unavailable"],
    ["a connection cut on the way", { cutAfter: 2 }, "unavailable"],
    [
      "garbage",
      { garbage: "<html>Bad gateway</html>", headers: { "content-type": "text/html" } },
      "malformed",
    ],
  ];
  test.each(troubles)("%s fails as told, without the upstream's words or the key", async (...trouble) => {
    const [, staging, kind, cause = {}] = trouble;
    const { upstream } = await open(stage, staging);
    const { error } = await outcome(stage.run(upstream, never));
    expect(error).toMatchObject({ name: "StageError", stage: stage.stage, kind, cause });
    expect((error as Error).message).toBe(`${stage.stage} failed: ${kind}`);
    expect(everythingIn(error)).not.toContain(key);
    expect(everythingIn(error)).not.toContain("Abc123");
  });

  test("nobody listening there: unavailable", async () => {
    const { fake, upstream } = await open(stage, {});
    await fake.close();
    closers.pop();
    const { error } = await outcome(stage.run(upstream, never));
    expect(error).toMatchObject({ kind: "unavailable", cause: { code: "ECONNREFUSED" } });
  });

  test("no head in time: timeout, and the upstream sees the request closed", async () => {
    const clock = manualClock();
    const { fake, upstream } = await open(stage, { stallAfter: -1 }, clock);
    const running = outcome(stage.run(upstream, never));
    const request = await fake.request(0);
    await clock.advance(9999);
    expect(request.open).toBe(true);
    await clock.advance(1);
    expect((await running).error).toMatchObject({ kind: "timeout" });
    expect(await request.ended).toBe("closed_by_client");
    expect(clock.pending).toBe(0);
  });

  test("silence after the first output: timeout sooner, what came before was given", async () => {
    const clock = manualClock();
    const { fake, upstream } = await open(stage, { stallAfter: 3 }, clock);
    const given: unknown[] = [];
    const first = Promise.withResolvers<void>();
    const running = (async () => {
      for await (const event of stage.run(upstream, never)) {
        given.push(event);
        if (given.length === 2) first.resolve();
      }
    })();
    running.catch(() => {});
    await first.promise;
    const request = await fake.request(0);
    await clock.advance(5000);
    await expect(running).rejects.toMatchObject({ kind: "timeout" });
    expect(await request.ended).toBe("closed_by_client");
    expect(given.length).toBeGreaterThanOrEqual(2);
    expect(clock.pending).toBe(0);
  });

  test("a server that never answers the handshake: timeout", async () => {
    const silent = createServer(() => {});
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const sockets = new Set<{ destroy(): void }>();
    silent.on("connection", (socket) => sockets.add(socket));
    const { port } = silent.address() as AddressInfo;
    const settings: UpstreamSettings = {
      baseUrl: `https://127.0.0.1:${port}/v1`,
      timeouts: { connectMs: 20 },
    };
    const upstream = openUpstream(settings);
    const { error } = await outcome(stage.run(upstream, never));
    expect(error).toMatchObject({ kind: "timeout", cause: { code: "UND_ERR_CONNECT_TIMEOUT" } });
    await upstream.close();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test("an abort rejects with its reason, the upstream sees it, nothing is left", async () => {
    const clock = manualClock();
    const { fake, upstream } = await open(stage, { stallAfter: 1 }, clock);
    const stop = new AbortController();
    const running = outcome(stage.run(upstream, stop.signal));
    const request = await fake.request(0);
    stop.abort("barge in");
    expect((await running).error).toBe("barge in");
    expect(await request.ended).toBe("closed_by_client");
    expect(clock.pending).toBe(0);
  });

  test("a reader that leaves closes the request", async () => {
    const { fake, upstream } = await open(stage, { stallAfter: 3 });
    for await (const _ of stage.run(upstream, never)) break;
    expect(await (await fake.request(0)).ended).toBe("closed_by_client");
  });

  test("a reader that takes its time is not late", async () => {
    const clock = manualClock();
    const { upstream } = await open(stage, {}, clock);
    let given = 0;
    for await (const _ of stage.run(upstream, never)) {
      await clock.advance(60_000);
      given++;
    }
    expect(given).toBeGreaterThan(1);
  });

  test("50 aborts in a row, at any moment, leave no open request", async () => {
    const { fake, upstream } = await open(stage, { stallAfter: 3 });
    for (let i = 0; i < 50; i++) {
      const stop = new AbortController();
      const running = outcome(stage.run(upstream, stop.signal));
      if (i % 3 !== 0) await fake.request(fake.requests.length);
      stop.abort("barge in");
      expect((await running).error).toBe("barge in");
    }
    await fake.quiet();
    expect(fake.open).toBe(0);
    expect(fake.requests.length).toBeGreaterThan(30);
  });

  test("requests one after another find their connections warm", async () => {
    const { fake, upstream } = await open(stage, {});
    for (let i = 0; i < 20; i++) expect((await outcome(stage.run(upstream, never))).error).toBeUndefined();
    // A second one may be opened while the first is just being given back.
    expect(fake.connections).toBeLessThanOrEqual(2);
  });

  test("the key goes into the header; without one no credentials are sent", async () => {
    const { fake, upstream } = await open(stage, {});
    await outcome(stage.run(upstream, never));
    expect((await fake.request(0)).headers.authorization).toBe(`Bearer ${key}`);
    const keyless = openUpstream({ baseUrl: fake.baseUrl });
    await outcome(stage.run(keyless, never));
    expect((await fake.request(1)).headers.authorization).toBeUndefined();
    await keyless.close();
  });
});

describe("a connection made before it is needed", () => {
  const [, reply] = stages as [StageCase, StageCase];

  test("is the one that the first request takes; no credentials are sent for it", async () => {
    const { fake, upstream } = await open(reply, {});
    await upstream.warm();
    const bare = await fake.request(0);
    // The connection is given back in one of the next turns of the event loop.
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(bare.headers.authorization).toBeUndefined();
    expect((await outcome(reply.run(upstream, never))).error).toBeUndefined();
    expect(fake.connections).toBe(1);
  });

  test("is made again only once the last one may have been closed", async () => {
    const clock = manualClock();
    const { fake, upstream } = await open(reply, {}, clock);
    await upstream.warm();
    await upstream.warm();
    await clock.advance(4000);
    await outcome(reply.run(upstream, never));
    await upstream.warm();
    expect(fake.requests).toHaveLength(2);
    await clock.advance(4000);
    await upstream.warm();
    expect(fake.requests).toHaveLength(3);
  });

  test("to a server that is down tells nothing, and leaves no timer", async () => {
    const clock = manualClock();
    const { fake, upstream } = await open(reply, { stallAfter: -1 }, clock);
    await fake.close();
    closers.pop();
    await upstream.warm();
    expect(clock.pending).toBe(0);
    expect((await outcome(reply.run(upstream, never))).error).toMatchObject({ kind: "unavailable" });
  });
});
