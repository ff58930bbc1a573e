import { expect, test } from "vitest";
import { testJournal } from "../../support/journal.ts";
import { pushToTalk, recording, testSession, userText } from "../../support/session.ts";

const kept = (journal: ReturnType<typeof testJournal>, failing = false) => ({
  journal: journal.journal,
  failing: () => failing,
});

test("[ST1] response.done waits until what was said is stored, and all behind it waits too", async () => {
  const journal = testJournal();
  journal.answer("never");
  const s = testSession({ extended: true, persona: "kuku", kept: kept(journal) });
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  await s.sends("response.output_item.done");
  await s.until(() => s.phase() === "listening");
  s.client(userText("Behind it."));
  await s.clock.advance(900);
  expect(s.of("response.done")).toEqual([]);
  expect(s.of("conversation.item.added").length).toBe(2);
  journal.settle();
  await s.sends("conversation.item.added", 3);
  const order = s.types().filter((type) => /^(response.done|conversation.item.added)$/.test(type));
  expect(order.slice(-2)).toEqual(["response.done", "conversation.item.added"]);
});

test("[ST1] it waits no more than a second, and not at all while the store is known to fail", async () => {
  const slow = testJournal();
  slow.answer("never");
  const s = testSession({ kept: kept(slow) });
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  await s.sends("response.output_item.done");
  await s.clock.advance(999);
  expect(s.of("response.done")).toEqual([]);
  await s.clock.advance(1);
  await s.sends("response.done");

  const away = testJournal();
  away.answer("never");
  const other = testSession({ kept: kept(away, true) });
  other.client(userText("Hello."));
  other.client({ type: "response.create" });
  await other.sends("response.done");
});

test("[ST1] one wait that was in vain is enough until something has been stored", async () => {
  const journal = testJournal();
  journal.answer("never");
  const s = testSession({ replies: ["One.", "Two.", "Three."], kept: kept(journal) });
  const turn = async () => {
    const before = s.of("response.done").length;
    s.client(userText("Hello."));
    s.client({ type: "response.create" });
    await s.sends("response.output_item.done", before + 1);
    return () => s.of("response.done").length > before;
  };
  const first = await turn();
  expect(first()).toBe(false);
  await s.clock.advance(1_000);
  expect(first()).toBe(true);
  const second = await turn();
  await s.until(second);
  journal.settle();
  await s.clock.advance(0);
  const third = await turn();
  await s.clock.advance(900);
  expect(third()).toBe(false);
});

test("[ST1] who waits for the store waits no longer than they say, and not at all while it is known to fail", async () => {
  const outcome = async (failing: boolean, withinMs: number) => {
    const journal = testJournal();
    journal.answer("never");
    const s = testSession({ kept: kept(journal, failing) });
    let settled: string | undefined;
    void s.session.settled(withinMs).then((how) => {
      settled = how;
    });
    await s.clock.advance(failing ? 0 : withinMs - 1);
    if (failing) return settled;
    expect(settled).toBeUndefined();
    await s.clock.advance(1);
    return settled;
  };
  expect(await outcome(false, 5_000)).toBe("late");
  expect(await outcome(true, 5_000)).toBe("late");
});

test("[ST2] kuku.saved names the last item that is stored, late where the store was away", async () => {
  const journal = testJournal();
  journal.answer("never");
  const s = testSession({ extended: true, kept: kept(journal, true) });
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  await s.sends("response.done");
  expect(s.of("kuku.saved")).toEqual([]);
  journal.settle();
  const { item_id } = await s.sends("kuku.saved");
  const last = s.state().entries.at(-1);
  expect(item_id).toBe(last?.item.id);
  expect(journal.of("item").map(({ item }) => item.text)).toEqual(["Hello.", expect.stringMatching(/\w/)]);
});

