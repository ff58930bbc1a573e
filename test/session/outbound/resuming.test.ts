import { expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { pcmToBytes } from "../../../src/pipeline/audio/pcm.ts";
import type { ServerEvent } from "../../../src/protocol/server-events.ts";
import type { Link, OutgoingAudio } from "../../../src/session/link.ts";
import { testJournal } from "../../support/journal.ts";
import { pushToTalk, recording, silence, testSession, userText } from "../../support/session.ts";

const resume = { token: "secret", graceMs: 60_000 };
const speech = { realTime: true } as const;
const words = "One two three four five six seven eight nine ten eleven twelve.";

/** A socket of a client that comes back. */
function newLink() {
  const events: ServerEvent[] = [];
  const audio: OutgoingAudio[] = [];
  const closes: number[] = [];
  const link: Link = {
    send: (event) => void events.push(event),
    sendAudio: (piece) => void audio.push(piece),
    writable: () => undefined,
    close: (code) => void closes.push(code),
  };
  return { link, events, audio, closes, types: () => events.map((event) => event.type) };
}

/** A socket that comes back, whose client has what was sent before it once `arrive` is called. */
function tellingLink() {
  const expected: (() => void)[] = [];
  const back = newLink();
  const link: Link = { ...back.link, whenArrived: (onArrived) => void expected.push(onArrived) };
  const arrive = () => {
    for (const onArrived of expected.splice(0)) onArrived();
  };
  return { ...back, link, arrive };
}

function audioOf(s: ReturnType<typeof testSession>): OutgoingAudio[] {
  return s.sent.flatMap((sent) => (sent.type === "audio" ? [sent.audio] : []));
}

async function speaking(options: Partial<Parameters<typeof testSession>[0]> = {}) {
  const s = testSession({ extended: true, resume, replies: [words], speech, ...options });
  s.client(userText("Count."));
  s.client({ type: "response.create" });
  await s.until(() => s.phase() === "speaking");
  await s.clock.advance(1_000);
  return s;
}

const lastEvent = (s: ReturnType<typeof testSession>) =>
  s.sent.flatMap((sent) => (sent.type === "audio" ? [] : [sent.event_id])).at(-1) ?? "";

test("[RS1] a socket lost in the middle of a reply and brought back gets what it missed, to the sample", async () => {
  const s = await speaking();
  const seen = { lastEvent: lastEvent(s), audioFrom: { responseNumber: 1, sample: 12_000 } };
  const before = audioOf(s);
  s.session.leave(s.link);
  await s.clock.advance(10_000);
  expect(s.state().attached).toBe(false);

  const back = newLink();
  s.session.join(back.link, { extended: true, seen });
  await s.clock.advance(10_000);
  expect(back.types().slice(0, 2)).toEqual(["kuku.resumed", "session.updated"]);
  expect(back.events[0]).toMatchObject({ complete: true });
  expect(back.types()).toContain("response.done");

  // Both sockets together carry each sample of the reply once from where the client said on.
  const from = back.audio.map((piece) => piece.startSample);
  expect(Math.min(...from)).toBeLessThanOrEqual(12_000);
  let next = from[0] ?? -1;
  for (const piece of back.audio) {
    expect(piece.startSample).toBe(next);
    next += piece.samples;
  }
  const whole = testSession({ extended: true, replies: [words] });
  whole.client(userText("Count."));
  whole.client({ type: "response.create" });
  await whole.sends("response.done");
  const total = audioOf(whole).reduce((sum, piece) => sum + piece.samples, 0);
  expect(next).toBe(total);
  expect(before.length).toBeGreaterThan(0);
  // Each event once, in order, none of those that had been seen.
  const ids = s.sent.flatMap((sent) => (sent.type === "audio" ? [] : [sent.event_id]));
  const again = back.events.slice(2).map((event) => event.event_id);
  expect(again.filter((id) => ids.includes(id))).toEqual([]);
  expect(new Set(again).size).toBe(again.length);
});

test("[RS1] the client is told how much of its audio and which of its events the server has", async () => {
  const s = testSession({ extended: true, resume });
  await s.hear(recording("fox-slt").subarray(0, 24_000));
  s.client({ ...userText("Hello."), event_id: "c_7" } as never);
  s.session.leave(s.link);
  const back = newLink();
  s.session.join(back.link, { extended: true, seen: { lastEvent: lastEvent(s) } });
  expect(back.events[0]).toMatchObject({ input_audio_ms: 1000, last_client_event_id: "c_7" });
});

test("[RS1] an utterance that was cut by the loss goes on where it was", async () => {
  const whole = testSession({ extended: true, resume, transcripts: ["all of it"] });
  const s = testSession({ extended: true, resume, transcripts: ["all of it"] });
  const pcm = recording("fox-slt");
  const ask = {
    type: "session.update",
    session: { type: "realtime", audio: { input: { turn_detection: { type: "server_vad" } } } },
  } as const;
  for (const each of [whole, s]) each.client(ask);
  await whole.hear(pcm);
  await whole.hear(new Int16Array(24_000));
  await s.hear(pcm.subarray(0, 20_000));
  s.session.leave(s.link);
  await s.clock.advance(5_000);
  const back = newLink();
  s.session.join(back.link, { extended: true, seen: { lastEvent: lastEvent(s) } });
  await s.hear(pcm.subarray(20_000));
  await s.hear(new Int16Array(24_000));
  const stopped = (events: readonly unknown[]) =>
    events.filter((event) => (event as ServerEvent).type === "input_audio_buffer.speech_stopped");
  expect(stopped(back.events)).toMatchObject([
    { audio_end_ms: whole.of("input_audio_buffer.speech_stopped")[0]?.audio_end_ms },
  ]);
});

test("[RS2] without a socket a reply is made ahead up to a limit, then it waits", async () => {
  const long = Array.from({ length: 400 }, (_, i) => `Word number ${i} of it.`).join(" ");
  const s = testSession({ extended: true, resume, replies: [long] });
  s.session.leave(s.link);
  s.client(userText("Tell me."));
  s.client({ type: "response.create" });
  for (let i = 0; i < 40; i++) await s.clock.advance(1_000);
  expect(s.phase()).toBe("speaking");
  const back = newLink();
  s.session.join(back.link, { extended: true, seen: { lastEvent: lastEvent(s) } });
  const waited = back.audio.reduce((sum, piece) => sum + piece.samples, 0) / 24_000;
  expect(waited).toBeGreaterThan(5);
  expect(waited).toBeLessThan(31);
  for (let i = 0; i < 5; i++) await s.clock.advance(1_000);
  expect(back.audio.reduce((sum, piece) => sum + piece.samples, 0) / 24_000).toBeGreaterThan(waited);
});

test("[RS2] what was heard, or cut, is not kept", async () => {
  const s = await speaking();
  const responseId = s.of("response.created")[0]?.response.id ?? "";
  s.client({ type: "kuku.playback", response_id: responseId, played_ms: 800, state: "playing" });
  s.session.leave(s.link);
  const back = newLink();
  s.session.join(back.link, { extended: true, seen: { lastEvent: lastEvent(s) } });
  expect(back.audio.every((piece) => piece.startSample + piece.samples > 0.8 * 24_000)).toBe(true);
  s.client({ type: "response.cancel" });
  s.session.leave(back.link);
  const third = newLink();
  s.session.join(third.link, { extended: true, seen: { lastEvent: "" } });
  expect(third.audio).toEqual([]);
});

test("[RS3] after the grace time the session ends; a plain client's ends with its socket", async () => {
  const journal = testJournal();
  const s = testSession({ extended: true, resume, kept: { journal: journal.journal, failing: () => false } });
  s.session.leave(s.link);
  await s.clock.advance(59_999);
  expect(journal.of("ended")).toEqual([]);
  await s.clock.advance(1);
  await s.session.ended;
  expect(journal.of("ended")).toMatchObject([{ reason: "client_gone" }]);
  expect(s.clock.pending).toBe(0);

  const plain = testSession({ resume });
  plain.session.leave(plain.link);
  await plain.session.ended;
});

test("[RS4] a socket that knows nothing of a session is told all of it", async () => {
  const journal = testJournal();
  const s = testSession({
    attached: false,
    extended: true,
    outlivesSocket: true,
    resume,
    kept: { journal: journal.journal, failing: () => false },
  });
  s.session.receiveMessage("item_1", { text: "Hello." });
  await s.until(() => journal.of("turn").length === 1);
  const back = newLink();
  s.session.join(back.link, { extended: true });
  await s.clock.advance(1);
  expect(back.types().filter((type) => type !== "kuku.saved")).toEqual([
    "session.created",
    "kuku.resumable",
    "conversation.item.added",
    "conversation.item.done",
    "conversation.item.added",
    "conversation.item.done",
  ]);
  const plain = newLink();
  s.session.join(plain.link, { extended: false });
  expect(plain.types()).not.toContain("kuku.resumable");
  expect(plain.types()[0]).toBe("session.created");
});

test("[RS4] a socket that joins while a reply is under way is told it: words so far, and the audio not heard yet", async () => {
  const s = await speaking();
  const heard = audioOf(s);
  s.session.receive({
    type: "kuku.playback",
    response_id: s.of("response.created")[0]?.response.id ?? "",
    played_ms: 500,
    state: "playing",
  });
  const told: string[] = [];
  s.session.listen({ event: ({ type }) => void told.push(type), audio: () => void told.push("audio") });
  const back = newLink();
  s.session.join(back.link, { extended: true });
  const created = back.events.find((event) => event.type === "response.created");
  expect(created).toMatchObject({
    response: { id: s.of("response.created")[0]?.response.id, status: "in_progress" },
  });
  expect(back.types().slice(-5)).toEqual([
    "conversation.item.added",
    "response.created",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_audio_transcript.delta",
  ]);
  const said = s.of("response.output_audio_transcript.delta").map(({ delta }) => delta);
  expect(back.events.at(-1)).toMatchObject({ delta: said.join("") });
  // Listeners know it all; the socket gets what was not heard, and then the rest to the last sample.
  expect(told.filter((type) => type.startsWith("response.") || type === "audio")).toEqual([]);
  expect(back.audio.map(({ startSample }) => startSample)).toEqual(
    heard.map(({ startSample }) => startSample).filter((start) => start >= 12_000),
  );
  await s.clock.advance(10_000);
  expect(back.types()).toContain("response.done");
  const firsts = back.audio.map(({ startSample }) => startSample);
  for (const [index, { startSample, samples }] of back.audio.slice(0, -1).entries())
    expect(firsts[index + 1]).toBe(startSample + samples);
});

test("[RS5] a reply that broke off with its node goes on behind what was heard, on another", async () => {
  const journal = testJournal();
  const kept = { journal: journal.journal, failing: () => false };
  const s = await speaking({ kept });
  const stored = journal.stored();
  expect(stored.items.map((item) => item.text)).toEqual(["Count."]);

  const other = testSession({
    attached: false,
    extended: true,
    resume,
    newId,
    kept: { journal: testJournal(stored).journal, failing: () => false, stored },
  });
  const back = newLink();
  const sample = 24_000;
  other.session.join(back.link, {
    extended: true,
    seen: { lastEvent: lastEvent(s), audioFrom: { responseNumber: 1, sample } },
  });
  for (let i = 0; i < 10; i++) await other.clock.advance(1_000);
  expect(back.types().slice(0, 2)).toEqual(["kuku.resumed", "session.created"]);
  expect(back.events[0]).toMatchObject({ complete: false });
  const said = other
    .state()
    .entries.flatMap(({ item }) =>
      item.type === "message" && item.role === "assistant"
        ? [(item.content[0] as { transcript: string }).transcript]
        : [],
    );
  expect(said.length).toBe(2);
  expect(said[0]).toMatch(/^One( \w+)+$/);
  expect(said.join(" ")).toBe(words);
});

/** The words of the coach's items. */
const coachWords = (s: ReturnType<typeof testSession>) =>
  s
    .state()
    .entries.flatMap(({ item }) =>
      item.type === "message" && item.role === "assistant"
        ? [(item.content[0] as { transcript: string }).transcript]
        : [],
    );

/** A session on another node, as the store has it. */
function activated(journal: ReturnType<typeof testJournal>) {
  const stored = journal.stored();
  const taken = testJournal(stored);
  const kept = { journal: taken.journal, failing: () => false, stored };
  const other = testSession({ attached: false, extended: true, resume, newId, kept });
  const join = async (audioFrom?: { responseNumber: number; sample: number }) => {
    const back = newLink();
    other.session.join(back.link, {
      extended: true,
      seen: { lastEvent: "event_1", ...(audioFrom && { audioFrom }) },
    });
    for (let i = 0; i < 10; i++) await other.clock.advance(1_000);
    return back;
  };
  return { other, journal: taken, join };
}

const heardOne = { responseNumber: 1, sample: 24_000 };
const moments = {
  "before the socket was lost": async () => {
    const journal = testJournal();
    const s = await speaking({ kept: { journal: journal.journal, failing: () => false } });
    await s.clock.advance(20_000);
    await s.sends("response.done");
    s.session.leave(s.link);
    return journal;
  },
  "between its loss and the takeover": async () => {
    const journal = testJournal();
    const s = await speaking({ kept: { journal: journal.journal, failing: () => false } });
    s.session.leave(s.link);
    await s.clock.advance(20_000);
    expect(s.phase()).toBe("listening");
    return journal;
  },
  "after the takeover": async () => {
    const journal = testJournal();
    const s = await speaking({ kept: { journal: journal.journal, failing: () => false } });
    s.session.leave(s.link);
    return journal;
  },
};

for (const [moment, sayTo] of Object.entries(moments)) {
  test(`[RS5] of a reply that ended ${moment}, the other node says what was not heard`, async () => {
    const { other, journal, join } = activated(await sayTo());
    const back = await join(heardOne);
    const said = coachWords(other);
    expect(said.length).toBe(2);
    expect(said[0]).toMatch(/^One( \w+)+$/);
    expect(said.join(" ")).toBe(words);
    expect(back.events.filter((event) => event.type === "response.done")).toMatchObject([
      { response: { status: "completed" } },
    ]);
    expect(journal.stored().items.map((item) => item.text)).toEqual(["Count.", ...said]);
    const saved = back.events.findLast((event) => event.type === "kuku.saved");
    expect(saved).toMatchObject({ item_id: other.state().entries.at(-1)?.item.id });
  });

  test(`[RS5] of a reply that ended ${moment}, all of it heard or none, nothing is said twice`, async () => {
    const journal = await sayTo();
    const none = activated(journal);
    await none.join();
    expect(coachWords(none.other).join(" ").trim()).toBe(words);
    // The node before had not said all of it yet.
    if (moment === "after the takeover") return;
    const all = activated(journal);
    const back = await all.join({ responseNumber: 1, sample: words.length * 60 * 24 });
    expect(coachWords(all.other)).toEqual([words]);
    expect(back.types()).not.toContain("response.created");
    expect(back.types()).toContain("kuku.saved");
  });
}

const idsOf = (journal: ReturnType<typeof testJournal>) => journal.stored().items.map(({ id }) => id);

test("[RS5][ST2] said again and cut again on one node after another, a reply's stored items all stay, with what was heard", async () => {
  let journal = await moments["before the socket was lost"]();
  const heard = [undefined, { responseNumber: 2, sample: 24_000 }, { responseNumber: 3, sample: 12_000 }];
  for (const audioFrom of heard) {
    const before = idsOf(journal);
    const next = activated(journal);
    const back = await next.join(audioFrom);
    const after = idsOf(next.journal);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.length).toBe(before.length + 1);
    expect(coachWords(next.other).join(" ").trim()).toBe(words);
    // The client is told the same items as are stored, and that they are.
    const told = back.events.flatMap((event) =>
      event.type === "conversation.item.added" ? [event.item.id] : [],
    );
    expect(told).toEqual(after);
    expect(back.events.findLast((event) => event.type === "kuku.saved")).toMatchObject({
      item_id: after.at(-1),
    });
    journal = next.journal;
  }
  const [, first, ...rest] = journal.stored().items;
  expect(first).toMatchObject({ text: "", entry: { item: { status: "incomplete" } } });
  expect(rest.map(({ text }) => text).join(" ")).toBe(words);
  // A reply of which nothing was heard is no message.
  expect(journal.of("session").at(-1)?.patch.messageCount).toBe(1 + rest.length);
});

