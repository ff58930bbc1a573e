/** What every store does, whichever database is under it. */
import { beforeAll, describe, expect, it } from "vitest";
import type { SessionJournal } from "../../src/store/journal/journal.ts";
import type { NewSession } from "../../src/store/records.ts";
import { type Store, StoreError } from "../../src/store/store.ts";
import { day, item, morning, newSession } from "./samples.ts";

/** The contract; `open` gives a store whose node is `node-1`, on a database that may hold other tests' owners. */
export function storeContract(open: () => Store): void {
  let store: Store;
  beforeAll(() => {
    store = open();
  });

  const live = (fields: Partial<NewSession> = {}): { session: NewSession; journal: SessionJournal } => {
    const session = newSession(fields);
    return { session, journal: store.journals.open({ ...session, nodeId: "node-1" }) };
  };
  const saved = async (journal: SessionJournal) => expect(await journal.settled()).toBe("saved");

  describe("a session's journal", () => {
    it("stores the session first, then its items in the order of their positions", async () => {
      const { session, journal } = live({ resumeHash: "hash-order" });
      expect(
        journal.write([
          { type: "item", item: item(2) },
          { type: "item", item: item(1) },
        ]),
      ).toBe(true);
      journal.write([{ type: "item", item: item(3, "between", { position: 1.5, audioKey: "key" }) }]);
      await saved(journal);
      expect(await store.findSession(session.id)).toEqual({
        id: session.id,
        ownerId: "anna",
        persona: "kuku",
        language: "en-US",
        origin: "socket",
        type: "realtime",
        status: "active",
        awaitingWrapUp: false,
        messageCount: 0,
        recorded: false,
        createdAt: morning,
        updatedAt: expect.any(Number),
      });
      expect(await store.readItems(session.id)).toEqual([
        item(1),
        item(3, "between", { position: 1.5, audioKey: "key" }),
        item(2),
      ]);
      expect((await store.findResumable("hash-order"))?.id).toBe(session.id);
    });

    it("leaves the last of what was written about the same thing, written once or twice", async () => {
      const { session, journal } = live();
      const reading = {
        itemId: "item_1",
        at: morning,
        language: "en-US",
        kind: "sentence",
        text: "The cat sat by the door.",
        score: 0.75,
        slips: ["cat", "door"],
      } as const;
      const write = () =>
        journal.write([
          { type: "item", item: item(1, "first words") },
          { type: "item", item: item(2) },
          { type: "item", item: item(1, "other words") },
          { type: "item_removed", itemId: "item_2" },
          { type: "session", patch: { stage: "goal", messageCount: 1 } },
          { type: "session", patch: { stage: "reality", snapshot: { round: 4 } } },
          { type: "turn", turn: { id: "resp_1", status: "completed", at: morning, latency: { total: 800 } } },
          { type: "delivery", delivery: { itemId: "item_1", at: morning, metrics: { rate: 140 } } },
          { type: "reading", reading: { ...reading, score: 0.5 } },
          { type: "reading", reading },
          {
            type: "delivery",
            delivery: {
              itemId: "item_3",
              at: morning + 1,
              metrics: {},
              contour: { pitchHz: [220, null], words: ["\0"] },
            },
          },
        ]);
      write();
      await saved(journal);
      write();
      await saved(journal);
      expect(await store.readItems(session.id)).toEqual([item(1, "other words")]);
      expect(await store.findSession(session.id)).toMatchObject({ stage: "reality", messageCount: 1 });
      expect(await store.readTurns(session.id)).toEqual([
        { id: "resp_1", status: "completed", at: morning, latency: { total: 800 } },
      ]);
      expect(await store.readReadings(session.id)).toEqual([reading]);
      const of = { ownerId: session.ownerId };
      const found = (language: string, more: { before?: number } = {}) =>
        store
          .recentReadings(of, { language, limit: 5, ...more })
          .then((all) => all.filter(({ sessionId }) => sessionId === session.id));
      expect(await found("en-GB")).toEqual([{ ...reading, sessionId: session.id }]);
      expect(await found("fr-FR")).toEqual([]);
      expect(await found("en-US", { before: morning })).toEqual([]);
      expect(await store.recentReadings({ ownerId: "somebody" }, { language: "en-US", limit: 5 })).toEqual(
        [],
      );
      expect(await store.readDeliveries(session.id)).toEqual([
        { itemId: "item_1", at: morning, metrics: { rate: 140 } },
        {
          itemId: "item_3",
          at: morning + 1,
          metrics: {},
          contour: { pitchHz: [220, null], words: ["\uFFFD"] },
        },
      ]);
    });

    it("puts back an item that was removed", async () => {
      const { session, journal } = live();
      journal.write([{ type: "item", item: item(1) }]);
      await saved(journal);
      journal.write([
        { type: "item_removed", itemId: "item_1" },
        { type: "item", item: item(1, "back") },
      ]);
      await saved(journal);
      expect(await store.readItems(session.id)).toEqual([item(1, "back")]);
    });

    it("ends a session, its report due from the same moment", async () => {
      const { session, journal } = live();
      journal.write([{ type: "ended", at: morning + 60_000, reason: "finished" }]);
      journal.write([{ type: "session", patch: { messageCount: 7 } }]);
      await saved(journal);
      expect(await store.findSession(session.id)).toMatchObject({
        status: "ended",
        endedAt: morning + 60_000,
        endReason: "finished",
        messageCount: 7,
      });
      expect(await store.pendingReports(100)).toContain(session.id);
      expect(await store.findReport(session.id)).toMatchObject({ status: "pending" });
      expect(await store.journals.claim(session.id, "node-2")).toBeUndefined();
    });

    it("takes nothing more once it is closed, and stores what it took", async () => {
      const { session, journal } = live();
      journal.write([{ type: "item", item: item(1) }]);
      journal.close();
      expect(journal.write([{ type: "item", item: item(2) }])).toBe(false);
      await saved(journal);
      expect(await store.readItems(session.id)).toHaveLength(1);
      expect(store.journals.state).toEqual({ waiting: 0, bytes: 0, full: false });
    });

    it("keeps what the database cannot hold out of it: U+0000 and half characters", async () => {
      const { session, journal } = live();
      journal.write([
        { type: "item", item: item(1, "a\0b\ud800c", { entry: { "k\0": ["\udc00", "\\u0000"] } }) },
      ]);
      await saved(journal);
      const [stored] = await store.readItems(session.id);
      expect(stored).toMatchObject({ text: "a\ufffdb\ufffdc", entry: { "k\ufffd": ["\ufffd", "\\u0000"] } });
    });

    it("[ST9] is stored in parts where it is long, and others' before its end", async () => {
      const [long, short] = [live({ ownerId: "flooder" }), live()];
      const order: string[] = [];
      const items = Array.from({ length: 3000 }, (_, n) => item(n + 1));
      for (const each of items) long.journal.write([{ type: "item", item: each }]);
      long.journal.write([{ type: "session", patch: { messageCount: 3000, snapshot: { round: 1 } } }]);
      const ends = [long, short].map(({ session, journal }) => {
        journal.write([{ type: "ended", at: morning + 1, reason: "finished" }]);
        return saved(journal).then(() => order.push(session.id));
      });
      await Promise.all(ends);
      expect(order).toEqual([short.session.id, long.session.id]);
      expect(await store.readItems(long.session.id)).toEqual(items);
      expect(await store.findSession(long.session.id)).toMatchObject({ messageCount: 3000, status: "ended" });
      expect(await store.findSnapshot(long.session.id)).toEqual({ round: 1 });
      expect(await store.findReport(long.session.id)).toMatchObject({ status: "pending" });
      expect(store.journals.state).toEqual({ waiting: 0, bytes: 0, full: false });
    });

    it("is lost when the database refuses its changes; what others wrote with it is stored", async () => {
      const [good, bad, other] = [live(), live(), live()];
      good.journal.write([{ type: "item", item: item(1) }]);
      bad.journal.write([{ type: "session", patch: { messageCount: 1e12 } }]);
      other.journal.write([{ type: "item", item: item(1) }]);
      const outcomes = [good, bad, other].map(({ journal }) => journal.settled());
      expect(await Promise.all(outcomes)).toEqual(["saved", "lost", "saved"]);
      expect(bad.journal.write([{ type: "item", item: item(1) }])).toBe(false);
      expect(await store.readItems(other.session.id)).toHaveLength(1);
      expect(store.journals.state.bytes).toBe(0);
    });

    it("is lost for what is no JSON, without throwing", async () => {
      const { journal } = live();
      const circle: Record<string, unknown> = {};
      circle.itself = circle;
      expect(journal.write([{ type: "item", item: item(1, "", { entry: circle }) }])).toBe(false);
      expect(await journal.settled()).toBe("lost");
    });
  });

  describe("who holds a session", () => {
    it("gives a claimed session with all that was written, and refuses its former holder", async () => {
      const { session, journal } = live();
      const bystander = live();
      journal.write([
        { type: "item", item: item(1) },
        { type: "session", patch: { snapshot: { round: 1 } } },
      ]);
      const claimed = await store.journals.claim(session.id, "node-1");
      expect(claimed?.stored).toMatchObject({
        session: { id: session.id },
        snapshot: { round: 1 },
        items: [item(1)],
      });
      const again = await store.journals.claim(session.id, "node-1");
      claimed?.journal.write([{ type: "item", item: item(2) }]);
      expect(await claimed?.journal.settled()).toBe("lost");
      again?.journal.write([{ type: "item", item: item(3) }]);
      expect(await again?.journal.settled()).toBe("saved");
      expect(journal.write([{ type: "item", item: item(4) }])).toBe(false);
      expect((await store.readItems(session.id)).map(({ id }) => id)).toEqual(["item_1", "item_3"]);
      bystander.journal.write([{ type: "item", item: item(1) }]);
      await saved(bystander.journal);
    });

    it("tells the node, until the session is put away", async () => {
      const { session, journal } = live();
      await saved(journal);
      expect(await store.findHolder(session.id)).toBe("node-1");
      expect(await store.endSession(session.id, morning, "client")).toBe(false);
      journal.write([{ type: "put_away" }]);
      await saved(journal);
      expect(await store.findHolder(session.id)).toBeUndefined();
      expect(await store.endSession(session.id, morning, "client")).toBe(true);
      expect(await store.endSession(session.id, morning, "client")).toBe(false);
      expect(await store.findReport(session.id)).toMatchObject({ status: "pending" });
    });

    it("does not count a node that was never seen", async () => {
      const session = newSession();
      const journal = store.journals.open({ ...session, nodeId: "node-unheard" });
      await saved(journal);
      expect(await store.findHolder(session.id)).toBeUndefined();
      expect(await store.endSession(session.id, morning, "idle")).toBe(true);
      journal.write([{ type: "item", item: item(1) }]);
      expect(await journal.settled()).toBe("lost");
      expect(await store.readItems(session.id)).toEqual([]);
    });

    it("is one alone, of two who claim it at once and write at once", async () => {
      const session = await store.createSession(newSession());
      const claims = await Promise.all([1, 2].map(() => store.journals.claim(session.id, "node-1")));
      claims.forEach((claimed, index) => {
        claimed?.journal.write([{ type: "item", item: item(index + 1) }]);
      });
      const outcomes = await Promise.all(claims.map((claimed) => claimed?.journal.settled()));
      expect(outcomes.sort()).toEqual(["lost", "saved"]);
      expect(await store.readItems(session.id)).toHaveLength(1);
      expect(store.journals.state.bytes).toBe(0);
    });

    it("claims nothing that is not there", async () => {
      expect(await store.journals.claim("session-none", "node-1")).toBeUndefined();
    });
  });

  describe("sessions", () => {
    const make = (fields: Partial<NewSession>) =>
      store.createSession(newSession({ origin: "rest", ...fields }));

    it("are listed newest first, page by page, by status and date, an owner's own", async () => {
      const made = [];
      for (let n = 0; n < 5; n++) made.push(await make({ ownerId: "lister", createdAt: morning + n * day }));
      const twin = await make({ ownerId: "lister", createdAt: morning + 4 * day });
      await make({ ownerId: "someone else" });
      await store.endSession(made[1]!.id, morning, "client");
      const ids = made.map(({ id }) => id);
      const newest = [ids[4]!, twin.id].sort((a, b) => (a < b ? 1 : -1));
      const first = await store.listSessions({ ownerId: "lister", limit: 3 });
      const second = await store.listSessions({ ownerId: "lister", limit: 3, cursor: first.next! });
      expect([...first.entries, ...second.entries].map(({ id }) => id)).toEqual([
        ...newest,
        ids[3],
        ids[2],
        ids[1],
        ids[0],
      ]);
      expect(second.next).toBeUndefined();
      const ended = await store.listSessions({ ownerId: "lister", status: "ended", limit: 3 });
      expect(ended.entries.map(({ id }) => id)).toEqual([ids[1]]);
      const some = await store.listSessions({
        ownerId: "lister",
        from: morning + day,
        to: morning + 3 * day,
        limit: 100,
      });
      expect(some.entries.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    });

    it("are listed from the start for a cursor that is none", async () => {
      const { id } = await make({ ownerId: "cursor" });
      for (const cursor of [
        "",
        "nonsense",
        "WyJhIiwiYiJd",
        Buffer.from('[1,"\\u0000"]').toString("base64url"),
      ]) {
        const { entries } = await store.listSessions({ ownerId: "cursor", limit: 3, cursor });
        expect(entries.map((entry) => entry.id)).toEqual([id]);
      }
    });

    it("are made once", async () => {
      const session = await make({});
      const again = store.createSession({ ...session, ownerId: "other" });
      await expect(again).rejects.not.toBeInstanceOf(StoreError); // asking again would not help
      expect((await store.findSession(session.id))?.ownerId).toBe("anna");
    });

    it("are rated once they have ended", async () => {
      const { id } = await make({});
      expect(await store.saveRating(id, { rating: 4 })).toBe(false);
      await store.endSession(id, morning, "client");
      expect(await store.saveRating(id, { rating: 4, feedback: "good\0" })).toBe(true);
      expect(await store.findSession(id)).toMatchObject({ rating: 4, feedback: "good\ufffd" });
    });

    it("expire when nobody holds them and nothing changed, or they are old", async () => {
      const [idle, fresh] = [await make({ createdAt: 1000 }), await make({ createdAt: 5000 })];
      const { session, journal } = live({ createdAt: 1000 });
      await saved(journal);
      const found = (idleSince: number, madeBefore: number) =>
        store.expiredSessions({ idleSince, madeBefore, limit: 100 });
      expect(await found(2000, 0)).toEqual([idle.id]);
      expect(await found(0, 6000)).toEqual([idle.id, fresh.id]);
      expect(await found(2000, 0)).not.toContain(session.id);
    });
  });

  describe("search", () => {
    const texts = [
      "I should talk to my manager on Friday",
      "L'École d'été begins on Friday",
      "The manager said: Friday, maybe; don't wait",
      "明日は東京に行きます",
      "or so they say",
    ];
    const search = async (text: string, limit = 10, ownerId = "searcher") => {
      const { entries } = await store.searchItems({ ownerId, text, limit });
      return entries.map((entry) => entry.item.id);
    };
    beforeAll(async () => {
      for (const ownerId of ["searcher", "o'other \\ & !"]) {
        const { journal } = live({ ownerId });
        journal.write(texts.map((text, index) => ({ type: "item", item: item(index + 1, text) })));
        await saved(journal);
      }
    });

    it.each([
      ["every word, newest first", "friday", ["item_3", "item_2", "item_1"]],
      ["all of the words", "manager friday", ["item_3", "item_1"]],
      ["words in a row", '"my manager"', ["item_1"]],
      ["without a word", "friday -manager", ["item_2"]],
      ["one or the other", "school or tokyo or talk", ["item_1"]],
      ["whatever case and accents", "ecole ÉTÉ", ["item_2"]],
      ["within a contraction", "don't", ["item_3"]],
      ["a language without spaces", "東京", ["item_4"]],
      ["an operator in quotes", '"or"', ["item_5"]],
      ["nothing for signs alone", "\" - ! & | <-> :* \\ '", []],
      ["nothing for U+0000", "\0", []],
    ])("finds %s", async (_, text, expected) => {
      expect(await search(text)).toEqual(expected);
    });

    it("finds an owner's own, whatever the owner is called", async () => {
      const { entries } = await store.searchItems({ ownerId: "o'other \\ & !", text: "friday", limit: 10 });
      expect(entries).toHaveLength(3);
      expect(await search("friday", 10, "nobody")).toEqual([]);
    });

    it("finds what was said long ago, behind thousands of other items", async () => {
      const { journal } = live({ ownerId: "talker" });
      const said = Array.from({ length: 2100 }, (_, n) => item(n + 1, n % 1000 === 0 ? "a zeppelin" : "so"));
      journal.write(said.map((each) => ({ type: "item", item: each })));
      await saved(journal);
      expect(await search("zeppelin", 10, "talker")).toEqual(["item_2001", "item_1001", "item_1"]);
    });

    it("goes on from page to page, with the words around", async () => {
      const first = await store.searchItems({ ownerId: "searcher", text: "friday", limit: 2 });
      const second = await store.searchItems({
        ownerId: "searcher",
        text: "friday",
        limit: 2,
        cursor: first.next!,
      });
      expect(second.entries.map((entry) => entry.item.id)).toEqual(["item_1"]);
      expect(second.next).toBeUndefined();
      expect(second.entries[0]?.excerpt).toBe(texts[0]);
    });
  });

  describe("what comes after a session", () => {
    const ended = async (fields: Partial<NewSession>) => {
      const { session, journal } = live(fields);
      journal.write([{ type: "ended", at: session.createdAt + 1000, reason: "finished" }]);
      await saved(journal);
      return session;
    };

    it("keeps a report with its actions, once however often it is saved", async () => {
      const session = await ended({ ownerId: "doer" });
      const report = { text: "# Summary", data: { goal: "rest" } };
      const actions = [{ text: "call Ben", when: "by Friday" }, { text: "sleep" }, { text: "gone" }];
      await store.saveReport(session.id, { ...report, actions });
      const [first] = await store.openActions({ ownerId: "doer" }, 10);
      expect(await store.settleAction({ ownerId: "doer" }, first!.id, morning)).toBe(true);
      expect(await store.settleAction({ ownerId: "anna" }, first!.id, morning)).toBe(false);
      await store.saveReport(session.id, { ...report, actions: actions.slice(0, 2) });
      expect(await store.findReport(session.id)).toMatchObject({ status: "ready", ...report });
      expect((await store.openActions({ ownerId: "doer" }, 10)).map(({ text }) => text)).toEqual(["sleep"]);
      expect(await store.pendingReports(100)).not.toContain(session.id);
      await store.saveReport("session-erased", { ...report, actions });
      expect(await store.findReport("session-erased")).toBeUndefined();
    });

    it("gives up a report that failed", async () => {
      const session = await ended({});
      await store.failReport(session.id);
      expect(await store.findReport(session.id)).toMatchObject({ status: "failed" });
      expect(await store.pendingReports(100)).not.toContain(session.id);
    });

    it("shows progress: means by session, days in a row, what is to do and done", async () => {
      const ownerId = "climber";
      for (const [index, rates] of [[100, 120], [140], []].entries()) {
        const { session, journal } = live({ ownerId, createdAt: morning + index * day });
        journal.write(
          rates.map((rate, at) => ({
            type: "delivery",
            delivery: {
              itemId: `item_${at}`,
              at: morning,
              metrics: { rate, ...(at === 0 && { pauses: 2 }) },
            },
          })),
        );
        journal.write([{ type: "ended", at: morning, reason: "finished" }]);
        await saved(journal);
        await store.saveReport(session.id, { text: "", data: {}, actions: [{ text: `task ${index}` }] });
      }
      const [action] = await store.openActions({ ownerId }, 1);
      await store.settleAction({ ownerId }, action!.id, morning);
      const progress = await store.progress({ ownerId, now: morning + 3 * day, limit: 10 });
      expect(progress).toMatchObject({ sessions: 3, streakDays: 3, doneActions: 1 });
      expect(progress.points.map(({ at, metrics }) => [at, metrics])).toEqual([
        [morning + day, { rate: 140, pauses: 2 }],
        [morning, { rate: 110, pauses: 2 }],
      ]);
      expect(progress.openActions).toHaveLength(2);
      expect((await store.progress({ ownerId, now: morning + 4 * day, limit: 1 })).streakDays).toBe(0);
      expect((await store.progress({ ownerId: "nobody", now: morning, limit: 1 })).points).toEqual([]);
    });
  });

  it("knows what audio there is, and what is past its time", async () => {
    const { session, journal } = live();
    const audio = { contentType: "audio/wav", bytes: 44, createdAt: morning } as const;
    journal.write([
      { type: "audio", audio: { key: "a-1", kind: "reply", durationMs: 1.5, ...audio, expiresAt: 10 } },
    ]);
    await saved(journal);
    await store.saveAudio(session.id, { key: "a-2", kind: "recording", ...audio, createdAt: morning + 1 });
    expect(await store.findAudio("a-1")).toMatchObject({
      sessionId: session.id,
      durationMs: 1.5,
      expiresAt: 10,
    });
    expect((await store.listAudio(session.id)).map(({ key }) => key)).toEqual(["a-1", "a-2"]);
    expect((await store.listAudio(session.id, "recording")).map(({ key }) => key)).toEqual(["a-2"]);
    expect(await store.expiredAudio(9, 10)).toEqual([]);
    expect(await store.expiredAudio(10, 10)).toEqual(["a-1"]);
    await store.forgetAudio(["a-1"]);
    expect(await store.findAudio("a-1")).toBeUndefined();
  });

  it("answers when it is asked whether it is there", async () => {
    await store.ping();
  });
}