test("[ST2] an item whose words are not known yet is not named, nor one behind it", async () => {
  const journal = testJournal();
  const transcripts = [{ text: "late words", delayMs: 5_000 }];
  const s = testSession({ extended: true, transcripts, kept: kept(journal) });
  s.client(pushToTalk);
  s.client(userText("First."));
  await s.hear(recording("mhm-slt"));
  s.client({ type: "input_audio_buffer.commit" });
  await s.sends("input_audio_buffer.committed");
  s.client(userText("Last."));
  s.client({ type: "response.create", response: { conversation: "none" } });
  await s.sends("kuku.saved", 2);
  const open = s.state().entries.findIndex((entry) => entry.kind === "spoken_by_user");
  const [spoken, last] = s.state().entries.slice(open);
  const named = s.of("kuku.saved").map(({ item_id }) => item_id);
  expect(named).not.toContain(spoken?.item.id);
  expect(named).not.toContain(last?.item.id);
  expect(named.at(-1)).toBe(s.state().entries[open - 1]?.item.id);
  expect(journal.of("item").map(({ item }) => item.text)).toContain("Last.");
});

test("[ST3] items are stored once their words are known, as they stand in the conversation", async () => {
  const journal = testJournal();
  const s = testSession({ transcripts: [{ text: "late words", delayMs: 800 }], kept: kept(journal) });
  s.client(pushToTalk);
  await s.hear(recording("mhm-slt"));
  s.client({ type: "input_audio_buffer.commit" });
  await s.sends("input_audio_buffer.committed");
  expect(journal.of("item")).toEqual([]);
  await s.clock.advance(900);
  expect(journal.of("item").map(({ item }) => [item.role, item.text])).toEqual([["user", "late words"]]);
  s.client({ ...userText("First."), previous_item_id: "root" } as never);
  s.client(userText("Last."));
  const words = () => journal.stored().items.map((item) => item.text);
  expect(words()).toEqual(["First.", "late words", "Last."]);
  const middle = s.state().entries[1]?.item.id ?? "";
  s.client({ type: "conversation.item.delete", item_id: middle });
  expect(words()).toEqual(["First.", "Last."]);
});

test("[ST3] of a reply that was cut, what was heard is stored", async () => {
  const journal = testJournal();
  const s = testSession({
    extended: true,
    replies: ["One two three four five six seven eight nine ten."],
    speech: { realTime: true },
    kept: kept(journal),
  });
  s.client(userText("Count."));
  s.client({ type: "response.create" });
  await s.until(() => s.phase() === "speaking");
  await s.clock.advance(20_000);
  await s.sends("response.done");
  const item = s.state().entries.at(-1);
  if (item?.kind !== "spoken_by_coach") throw new Error("no reply");
  s.client({
    type: "conversation.item.truncate",
    item_id: item.item.id,
    content_index: 0,
    audio_end_ms: Math.round(item.audioMs / 2),
  });
  const text = journal.stored().items.at(-1)?.text ?? "";
  expect(text).toMatch(/^One two/);
  expect(text).not.toContain("ten");
});

test("[ST3] a reply and how an utterance was said are written down with their figures", async () => {
  const journal = testJournal();
  const s = testSession({ extended: true, transcripts: ["a thought"], kept: kept(journal) });
  s.client(pushToTalk);
  await s.hear(recording("fox-slt"));
  s.client({ type: "input_audio_buffer.commit" });
  s.client({ type: "response.create" });
  await s.until(() => journal.of("turn").some(({ turn }) => turn.itemId !== undefined));
  const item = journal.of("item").find((each) => each.item.text === "a thought")?.item.id;
  const turn = journal.of("turn").at(-1)?.turn;
  expect(turn).toMatchObject({ itemId: item, status: "completed" });
  expect(turn?.latency).toMatchObject({ first_audio_ms: expect.any(Number) });
  expect(journal.of("delivery")).toMatchObject([
    { delivery: { itemId: item, metrics: { speechMs: expect.any(Number) }, contour: { stepMs: 50 } } },
  ]);
});