test("[RS5] a node that dies before it has begun to say the rest of a reply leaves it to the next one", async () => {
  const first = activated(await moments["before the socket was lost"]());
  first.other.session.join(newLink().link, {
    extended: true,
    seen: { lastEvent: "event_1", audioFrom: heardOne },
  });
  await Promise.resolve();
  const next = activated(first.journal);
  await next.join();
  const said = coachWords(next.other);
  expect(said.length).toBe(2);
  expect(said[0]).toMatch(/^One( \w+)+$/);
  expect(said.join(" ")).toBe(words);
});

test("[RS5] what was told once is not said again to a client that has had no audio from there", async () => {
  const first = activated(await moments["between its loss and the takeover"]());
  await first.join({ responseNumber: 1, sample: words.length * 60 * 24 });
  const next = activated(first.journal);
  const back = await next.join();
  expect(back.types()).toContain("conversation.item.done");
  expect(back.types()).not.toContain("response.created");
});

test("[RS5] a reply that was cut is not said to its end, nor one that the user has answered", async () => {
  const journal = testJournal();
  const s = await speaking({ kept: { journal: journal.journal, failing: () => false } });
  s.client({ type: "response.cancel" });
  s.session.leave(s.link);
  const cut = await activated(journal).join(heardOne);
  expect(cut.types()).not.toContain("response.created");

  const answered = await moments["before the socket was lost"]();
  const { other } = activated(answered);
  other.session.receiveMessage("item_next", { text: "Go on." });
  await other.clock.advance(10_000);
  const back = newLink();
  const before = coachWords(other);
  other.session.join(back.link, { extended: true, seen: { lastEvent: "", audioFrom: heardOne } });
  await other.clock.advance(10_000);
  // The reply to the message is, as nobody has heard it.
  const [first, unheard, again] = coachWords(other);
  expect([first, again]).toEqual(before);
  expect([first, unheard]).toEqual([words, ""]);
});

