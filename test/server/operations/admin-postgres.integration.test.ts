import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/lib/clock.ts";
import { openActs } from "../../../src/server/operations/directives.ts";
import { openNodes } from "../../../src/server/operations/nodes.ts";
import { testDatabase } from "../../support/test-database.ts";
import { adminContract } from "./contract.ts";
import { saveUser, startNode, type TestNode, watch } from "./support.ts";

const limits = {
  nodes: { pollMs: 20, aloneMs: 20, askMs: 10, reportMs: 5000, directiveMs: 5000 },
  feed: { tickMs: 20 },
};

describe("administration on PostgreSQL", () => {
  const folder = mkdtempSync(join(tmpdir(), "kuku-admin-"));
  let databaseUrl: string;
  let a: TestNode;
  let b: TestNode;
  const start = (more: Partial<(typeof limits)["nodes"]> = {}) =>
    startNode({
      dataDir: folder,
      databaseUrl,
      limits: { ...limits, nodes: { ...limits.nodes, ...more } },
    });
  const query = (text: string, values: unknown[] = []) => a.store.database.pool.query(text, values);
  const get = async (path: string) => (await a.ask(`GET /api/admin${path}`)).body.data;
  beforeAll(async () => {
    databaseUrl = await testDatabase();
    a = await start();
  });
  afterAll(async () => {
    await a.close();
    rmSync(folder, { recursive: true });
  });

  adminContract(() => a);

  describe("over two nodes", () => {
    let page: Awaited<ReturnType<typeof watch>> | undefined;
    const idOf = ({ sessionId }: { sessionId: string }) => sessionId;
    const endAll = async () => {
      const live = [a, b].flatMap(({ sessions }) => [...sessions.all()]);
      for (const { session } of live) session.end("finished");
      await Promise.all(live.map(({ session }) => session.ended));
      page?.leave();
    };
    beforeAll(async () => {
      b = await start();
      await endAll();
    });
    afterEach(endAll);
    afterAll(() => b.close());

    it("shows what either holds", async () => {
      const here = a.open("here");
      const there = b.open("there");
      await there.session.settled();
      // What the other one has published may be of a moment ago.
      const ids = async (query = "") => (await get(`/sessions${query}`)).sessions.map(idOf);
      await expect.poll(() => ids()).toEqual(expect.arrayContaining([here.id, there.id]));
      await expect.poll(() => ids()).toHaveLength(2);
      const { sessions, silent } = await get("/sessions?ownerId=there");
      expect([sessions, silent]).toMatchObject([[{ sessionId: there.id, node: b.nodeId }], []]);
      expect(await ids(`?node=${b.nodeId}`)).toEqual([there.id]);
      const { nodes } = await get("/nodes");
      expect(nodes).toMatchObject([
        { node: a.nodeId, self: true, sessions: 1 },
        { node: b.nodeId, self: false, sessions: 1, version: "1.2.3", draining: false },
      ]);
      b.log.error("something of b's");
      await expect
        .poll(async () => (await get("/errors")).errors)
        .toContainEqual(expect.objectContaining({ message: "something of b's", node: b.nodeId }));
      expect((await get("/providers")).nodes.map(({ node }: { node: string }) => node)).toEqual([
        a.nodeId,
        b.nodeId,
      ]);
    });

    it("tells a page what changes on the other", async () => {
      page = await watch(a, "?ownerId=pat");
      expect(await page.next()).toMatchObject({ event: "snapshot", data: { sessions: [], silent: [] } });
      const there = b.open("pat");
      expect(await page.next()).toMatchObject({ event: "session", data: { sessionId: there.id } });
      there.session.end("finished");
      // Its phase on the way to its end may be seen, or not.
      let last = await page.next();
      while (last?.event === "session") last = await page.next();
      expect(last).toEqual({ event: "gone", data: { sessionId: there.id } });
    });

    it("mutes and ends what the other holds", async () => {
      const there = b.open("there");
      await there.session.settled();
      const muted = await a.ask(`POST /api/admin/sessions/${there.id}/mute`, { json: { muted: true } });
      expect(muted.body.data).toEqual({ sessionId: there.id, muted: true });
      await expect.poll(() => there.session.state.muted).toBe(true);
      const ended = await a.ask(`POST /api/admin/sessions/${there.id}/end`);
      expect([ended.status, there.closes]).toMatchObject([200, [{ code: 1008 }]]);
      expect(await a.store.findSession(there.id)).toMatchObject({ status: "ended", endReason: "revoked" });
      const { entries } = await get("/audit?ownerId=there&limit=2");
      expect(entries).toMatchObject([
        { action: "session.end" },
        { action: "session.mute", target: there.id },
      ]);
    });

    it("[AD1] reaches a session where it was taken to, asked where it was taken from", async () => {
      const there = b.open("moved");
      await there.session.settled();
      const token = there.session.state.resume?.token ?? "";
      const here = await a.sessions.find({ token, seen: { lastEvent: "" } }, { id: "moved" });
      expect(b.sessions.live(there.id)).toBeDefined();
      await b.ask(`POST /api/admin/sessions/${there.id}/mute`, { json: { muted: true } });
      await expect.poll(() => here.state.muted).toBe(true);
      await b.ask(`POST /api/admin/sessions/${there.id}/end`);
      await here.ended;
      expect(await a.store.findSession(there.id)).toMatchObject({ status: "ended", endReason: "revoked" });
    });

    it("ends everywhere what somebody who is blocked has open", async () => {
      await saveUser(a, "wide");
      const opened = [a.open("wide"), b.open("wide"), b.open("wide")];
      const other = b.open("other");
      const { body } = await a.ask("POST /api/admin/users/wide/block");
      expect(body.data).toEqual({ id: "wide", blocked: true, ended: 3, silent: [] });
      for (const { closes } of opened) expect(closes).toMatchObject([{ code: 1008 }]);
      expect(other.closes).toEqual([]);
    });

    it("empties a node: what it held goes on elsewhere, until it takes sessions again", async () => {
      const there = b.open("mover");
      await there.session.settled();
      const drained = await a.ask(`POST /api/admin/nodes/${b.nodeId}/drain`);
      expect(drained.body.data).toEqual({ node: b.nodeId, draining: true });
      expect(b.drain.on).toBe(true);
      await there.session.ended;
      await there.session.settled();
      expect(b.sessions.refusal()?.code).toBe("SERVER_DRAINING");
      const moved = await a.sessions.find({ sessionId: there.id }, { id: "mover" });
      expect(moved.id).toBe(there.id);
      await expect
        .poll(async () => (await get("/nodes")).nodes[1])
        .toMatchObject({ draining: true, sessions: 0 });
      const last = await a.ask(`POST /api/admin/nodes/${a.nodeId}/drain`);
      expect([last.status, last.body.code]).toEqual([409, "NO_OTHER_NODE"]);
      await a.ask(`POST /api/admin/nodes/${b.nodeId}/undrain`);
      expect([b.drain.on, b.sessions.refusal()]).toEqual([false, undefined]);
      const { entries } = await get("/audit?limit=2");
      expect(entries).toMatchObject([{ action: "node.undrain" }, { action: "node.drain", target: b.nodeId }]);
    });

    it("publishes nothing of its sessions while nobody looks", async () => {
      const there = b.open("private");
      await there.session.settled();
      const published = async () =>
        (await query("select live from kuku.nodes where id = $1", [b.nodeId])).rows[0].live?.live;
      await expect
        .poll(async () => {
          await get("/sessions");
          return (await published()).sessions;
        })
        .toMatchObject([{ ownerId: "private" }]);
      await query("update kuku.nodes set watched_until = now()");
      await expect.poll(published).toMatchObject({ brief: true, sessions: [], errors: [], count: 1 });
    });

    it("does not do what another version asks for", async () => {
      await query("insert into kuku.directives (id, node_id, at, directive) values ('odd', $1, 1, $2)", [
        b.nodeId,
        { type: "dance" },
      ]);
      await expect
        .poll(
          async () => (await query("select outcome from kuku.directives where id = 'odd'")).rows[0]?.outcome,
        )
        .toEqual({ result: "failed" });
    });
  });

  describe("where a node does not answer", () => {
    let c: TestNode;
    let asker: TestNode;
    beforeAll(async () => {
      [c, asker] = [await start(), await start({ directiveMs: 400, reportMs: 100 })];
      // Its store says that it lives, but nobody there looks for what it is to do.
      await c.admin.nodes.stop();
    });
    afterAll(async () => {
      await asker.close();
      await c.close();
    });
    const open = async (ownerId: string) => {
      const opened = c.open(ownerId);
      await opened.session.settled();
      return opened;
    };

    it("says so, and takes back what it asked for", async () => {
      const there = await open("mute");
      const { status, body } = await asker.ask(`POST /api/admin/sessions/${there.id}/end`);
      expect([status, body.code]).toEqual([503, "NODE_SILENT"]);
      const open_ = await query("select 1 from kuku.directives where node_id = $1 and done_at is null", [
        c.nodeId,
      ]);
      expect(open_.rows).toEqual([]);
      const listed = await asker.ask("GET /api/admin/sessions");
      expect(listed.body.data.silent).toContain(c.nodeId);
      expect(there.closes).toEqual([]);
    });

    it("blocks all the same, and what must end is ended once the node speaks again", async () => {
      await saveUser(asker, "late");
      const there = await open("late");
      const { body } = await asker.ask("POST /api/admin/users/late/block");
      expect(body.data).toMatchObject({
        blocked: true,
        ended: 0,
        silent: expect.arrayContaining([c.nodeId]),
      });
      expect(there.closes).toEqual([]);
      const { database } = c.store;
      const clock = systemClock;
      const act = openActs({ sessions: c.sessions, drain: c.drain, clock, cut() {} });
      const report = () => {
        throw new Error("not asked for");
      };
      const nodes = openNodes({
        database,
        nodeId: c.nodeId,
        clock,
        log: c.log,
        report,
        act,
        limits: limits.nodes,
      });
      await expect.poll(() => there.closes).toMatchObject([{ code: 1008 }]);
      await nodes.stop();
    });

    it("knows one that is gone, and ends what it held", async () => {
      const there = await open("left");
      await query("update kuku.nodes set seen_at = now() - interval '1 hour' where id = $1", [c.nodeId]);
      const gone = await asker.ask(`POST /api/admin/nodes/${c.nodeId}/undrain`);
      expect([gone.status, gone.body.code]).toEqual([409, "NODE_GONE"]);
      const ended = await asker.ask(`POST /api/admin/sessions/${there.id}/end`);
      expect(ended.status).toBe(200);
      expect(await asker.store.findSession(there.id)).toMatchObject({ status: "ended" });
    });
  });
});