test("[ST4] a stored session is taken up again as it was", async () => {
  const journal = testJournal();
  const s = testSession({ extended: true, persona: "reader", kept: kept(journal) });
  await s.clock.advance(200);
  await s.sends("response.done");
  s.client({
    type: "session.update",
    session: { type: "realtime", instructions: "Be brief.", kuku: { language: "fr-FR" } },
  });
  s.client(userText("suivant"));
  s.client({ type: "response.create" });
  await s.sends("response.done", 2);
  // As JSON has it, which is what is stored.
  const { coach, brief, config, entries } = JSON.parse(JSON.stringify(s.state()));

  const stored = journal.stored();
  const again = testSession({
    extended: true,
    persona: "reader",
    attached: false,
    outlivesSocket: true,
    kept: { ...kept(testJournal(stored)), stored },
  });
  const expires_at = again.state().config.expires_at;
  expect(again.state()).toMatchObject({ coach, brief, config: { ...config, expires_at }, greeting: "done" });
  expect(again.state().entries).toEqual(entries);
});

test("[ST5] a session that another node took over closes with 4006 and writes no more", async () => {
  const journal = testJournal();
  const s = testSession({ extended: true, kept: kept(journal) });
  journal.answer("lost");
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  await s.session.ended;
  expect(s.closes.map((close) => close.code)).toEqual([4006]);
  expect(journal.of("ended")).toEqual([]);
  expect(journal.closed).toBe(true);
});

test("[ST5] nobody is told of a response.done, or of anything behind it, that was refused by the store", async () => {
  const journal = testJournal();
  journal.answer("never");
  const s = testSession({ extended: true, kept: kept(journal) });
  const told: string[] = [];
  s.session.listen({
    event: ({ type }) => void told.push(type),
    replyClosed: () => void told.push("replyClosed"),
    closed: () => void told.push("closed"),
  });
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  await s.sends("response.output_item.done");
  await s.until(() => s.phase() === "listening");
  journal.settle("lost");
  await s.session.ended;
  expect(s.closes.map((close) => close.code)).toEqual([4006]);
  expect(s.of("response.done")).toEqual([]);
  expect(told.slice(-2)).toEqual(["response.output_item.done", "closed"]);
});

test("[ST5] one that only finds out as it writes closes with 4006 too", async () => {
  const journal = testJournal();
  const s = testSession({ extended: true, kept: kept(journal) });
  journal.answer("lost");
  journal.fill();
  s.client(userText("Hello."));
  await s.clock.advance(1);
  await s.session.ended;
  expect(s.closes.map((close) => close.code)).toEqual([4006]);
});

test("[ST6] a session whose words can no longer be held ends with 1013", async () => {
  const journal = testJournal();
  const s = testSession({ kept: kept(journal) });
  journal.fill();
  s.client(userText("One too many."));
  await s.clock.advance(1);
  await s.session.ended;
  expect(s.closes.map((close) => close.code)).toEqual([1013]);
});

test("[ST9] an item for which the store has no room is refused, and nothing else happens", async () => {
  const journal = testJournal();
  const s = testSession({ extended: true, kept: kept(journal) });
  journal.leave(600);
  s.client({ ...userText("x".repeat(100), "long"), event_id: "mine" } as never);
  expect((await s.sends("error")).error).toMatchObject({
    code: "storage_behind",
    event_id: "mine",
    param: "item",
  });
  expect(s.state().entries).toEqual([]);
  expect(journal.of("item")).toEqual([]);
  journal.leave(6000);
  s.client(userText("x".repeat(100), "again"));
  s.client({ type: "response.create" });
  await s.sends("response.done");
  expect(journal.of("item").map(({ item }) => item.id)).toContain("again");
  expect(s.closes).toEqual([]);
});

test("[ST9] what was typed before an answer is not stored again with every message", async () => {
  const journal = testJournal();
  const s = testSession({ extended: true, kept: kept(journal) });
  const text = `I have ${"a long story ".repeat(200)}`;
  for (let n = 0; n < 20; n++) s.client(userText(text));
  expect(journal.of("item")).toHaveLength(20);
  const snapshot = JSON.stringify(journal.of("session").at(-1)?.patch.snapshot);
  expect(snapshot).toContain("a long story");
  expect(snapshot.length).toBeLessThan(8 * text.length);
});