test("[RS5] two replies behind each other go on as one, and a turn that waits is answered behind them", async () => {
  const journal = testJournal();
  const s = testSession({
    extended: true,
    resume,
    replies: [words, { text: "Never.", delayMs: 60_000 }],
    kept: { journal: journal.journal, failing: () => false },
  });
  s.client(userText("Count."));
  s.session.leave(s.link);
  s.client({ type: "response.create" });
  await s.clock.advance(20_000);
  s.client({ type: "response.create" });
  await s.clock.advance(1_000);
  const { other, join } = activated(journal);
  const back = await join(heardOne);
  await other.until(() => coachWords(other).length === 3);
  expect(coachWords(other).slice(0, 2).join(" ")).toBe(words);
  expect(back.events.filter((event) => event.type === "response.created").length).toBe(2);

  // Nor is that turn forgotten where the node dies before it has said the rest.
  const dying = activated(journal);
  dying.other.session.join(newLink().link, {
    extended: true,
    seen: { lastEvent: "event_1", audioFrom: heardOne },
  });
  await Promise.resolve();
  const next = activated(dying.journal);
  await next.join();
  await next.other.until(() => coachWords(next.other).length === 3);
  expect(coachWords(next.other).slice(0, 2).join(" ")).toBe(words);
});

test("[RS5] a turn whose reply had not begun is answered on the other node", async () => {
  const journal = testJournal();
  const s = testSession({
    extended: true,
    resume,
    replies: [{ text: "Never.", delayMs: 60_000 }],
    kept: { journal: journal.journal, failing: () => false },
  });
  s.client(userText("Hello?"));
  s.client({ type: "response.create" });
  await s.clock.advance(1_000);
  const stored = journal.stored();
  const other = testSession({
    attached: false,
    extended: true,
    resume,
    replies: ["Here I am."],
    kept: { journal: testJournal(stored).journal, failing: () => false, stored },
  });
  const back = newLink();
  other.session.join(back.link, { extended: true, seen: { lastEvent: lastEvent(s) } });
  await other.until(() => other.state().entries.length === 2);
  await other.clock.advance(1_000);
  expect(back.types()).toContain("response.done");
  expect(other.prompts).toMatchObject([{ items: [{ text: "Hello?" }] }]);
});

