import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../../../src/lib/clock.ts";
import { testDataDir } from "../../support/test-database.ts";
import { saveUser, startNode, type TestNode, watch } from "./support.ts";

describe("live sessions as they change", () => {
  const dataDir = testDataDir();
  const morning = Date.UTC(2026, 10, 23, 9);
  let clock: ManualClock;
  let node: TestNode;
  const streams: Awaited<ReturnType<typeof watch>>[] = [];
  const look = async (query?: string, as?: string) => {
    const stream = await watch(node, query, as);
    streams.push(stream);
    return stream;
  };
  beforeAll(async () => {
    clock = manualClock(morning);
    const feed = { watchers: 3, waitingBytes: 100_000 };
    node = await startNode({ dataDir, clock, limits: { feed } });
  });
  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.leave();
    const live = [...node.sessions.all()];
    for (const { session } of live) session.end("finished");
    await Promise.all(live.map(({ session }) => session.ended));
  });
  afterAll(async () => {
    await node.close();
    rmSync(dataDir, { recursive: true });
  });

  it("begin with all of them and go on with what changes", async () => {
    const ann = node.open("ann");
    const stream = await look();
    const { headers, status } = stream.response;
    expect([status, headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
    expect([headers.get("cache-control"), headers.get("x-accel-buffering")]).toEqual(["no-store", "no"]);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    const first = await stream.next();
    expect(first).toMatchObject({
      event: "snapshot",
      data: { silent: [], sessions: [{ sessionId: ann.id }] },
    });
    const bob = node.open("bob");
    await clock.advance(1000);
    expect(await stream.next()).toMatchObject({
      event: "session",
      data: { sessionId: bob.id, ownerId: "bob" },
    });
    ann.session.mute(true);
    await clock.advance(1000);
    expect(await stream.next()).toMatchObject({ event: "session", data: { sessionId: ann.id, muted: true } });
    bob.session.end("finished");
    await bob.session.ended;
    await clock.advance(1000);
    expect(await stream.next()).toEqual({ event: "gone", data: { sessionId: bob.id } });
  });

  it("of one user alone, where that is asked for", async () => {
    const stream = await look("?ownerId=cem");
    expect((await stream.next())?.data.sessions).toEqual([]);
    node.open("dan");
    const cem = node.open("cem");
    await clock.advance(1000);
    expect((await stream.next())?.data).toMatchObject({ sessionId: cem.id });
    const none = await look("?node=node_other");
    expect((await none.next())?.data.sessions).toEqual([]);
  });

  it("say that they still come while nothing changes, and end so that whoever may not look any more does not", async () => {
    const stream = await look();
    await stream.next();
    await clock.advance(14_000);
    node.open("eli");
    await clock.advance(1000);
    expect((await stream.next())?.event).toBe("session");
    await clock.advance(15_000);
    expect(await stream.next()).toEqual({ event: "comment", data: "still there" });
    await clock.advance(5 * 60_000);
    for (;;) if ((await stream.next()) === undefined) break;
  });

  it("are looked at only while somebody watches", async () => {
    const before = clock.pending;
    const stream = await look();
    await stream.next();
    expect(clock.pending).toBe(before + 1);
    stream.leave();
    await expect.poll(() => clock.pending).toBe(before);
  });

  it("are watched by so many at once", async () => {
    for (let n = 0; n < 3; n++) await (await look()).next();
    const { status, body } = await node.ask("GET /api/admin/sessions/stream");
    expect([status, body.code]).toEqual([429, "TOO_MANY_WATCHERS"]);
    streams.pop()?.leave();
    await expect
      .poll(async () => {
        const stream = await look();
        return stream.response.status;
      })
      .toBe(200);
  });

  it("are not asked for with HEAD, which would leave a watcher that never reads", async () => {
    expect((await node.ask("HEAD /api/admin/sessions/stream")).status).toBe(405);
  });

  it("are cut for a page that does not read", async () => {
    const crowd = Array.from({ length: 100 }, (_, n) => node.open(`crowd${n}`));
    const page = connect(Number(new URL(node.url).port), "127.0.0.1");
    page.pause();
    page.write(
      "GET /api/admin/sessions/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer root\r\n\r\n",
    );
    const { feed } = node.admin;
    await expect.poll(() => feed.watching).toBe(1);
    // The kernel takes some megabytes of it; each look tells of the whole crowd.
    let looks = 0;
    for (let muted = true; feed.watching > 0 && looks < 1000; muted = !muted, looks++) {
      for (const { session } of crowd) session.mute(muted);
      await clock.advance(1000);
    }
    expect(feed.watching).toBe(0);
    expect(looks).toBeGreaterThan(3);
    page.resume();
    await once(page, "close");
  });

  it("end for an administrator who is blocked, or none any more", async () => {
    await saveUser(node, "other");
    const own = await look("", "root");
    const theirs = await look("", "other");
    await own.next();
    await theirs.next();
    await node.ask("POST /api/admin/users/other/block");
    expect(await theirs.next()).toBeUndefined();
    await node.ask("POST /api/admin/users/other/unblock");
    const demoted = await look("", "other");
    await demoted.next();
    await node.ask("POST /api/admin/users/other/role", { json: { role: "user" } });
    expect(await demoted.next()).toBeUndefined();
    node.open("fay");
    await clock.advance(1000);
    expect((await own.next())?.event).toBe("session");
  });

  it("end with the key that they were asked for with", async () => {
    const { feed } = node.admin;
    const own = await feed.open({ id: "root", keyId: "key_1" }, {});
    const other = await feed.open({ id: "root", keyId: "key_2" }, {});
    feed.cut({ id: "root", keyId: "key_1" });
    expect(await text(own)).toContain("event: snapshot");
    let heard = "";
    other.on("data", (told) => {
      heard += told;
    });
    await clock.advance(16_000);
    expect(heard).toContain("still there");
    other.destroy();
  });

  it("end when the server is being stopped, and are not begun again", async () => {
    const stream = await look();
    await stream.next();
    node.admin.endStreams();
    expect(await stream.next()).toBeUndefined();
    const { status, body } = await node.ask("GET /api/admin/sessions/stream");
    expect([status, body.code]).toEqual([503, "SERVER_DRAINING"]);
  });
});