test("the snapshot is written no more often for a reply of many sentences that is made in one go", async () => {
  const written: number[] = [];
  for (const reply of ["One.", "One. Two. Three. Four. Five. Six."]) {
    const journal = testJournal();
    const s = testSession({ replies: [reply], kept: kept(journal) });
    s.client(userText("Hello."));
    s.client({ type: "response.create" });
    await s.sends("response.done");
    expect(journal.of("session").at(-1)?.patch.snapshot).toMatchObject({ unanswered: false });
    written.push(journal.of("session").length);
  }
  expect(written[1]).toBe(written[0]);
});

test("[ST9] a client whose changes wait is told to pause, until they are stored", async () => {
  const journal = testJournal();
  const s = testSession({ kept: kept(journal) });
  expect(s.session.receive(userText("One."))).toBeUndefined();
  const caughtUp = journal.fallBehind();
  const paused = s.session.receive(userText("Two."));
  caughtUp();
  await paused;
  expect(paused).toBeInstanceOf(Promise);
  expect(s.session.receive(userText("Three."))).toBeUndefined();
});

test("[ST7] a session that ends says so in the store; one that is put away, or whose server stops, goes on", async () => {
  const ends = async (reason: "client_gone" | "idle" | "put_away" | "draining") => {
    const journal = testJournal();
    const s = testSession({ kept: kept(journal) });
    s.session.end(reason);
    await s.session.ended;
    return journal.changes.at(-1);
  };
  expect(await ends("client_gone")).toMatchObject({ type: "ended", reason: "client_gone" });
  expect(await ends("idle")).toMatchObject({ type: "ended", reason: "idle" });
  expect(await ends("put_away")).toEqual({ type: "put_away" });
  expect(await ends("draining")).toEqual({ type: "put_away" });
});

test("[C5] a message that came whole takes the floor and is answered; its words and its delivery are known", async () => {
  const journal = testJournal();
  const s = testSession({
    extended: true,
    transcripts: ["spoken whole"],
    speech: { realTime: true },
    kept: kept(journal),
  });
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  await s.until(() => s.phase() === "speaking");
  s.session.receiveMessage("item_m", { pcm: recording("fox-slt"), rate: 24_000 });
  expect((await s.sends("response.done")).response.status_details).toMatchObject({ reason: "turn_detected" });
  await s.until(() => s.phase() === "speaking");
  await s.clock.advance(30_000);
  await s.sends("response.done", 2);
  expect(journal.of("turn").at(-1)?.turn).toMatchObject({ itemId: "item_m", status: "completed" });
  expect(journal.of("delivery")).toMatchObject([
    { delivery: { itemId: "item_m", contour: { startMs: expect.any(Number), stepMs: 50, pauses: [] } } },
  ]);
  expect(journal.stored().items.find((item) => item.id === "item_m")?.text).toBe("spoken whole");
});

test("[DM7] how something is said is told while it is said, and its figures are kept with when it was said", async () => {
  const journal = testJournal();
  const s = testSession({ extended: true, transcripts: ["the quick brown fox"], kept: kept(journal) });
  s.client({ type: "session.update", session: { type: "realtime", kuku: { greet: false } } });
  await s.hear(recording("fox-slt"));
  await s.hear(new Int16Array(24_000 * 4));
  const { item_id } = await s.sends("conversation.item.input_audio_transcription.completed");
  const told = s.of("coach.delivery").filter((event) => event.item_id === item_id);
  expect(told.filter((event) => !event.final).length).toBeGreaterThan(1);
  expect(told.at(-1)).toMatchObject({
    final: true,
    pitch_hz: expect.any(Number),
    words_per_minute: expect.any(Number),
  });
  const seconds = recording("fox-slt").length / 24_000;
  expect(told.length).toBeLessThanOrEqual(2 * seconds + 2);
  const [record] = journal.of("delivery");
  expect(record?.delivery.metrics).toMatchObject({
    durationMs: expect.any(Number),
    pitchHz: expect.any(Number),
  });
});