test("[RS4] a client that had no event yet is told all of a session that another process began", async () => {
  const journal = testJournal();
  const s = testSession({ extended: true, resume, kept: { journal: journal.journal, failing: () => false } });
  s.client(userText("Hello?"));
  const stored = journal.stored();
  const other = testSession({
    attached: false,
    extended: true,
    resume,
    kept: { journal: testJournal(stored).journal, failing: () => false, stored },
  });
  const back = newLink();
  other.session.join(back.link, { extended: true, seen: { lastEvent: "" } });
  expect(back.events[0]).toMatchObject({ type: "kuku.resumed", complete: false });
  expect(back.types()).toContain("conversation.item.added");
});

test("[RS6] a newer connection takes the session from an older one, which closes with 4006", async () => {
  const s = testSession({ extended: true, resume });
  const back = newLink();
  s.session.join(back.link, { extended: true, seen: { lastEvent: lastEvent(s) } });
  expect(s.closes.map((close) => close.code)).toEqual([4006]);
  // The old socket's end is no longer the session's.
  s.session.leave(s.link);
  await s.clock.advance(120_000);
  expect(back.closes).toEqual([]);
  s.client(userText("Hello."));
  expect(back.types()).toContain("conversation.item.added");
});

test("[RS2] of an attached client that reports nothing, audio is kept until it has surely arrived", async () => {
  const s = testSession({ extended: true, resume, replies: [words] });
  s.client(userText("Count."));
  s.client({ type: "response.create" });
  await s.sends("response.done");
  await s.clock.advance(14_000);
  const soon = newLink();
  s.session.join(soon.link, { extended: true, seen: { lastEvent: lastEvent(s) } });
  expect(soon.audio.length).toBeGreaterThan(0);
  await s.clock.advance(20_000);
  const late = newLink();
  s.session.join(late.link, { extended: true, seen: { lastEvent: lastEvent(s) } });
  expect(late.audio).toEqual([]);
});

