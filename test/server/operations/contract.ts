/** What an administrator can do with one node, whichever database is under it. */
import { beforeAll, describe, expect, it } from "vitest";
import { saveUser, type TestNode } from "./support.ts";

const nobody = "session-00000000-0000-7000-8000-000000000000";
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** The contract; `open` gives a node on a database that may hold other tests' owners. */
export function adminContract(open: () => TestNode): void {
  let node: TestNode;
  const get = async (path: string) => (await node.ask(`GET /api/admin${path}`)).body.data;
  const query = (text: string, values: unknown[] = []) => node.store.database.pool.query(text, values);
  const audited = async (target: string) => {
    const { entries } = await get("/audit?limit=100");
    return entries
      .filter((entry: { target?: string }) => entry.target === target)
      .map(({ action }: { action: string }) => action);
  };
  beforeAll(() => {
    node = open();
  });

  describe("every route", () => {
    const named = (url: string) =>
      url.replace("/sessions/:id", `/sessions/${nobody}`).replace(":id", "somebody");
    const routes = () => node.face.routes.filter(({ url }) => url.startsWith("/api/admin"));

    it("is for administrators", async () => {
      expect(routes().length).toBeGreaterThan(20);
      const own = routes().filter(({ access }) => access !== "public");
      expect(own.map(({ access }) => access)).toEqual(own.map(() => "admin"));
      for (const { method, url } of own) {
        const as = (token: string) => node.ask(`${method} ${named(url)}`, { as: token });
        expect((await as("ann")).status, `${method} ${url}`).toBe(403);
        expect((await as("")).status, `${method} ${url}`).toBe(401);
      }
    });

    it.each([
      ["GET", "/sessions?ownerId=a%20b", "INVALID_REQUEST"],
      ["GET", "/users?limit=0", "INVALID_REQUEST"],
      ["GET", "/usage?from=yesterday", "INVALID_REQUEST"],
      ["GET", "/usage?from=2026-02-02&to=2026-02-01", "INVALID_RANGE"],
      ["GET", "/usage?from=2020-01-01&to=2026-02-01", "INVALID_RANGE"],
      ["GET", "/audit?action=;", "INVALID_REQUEST"],
      ["POST", "/sessions/one/end", "INVALID_SESSION_ID"],
      ["POST", "/users/a%20b/block", "INVALID_USER_ID"],
      ["DELETE", "/keys/a%20b", "INVALID_KEY_ID"],
      ["POST", "/nodes/a%20b/drain", "INVALID_NODE_ID"],
    ])("refuses what it cannot read: %s %s", async (method, path, code) => {
      const { status, body } = await node.ask(`${method} /api/admin${path}`);
      expect([status, body.code]).toEqual([400, code]);
    });

    it.each([
      ["POST", `/sessions/${nobody}/end`, undefined, "SESSION_NOT_FOUND"],
      ["POST", `/sessions/${nobody}/mute`, { muted: true }, "SESSION_NOT_FOUND"],
      ["GET", `/sessions/${nobody}/messages`, undefined, "SESSION_NOT_FOUND"],
      ["GET", `/sessions/${nobody}/report`, undefined, "SESSION_NOT_FOUND"],
      ["GET", `/sessions/${nobody}/recording`, undefined, "SESSION_NOT_FOUND"],
      ["GET", "/users/nobody", undefined, "USER_NOT_FOUND"],
      ["POST", "/users/nobody/block", undefined, "USER_NOT_FOUND"],
      ["POST", "/users/nobody/unblock", undefined, "USER_NOT_FOUND"],
      ["POST", "/users/nobody/role", { role: "admin" }, "USER_NOT_FOUND"],
      ["DELETE", "/keys/nothing", undefined, "KEY_NOT_FOUND"],
    ])("knows what is not there: %s %s", async (method, path, json, code) => {
      const { status, body } = await node.ask(`${method} /api/admin${path}`, { json });
      expect([status, body.code]).toEqual([404, code]);
      expect(await audited("nobody")).toEqual([]);
    });
  });

  describe("live sessions", () => {
    it("are listed with how they go, and none of their words", async () => {
      const id = await node.say("lia", "My secret is a full desk.");
      const socket = node.open("lou");
      const { status, text, body } = await node.ask("GET /api/admin/sessions?ownerId=lia");
      expect([status, body.data]).toEqual([
        200,
        {
          sessions: [
            {
              sessionId: id,
              ownerId: "lia",
              persona: "kuku",
              type: "realtime",
              phase: "listening",
              stage: "topic",
              turns: 1,
              since: time,
              latencyMs: expect.any(Number),
              node: node.nodeId,
              muted: false,
              attached: false,
            },
          ],
          more: 0,
          silent: [],
        },
      ]);
      expect(text).not.toContain("secret");
      const all = (await get(`/sessions?node=${node.nodeId}`)).sessions;
      expect(all.map((view: { sessionId: string }) => view.sessionId)).toEqual(
        expect.arrayContaining([id, socket.id]),
      );
      expect(all.find((view: { sessionId: string }) => view.sessionId === socket.id)).toMatchObject({
        attached: true,
        turns: 0,
      });
      expect((await get("/sessions?node=node_other")).sessions).toEqual([]);
      socket.session.end("finished");
      await socket.session.ended;
    });

    it("[AD2] name their users, where these have an account", async () => {
      await saveUser(node, "nan");
      const named = node.open("nan");
      const guest = node.open("guest_1");
      const { sessions } = await get("/sessions");
      const view = (id: string) => sessions.find((each: { sessionId: string }) => each.sessionId === id);
      expect(view(named.id)).toMatchObject({ ownerName: "nan", ownerEmail: expect.stringContaining("nan@") });
      expect(view(guest.id)).not.toHaveProperty("ownerName");
      for (const { session } of [named, guest]) {
        session.end("finished");
        await session.ended;
      }
    });

    it("are muted and unmuted", async () => {
      const { id, session } = node.open("mia");
      const mute = (muted: unknown) => node.ask(`POST /api/admin/sessions/${id}/mute`, { json: { muted } });
      expect((await mute(true)).body.data).toEqual({ sessionId: id, muted: true });
      await expect.poll(() => session.state.muted).toBe(true);
      expect((await get("/sessions?ownerId=mia")).sessions).toMatchObject([{ muted: true }]);
      expect((await mute(false)).status).toBe(200);
      await expect.poll(() => session.state.muted).toBe(false);
      expect((await mute("yes")).status).toBe(400);
      expect(await audited(id)).toEqual(["session.unmute", "session.mute"]);
      session.end("finished");
      await session.ended;
    });

    it("are ended for good, and their sockets told that it was not theirs to end", async () => {
      const { id, closes } = node.open("eve");
      const ended = await node.ask(`POST /api/admin/sessions/${id}/end`);
      expect([ended.status, ended.body.data]).toEqual([200, { sessionId: id, ended: true }]);
      expect(closes).toMatchObject([{ code: 1008 }]);
      expect(await node.store.findSession(id)).toMatchObject({ status: "ended", endReason: "revoked" });
      const again = await node.ask(`POST /api/admin/sessions/${id}/end`);
      expect([again.status, again.body.code]).toEqual([409, "SESSION_ENDED"]);
      expect(await audited(id)).toEqual(["session.end"]);
      const entries = (await get("/audit?ownerId=eve")).entries;
      expect(entries).toMatchObject([
        { actorId: "root", action: "session.end", ownerId: "eve", target: id, at: time },
      ]);
    });

    it("that nobody holds are ended as well, but cannot be muted", async () => {
      const id = await node.say("una", "Hello.");
      const live = node.sessions.live(id);
      live?.end("put_away");
      await live?.ended;
      await live?.settled();
      const mute = await node.ask(`POST /api/admin/sessions/${id}/mute`, { json: { muted: true } });
      expect([mute.status, mute.body.code]).toEqual([409, "SESSION_NOT_LIVE"]);
      expect((await node.ask(`POST /api/admin/sessions/${id}/end`)).status).toBe(200);
      expect(await node.store.findSession(id)).toMatchObject({ status: "ended", endReason: "revoked" });
      expect(await node.store.pendingReports(100)).toContain(id);
    });
  });

  describe("somebody's words", () => {
    it("are read, each time with an entry that was there before", async () => {
      const id = await node.say("wes", "I want to clear my desk.");
      const { messages } = await get(`/sessions/${id}/messages`);
      expect(messages.map(({ sender }: { sender: string }) => sender)).toEqual(["user", "ai"]);
      expect(messages[0].text).toBe("I want to clear my desk.");
      const early = await node.ask(`GET /api/admin/sessions/${id}/report`);
      expect([early.status, early.body.code]).toEqual([409, "SESSION_ACTIVE"]);
      await node.ask(`POST /api/admin/sessions/${id}/end`);
      expect((await get(`/sessions/${id}/report`)).text).toContain("KEY DISCUSSION POINTS");
      const none = await node.ask(`GET /api/admin/sessions/${id}/recording`);
      expect([none.status, none.body.code]).toEqual([404, "RECORDING_NOT_FOUND"]);
      expect(await audited(id)).toEqual([
        "session.recording",
        "session.report",
        "session.end",
        "session.messages",
      ]);
      const { entries } = await get("/audit?ownerId=wes&action=session.messages");
      expect(entries).toMatchObject([
        { actorId: "root", target: id, detail: { request: expect.any(String) } },
      ]);
      expect(JSON.stringify(entries)).not.toContain("desk");
    });

    it("of a recording are sent as they are, and kept by no browser", async () => {
      const id = await node.say("rae", "Record me.");
      const key = "a".repeat(40).concat(".wav");
      await node.objects.put(key, new Uint8Array([82, 73, 70, 70]));
      const now = Date.UTC(2026, 0, 1);
      await node.store.saveAudio(id, {
        key,
        kind: "recording",
        contentType: "audio/wav",
        bytes: 4,
        durationMs: 1,
        createdAt: now,
      });
      const response = await fetch(`${node.url}/api/admin/sessions/${id}/recording`, {
        headers: { authorization: "Bearer root" },
      });
      expect([response.status, await response.text()]).toEqual([200, "RIFF"]);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(await audited(id)).toEqual(["session.recording"]);
    });

    it("stay unread, and nothing is done, while nobody could tell later who it was", async () => {
      const id = await node.say("kit", "This is between us.");
      await saveUser(node, "kit");
      await query("alter table kuku.audit rename to audit_away");
      try {
        for (const request of [
          `GET /api/admin/sessions/${id}/messages`,
          `GET /api/admin/sessions/${id}/recording`,
          `POST /api/admin/sessions/${id}/end`,
          "POST /api/admin/users/kit/block",
        ]) {
          const { status, text, body } = await node.ask(request);
          expect([status, body.code], request).toEqual([503, "STORE_UNAVAILABLE"]);
          expect(text).not.toContain("between us");
        }
      } finally {
        await query("alter table kuku.audit_away rename to audit");
      }
      expect(node.sessions.live(id)).toBeDefined();
      expect(await get("/users/kit")).toMatchObject({ blocked: false });
    });
  });

  describe("accounts", () => {
    it("are listed newest first, page by page, and found by their address", async () => {
      for (const n of [1, 2, 3]) await saveUser(node, `page${n}`, { email: `page${n}@Paging.example` });
      const first = await get("/users?limit=2&email=@paging");
      const second = await get(`/users?limit=2&email=@paging&cursor=${first.next}`);
      const ids = [...first.users, ...second.users].map(({ id }: { id: string }) => id);
      expect(ids).toEqual(["page3", "page2", "page1"]);
      expect(second.next).toBeUndefined();
      expect((await get("/users?email=%25")).users).toEqual([]);
      expect(first.users[0]).toEqual({
        id: "page3",
        name: "page3",
        email: "page3@Paging.example",
        emailVerified: false,
        role: "user",
        blocked: false,
        createdAt: time,
      });
    });

    it("[AD2] are found by a part of their name or address", async () => {
      await saveUser(node, "Zelda", { email: "z1@search.example" });
      await saveUser(node, "zoltan", { email: "ZELDA.2@search.example" });
      const ids = (await get("/users?search=zelda")).users.map(({ id }: { id: string }) => id);
      expect(ids).toEqual(["zoltan", "Zelda"]);
      expect((await get("/users?search=%25")).users).toEqual([]);
    });

    it("are looked at with how much there is of theirs, and their sessions listed", async () => {
      await saveUser(node, "ola");
      await saveUser(node, "olaf");
      await signIn("ola");
      await saveKey("ola", "key_ola");
      await saveKey("ola", "key_old", { revokedAt: 1 });
      const id = await node.say("ola", "I talk.");
      expect(await get("/users/ola")).toMatchObject({ id: "ola", signIns: 1, keys: 1, sessions: 1 });
      expect(await get("/users/olaf")).toMatchObject({ id: "olaf", signIns: 0, keys: 0, sessions: 0 });
      const { sessions } = await get("/users/ola/sessions");
      expect(sessions).toMatchObject([{ sessionId: id, status: "active", messageCount: 2 }]);
      expect(JSON.stringify(sessions)).not.toContain("I talk");
    });

    it("are blocked: signed out, what they have open ended", async () => {
      await saveUser(node, "bob");
      await signIn("bob");
      const { id, closes } = node.open("bob");
      const { body } = await node.ask("POST /api/admin/users/bob/block", { json: { reason: "Spam." } });
      expect(body.data).toEqual({ id: "bob", blocked: true, ended: 1, silent: [] });
      expect(closes).toMatchObject([{ code: 1008 }]);
      expect(node.sessions.live(id)).toBeUndefined();
      expect(await get("/users/bob")).toMatchObject({ blocked: true, blockReason: "Spam.", signIns: 0 });
      expect((await node.ask("POST /api/admin/users/bob/unblock")).status).toBe(200);
      const after = await get("/users/bob");
      expect(after).toMatchObject({ blocked: false });
      expect(after).not.toHaveProperty("blockReason");
      expect(await audited("bob")).toEqual(["user.unblock", "user.block"]);
    });

    it("become administrators and are so no longer", async () => {
      await saveUser(node, "ava");
      const set = (role: string) => node.ask("POST /api/admin/users/ava/role", { json: { role } });
      expect((await set("admin")).body.data).toEqual({ id: "ava", role: "admin" });
      expect(await get("/users/ava")).toMatchObject({ role: "admin" });
      expect((await set("user")).status).toBe(200);
      const wrong = await set("king");
      expect([wrong.status, wrong.body.code]).toEqual([400, "INVALID_ROLE"]);
      const { entries } = await get("/audit?ownerId=ava");
      expect(entries).toMatchObject([
        { action: "user.role", detail: { from: "admin", to: "user" } },
        { action: "user.role", detail: { from: "user", to: "admin" } },
      ]);
    });

    it("of one's own are another administrator's to block", async () => {
      await saveUser(node, "root");
      for (const [path, json] of [
        ["block", undefined],
        ["role", { role: "user" }],
      ] as const) {
        const { status, body } = await node.ask(`POST /api/admin/users/root/${path}`, { json });
        expect([status, body.code]).toEqual([409, "OWN_ACCOUNT"]);
      }
    });
  });

  describe("keys", () => {
    it("are listed without what they are told by, and revoked with what was opened by them", async () => {
      await saveKey("kim", "key_kim");
      await saveKey("kim", "key_too");
      const withKey = node.open("kim", "key_kim");
      const without = node.open("kim");
      const { keys } = await get("/keys?ownerId=kim&limit=1");
      expect(keys).toHaveLength(1);
      const all = await node.ask("GET /api/admin/keys?ownerId=kim");
      expect(all.body.data.keys.map(({ id }: { id: string }) => id)).toEqual(["key_too", "key_kim"]);
      expect(all.text).not.toContain("hash-of");
      const revoked = await node.ask("DELETE /api/admin/keys/key_kim");
      expect(revoked.body.data).toEqual({ id: "key_kim", revoked: true, ended: 1, silent: [] });
      expect(withKey.closes).toMatchObject([{ code: 1008 }]);
      expect(without.closes).toEqual([]);
      const [, first] = (await get("/keys?ownerId=kim")).keys;
      expect(first).toMatchObject({ id: "key_kim", revokedAt: time });
      await node.ask("DELETE /api/admin/keys/key_kim");
      expect((await get("/keys?ownerId=kim")).keys[1].revokedAt).toBe(first.revokedAt);
      expect(await audited("key_kim")).toEqual(["key.revoke", "key.revoke"]);
      without.session.end("finished");
      await without.session.ended;
    });
  });

  describe("figures", () => {
    it("of use are summed by day, and by who used most", async () => {
      const use = (day: string, owner: string, key: string, cost: number) =>
        query(
          `insert into kuku.usage_days (day, owner_id, key_id, sessions, turns, audio_seconds, input_tokens, output_tokens, characters, cost)
          values ($1, $2, $3, 1, 10, 60.5, 3000000000, 7, 9, $4)`,
          [day, owner, key, cost],
        );
      await use("2025-03-01", "uma", "", 0.5);
      await use("2025-03-01", "uma", "key_1", 0.25);
      await use("2025-03-01", "ugo", "", 2);
      await use("2025-03-03", "uma", "", 1);
      await use("2025-04-01", "uma", "", 100);
      await saveUser(node, "uma");
      const usage = await get("/usage?from=2025-03-01&to=2025-03-31");
      expect(usage).toMatchObject({
        from: "2025-03-01",
        to: "2025-03-31",
        days: [
          {
            day: "2025-03-01",
            owners: 2,
            sessions: 3,
            turns: 30,
            audioSeconds: 181.5,
            inputTokens: 9_000_000_000,
            outputTokens: 21,
            characters: 27,
            cost: 2.75,
          },
          { day: "2025-03-03", owners: 1, cost: 1 },
        ],
        top: [
          { ownerId: "ugo", cost: 2 },
          { ownerId: "uma", ownerName: "uma", cost: 1.75, sessions: 3 },
        ],
      });
      const own = await get("/usage?from=2025-03-01&to=2025-03-31&ownerId=uma");
      expect(own.days).toMatchObject([{ day: "2025-03-01", cost: 0.75 }, { day: "2025-03-03" }]);
      const now = await get("/usage");
      expect(Date.parse(now.to) - Date.parse(now.from)).toBe(29 * 86_400_000);
    });

    it("[AD2] of latency are percentiles of the last turns, step by step", async () => {
      await node.say("lee", "One.");
      await node.say("lee", "Two.");
      const { steps, silent } = await get("/latency");
      expect(silent).toEqual([]);
      const audio = steps.find(({ step }: { step: string }) => step === "first_audio");
      expect(audio.count).toBeGreaterThanOrEqual(2);
      expect(audio.p50).toBeLessThanOrEqual(audio.p90);
      expect(audio.p90).toBeLessThanOrEqual(audio.max);
    });

    it("of errors are what the log told, redacted", async () => {
      const err = Object.assign(new Error("refused Bearer abcdefghijkl"), { code: "E_NO" });
      node.log.error({ err, session: "session-1", transcript: "my secret" }, "it broke");
      node.log.warn("this is no error");
      const { errors } = await get("/errors");
      expect(errors[0]).toEqual({
        at: time,
        level: "error",
        message: "it broke",
        session: "session-1",
        error: { type: "Error", message: "refused Bearer [redacted]", code: "E_NO" },
        node: node.nodeId,
      });
      expect(JSON.stringify(errors)).not.toContain("secret");
      expect(JSON.stringify(errors)).not.toContain("no error");
    });

    it("of the audit are paged and found by who, whose, what and when", async () => {
      for (let n = 0; n < 3; n++)
        await node.admin.audit.write({
          actorId: "paul",
          action: "test.done",
          ownerId: "zoe",
          target: `t${n}`,
        });
      const first = await get("/audit?actorId=paul&limit=2");
      const second = await get(`/audit?actorId=paul&limit=2&cursor=${first.next}`);
      const targets = [...first.entries, ...second.entries].map(({ target }: { target: string }) => target);
      expect(targets).toEqual(["t2", "t1", "t0"]);
      expect((await get("/audit?ownerId=zoe&action=test.done")).entries).toHaveLength(3);
      expect((await get("/audit?ownerId=zoe&to=2020-01-01")).entries).toEqual([]);
      expect((await get("/audit?ownerId=zoe&from=2020-01-01")).entries).toHaveLength(3);
    });
  });

  const signIn = (userId: string) =>
    query(
      `insert into kuku.sign_ins (id, token, user_id, expires_at) values ($1, $1, $2, now() + interval '1 day')`,
      [`sign_in_${userId}`, userId],
    );
  const saveKey = (ownerId: string, id: string, { revokedAt = null as number | null } = {}) =>
    query(
      `insert into kuku.api_keys (id, owner_id, name, prefix, hash, scopes, created_at, revoked_at)
      values ($1::text, $2, 'a key', 'kk_1', 'hash-of ' || $1::text, '{read,talk}',
        (select count(*) from kuku.api_keys), $3)`,
      [id, ownerId, revokedAt],
    );
}