/** A session on a socket that tells what has arrived, with replies of its own making. */
async function onTellingSocket(replies: readonly string[]) {
  const s = testSession({ extended: true, resume, replies: [...replies] });
  const told = tellingLink();
  s.session.join(told.link, { extended: true, seen: { lastEvent: lastEvent(s) } });
  const turn = async () => {
    const done = () => told.types().filter((type) => type === "response.done").length;
    const before = done();
    s.client(userText("Count."));
    s.client({ type: "response.create" });
    await s.until(() => done() > before);
  };
  const comeBack = (lastEvent: string | undefined) => {
    const back = newLink();
    s.session.join(back.link, { extended: true, seen: { lastEvent: lastEvent ?? "" } });
    return back;
  };
  return { s, told, turn, comeBack, last: () => told.events.at(-1)?.event_id };
}

test("[RS7] audio that has arrived, as the socket tells, is not kept", async () => {
  const { told, turn, comeBack, last } = await onTellingSocket([words]);
  await turn();
  told.arrive();
  expect(told.audio.length).toBeGreaterThan(0);
  const back = comeBack(last());
  expect(back.events[0]).toMatchObject({ type: "kuku.resumed", complete: true });
  expect(back.audio).toEqual([]);
});

test("[RS7] audio sent since, or of which the socket has not told yet, is kept", async () => {
  const { told, turn, comeBack, last } = await onTellingSocket([words, words]);
  await turn();
  told.arrive();
  const first = told.audio.length;
  await turn();
  expect(comeBack(last()).audio).toEqual(told.audio.slice(first));
});

test("[RS7] a socket that was replaced tells nothing any more", async () => {
  const { s, told, turn, comeBack, last } = await onTellingSocket([words]);
  await turn();
  const back = comeBack(last());
  expect(back.audio).toEqual(told.audio);
  told.arrive();
  s.session.leave(back.link);
  expect(comeBack(last()).audio).toEqual(told.audio);
});

test("[RS7] of the events that have arrived the latest are kept, for a client that has fewer than its socket", async () => {
  const { told, turn, comeBack } = await onTellingSocket([words, words, words]);
  for (let i = 0; i < 3; i++) await turn();
  const resumed = (lastEvent: string | undefined) => comeBack(lastEvent).events[0];
  const early = told.events.find(({ type }) => type === "conversation.item.added")?.event_id;
  const late = told.events.at(-10)?.event_id;
  told.arrive();
  expect(resumed(late)).toMatchObject({ type: "kuku.resumed", complete: true });
  expect(resumed(early)).toMatchObject({ type: "kuku.resumed", complete: false });
});

const long = Array.from({ length: 100 }, (_, i) => `Word number ${i} of it.`).join(" ");
const someTime = async (s: ReturnType<typeof testSession>) => {
  for (let i = 0; i < 20; i++) await s.clock.advance(1_000);
};

test("[RS2][C6] in a session that serves requests a reply with no socket is made to its end, and it is put away", async () => {
  const s = testSession({ extended: true, resume, outlivesSocket: true, attached: false, replies: [long] });
  for (const id of ["item_a", "item_b", "item_c"]) {
    s.session.receiveMessage(id, { text: "Tell me." });
    await s.clock.advance(100);
    expect(s.session.busy).toBe(false);
  }
  const roles = s.state().entries.map(({ item }) => item.type === "message" && item.role);
  expect(roles).toEqual(["user", "assistant", "user", "assistant", "user", "assistant"]);
  await s.clock.advance(30_000);
  await s.session.ended;
  expect([s.session.over, s.clock.pending]).toEqual([false, 0]);
});

test("[RS2] a socket that comes back to it too late for some of the audio is told the conversation", async () => {
  const s = testSession({ extended: true, resume, outlivesSocket: true, replies: [long] });
  s.session.leave(s.link);
  s.client(userText("Tell me."));
  s.client({ type: "response.create" });
  await s.clock.advance(1_000);
  expect(s.session.busy).toBe(false);
  const early = { responseNumber: 1, sample: 24_000 };
  const back = newLink();
  s.session.join(back.link, { extended: true, seen: { lastEvent: lastEvent(s), audioFrom: early } });
  expect(back.events[0]).toMatchObject({ type: "kuku.resumed", complete: false });
  expect(back.types()).toContain("conversation.item.added");
  // All but the last half minute has been heard: that is still there.
  s.session.leave(back.link);
  const later = newLink();
  const audioFrom = { responseNumber: 1, sample: audioSamples(long) - 10 * 24_000 };
  s.session.join(later.link, {
    extended: true,
    seen: { lastEvent: back.events.at(-1)?.event_id ?? "", audioFrom },
  });
  expect(later.events[0]).toMatchObject({ type: "kuku.resumed", complete: true });
  expect(later.audio.length).toBeGreaterThan(0);
});

/** Of what a scripted voice says, which leaves out the spaces between sentences. */
function audioSamples(text: string): number {
  const spoken = text.split(". ").length - 1;
  return (text.length - spoken) * 60 * 24;
}

test("[C6] a request that waits for its reply has it in the grace time of a lost socket, too", async () => {
  const s = testSession({ extended: true, resume, replies: [long] });
  s.session.leave(s.link);
  s.client(userText("Tell me."));
  s.client({ type: "response.create" });
  await someTime(s);
  expect(s.phase()).toBe("speaking");
  const replied: string[] = [];
  const stop = s.session.listen({
    awaitsReply: true,
    replyClosed: ({ itemId, outcome }) => void replied.push(`${itemId} ${outcome.status}`),
  });
  s.session.receiveMessage("item_asked", { text: "And by request?" });
  await someTime(s);
  expect(replied).toEqual(["undefined cancelled", "item_asked completed"]);
  stop();
});

test("[P3] a player that stands holds up no reply once its socket is gone", async () => {
  const s = await speaking({ outlivesSocket: true });
  const responseId = s.of("response.created")[0]?.response.id ?? "";
  s.client({ type: "kuku.playback", response_id: responseId, played_ms: 100, state: "paused" });
  s.session.leave(s.link);
  await someTime(s);
  expect(s.session.busy).toBe(false);
});

test("[TT11] a commit is heard, and what is behind it taken, though no more audio fits", async () => {
  const s = testSession({ transcripts: ["All of it."], limits: { waitingSamples: 768_000 } });
  s.client(pushToTalk);
  for (const seconds of [10, 10, 10]) s.session.receiveAudio(pcmToBytes(silence(seconds * 1000)));
  for (const ms of [1990, 9, ...Array(40).fill(1 / 24)]) s.session.receiveAudio(pcmToBytes(silence(ms)));
  s.client({ type: "input_audio_buffer.commit" });
  s.client({ type: "response.create" });
  expect((await s.sends("error")).error.code).toBe("audio_dropped");
  await s.sends("input_audio_buffer.committed");
  await s.sends("response.done");
});
