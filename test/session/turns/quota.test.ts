import { describe, expect, test } from "vitest";
import type { UsageReport } from "../../../src/ports/usage.ts";
import type { LimitLevel, Meter, QuotaName } from "../../../src/session/meter.ts";
import { testJournal } from "../../support/journal.ts";
import {
  pushToTalk,
  recording,
  sessionUpdate,
  silence,
  type TestSessionOptions,
  testSession,
  userText,
} from "../../support/session.ts";

/** A meter in the test's hand, with all that it was told. */
function testMeter(levels: readonly LimitLevel[] = []) {
  const told = { reports: [] as UsageReport[], heardMs: 0, turns: 0, watchers: 0 };
  let onSpent: ((quota: QuotaName) => void) | undefined;
  let spent: QuotaName | undefined;
  const meter: Meter = {
    add: (report) => void told.reports.push(report),
    addSpeech(ms) {
      told.heardMs += ms;
    },
    addTurn() {
      told.turns++;
    },
    get spent() {
      return spent;
    },
    watch(callback) {
      onSpent = callback;
      told.watchers++;
      return () => {
        told.watchers--;
      };
    },
    levels: () => levels,
  };
  const spend = (quota: QuotaName = "cost") => {
    spent = quota;
    onSpent?.(quota);
  };
  return { meter, told, spend };
}

const long = "The first sentence is long enough to last. The second one is never heard. Nor is the third.";
const kukuSession = sessionUpdate({ kuku: { greet: false }, audio: { input: { turn_detection: null } } });

function spendingSession(options: TestSessionOptions = {}, levels?: readonly LimitLevel[]) {
  const metered = testMeter(levels);
  const s = testSession({ replies: [long], extended: true, ...options, meter: metered.meter });
  s.client(options.extended === false ? pushToTalk : kukuSession);
  return { ...s, ...metered };
}

const saidIn = (response: { output: readonly unknown[] }) =>
  (response.output as { content: { transcript: string }[] }[])
    .map((item) => item.content[0]?.transcript)
    .join(" ");

describe("once the quota is used up", () => {
  test("[QT1][QT2][QT3] in mid-reply: its sentence ends, the coach says so, and the session closes with 4007", async () => {
    const s = spendingSession();
    s.client(userText("Hello."));
    s.client({ type: "response.create" });
    await s.until(() => s.sent.some((event) => event.type === "audio"));
    s.spend();
    await s.clock.advance(30_000);
    const [cut, last] = s.of("response.done").map(({ response }) => response);
    expect(cut).toMatchObject({ status: "incomplete" });
    expect(cut && saidIn(cut)).toBe("The first sentence is long enough to last.");
    expect(last).toMatchObject({ status: "completed" });
    expect(last && saidIn(last)).toContain("all our time for today");
    expect(s.of("error").map(({ error }) => error.code)).toEqual(["quota_exceeded"]);
    expect(s.closes).toEqual([{ code: 4007, reason: "The day's quota of cost is used up." }]);
    // All of the sentence's audio was sent.
    const first = s.sent.flatMap((event) =>
      event.type === "audio" && event.audio.responseNumber === 1 ? event.audio.samples : [],
    );
    expect(first.reduce((sum, samples) => sum + samples, 0)).toBe(24 * 60 * 42);
    expect(s.prompts.length).toBe(1);
    await s.session.ended;
    expect(s.told.watchers).toBe(0);
    expect(s.clock.pending).toBe(0);
  });

  test("[QT2] a reply of which nothing was said yet says one sentence", async () => {
    const s = spendingSession({ replies: [{ text: long, delayMs: 500 }] });
    s.client(userText("Hello."));
    s.client({ type: "response.create" });
    s.spend();
    await s.clock.advance(30_000);
    const said = s.of("response.done").map(({ response }) => saidIn(response));
    expect(said).toEqual([
      "The first sentence is long enough to last.",
      expect.stringContaining("all our time for today"),
    ]);
  });

  test("[QT2] while nobody speaks: at once, in the language of the conversation", async () => {
    const s = spendingSession();
    s.client(sessionUpdate({ kuku: { language: "fr-FR" } }));
    s.spend("audio");
    await s.clock.advance(20_000);
    expect(s.of("response.done").map(({ response }) => saidIn(response))).toEqual([
      expect.stringContaining("tout notre temps"),
    ]);
    expect(s.closes).toEqual([{ code: 4007, reason: "The day's quota of speech is used up." }]);
    expect(s.prompts).toEqual([]);
  });

  test("[QT2] a user who speaks is heard out, and what they said is kept", async () => {
    const s = spendingSession({ extended: false, transcripts: ["my last words"] });
    s.client(sessionUpdate({ audio: { input: { turn_detection: { type: "server_vad" } } } }));
    const speech = recording("fox-slt");
    await s.hear(speech.slice(0, 24_000));
    s.spend();
    await s.hear(speech.slice(24_000));
    expect(s.of("response.created")).toEqual([]);
    await s.hear(silence(1500));
    await s.clock.advance(30_000);
    expect(s.of("response.done").map(({ response }) => saidIn(response))).toEqual([
      expect.stringContaining("all our time for today"),
    ]);
    expect(s.state().entries[0]).toMatchObject({ kind: "spoken_by_user", transcript: "my last words" });
    expect(s.closes[0]?.code).toBe(4007);
  });

  test("[QT2] signs of crisis are answered before", async () => {
    const s = spendingSession();
    s.client(userText("I want to kill myself."));
    s.spend();
    s.client({ type: "response.create" });
    await s.clock.advance(60_000);
    const said = s.of("response.done").map(({ response }) => saidIn(response));
    expect(said.at(-1)).toContain("all our time for today");
    expect(s.of("coach.care").length).toBe(1);
  });

  test("[QT3] words that fail, or are talked over, do not keep it open", async () => {
    const failing = spendingSession({ speech: { fail: "unavailable" } });
    failing.spend();
    await failing.clock.advance(1000);
    expect(failing.closes[0]?.code).toBe(4007);
    const cut = spendingSession();
    cut.spend();
    await cut.until(() => cut.sent.some((event) => event.type === "audio"));
    cut.client({ type: "response.cancel" });
    await cut.clock.advance(10_000);
    expect(cut.closes[0]?.code).toBe(4007);
    expect(cut.of("response.created").length).toBe(1);
  });

  test("[QT3] a user who talks on and on is closed all the same", async () => {
    const s = spendingSession({ extended: false });
    await s.hear(recording("fox-slt"));
    s.client(userText("Hello."));
    s.client({ type: "response.create" });
    s.spend();
    await s.clock.advance(100_000);
    expect(s.closes[0]?.code).toBe(4007);
  });

  test("[QT3] all that was said is stored, and one made over REST is put away", async () => {
    for (const outlivesSocket of [false, true]) {
      const { journal, changes } = testJournal();
      const kept = { journal, failing: () => false };
      const s = spendingSession({ kept, outlivesSocket });
      s.client(userText("Keep this."));
      s.client({ type: "response.create" });
      await s.until(() => s.sent.some((event) => event.type === "audio"));
      s.spend();
      await s.clock.advance(30_000);
      await s.session.ended;
      expect(s.closes[0]?.code).toBe(4007);
      const texts = changes.flatMap((change) => (change.type === "item" ? [change.item.text] : []));
      expect(texts).toContain("Keep this.");
      expect(texts).toContain("The first sentence is long enough to last.");
      expect(changes.at(-1)).toMatchObject(
        outlivesSocket ? { type: "put_away" } : { type: "ended", reason: "quota" },
      );
    }
  });

  test("[QT1] of the closing words of a conversation nothing is taken away", async () => {
    const s = spendingSession({ persona: "kuku" });
    s.spend();
    s.spend();
    await s.clock.advance(30_000);
    expect(s.of("response.created").length).toBe(1);
  });
});

describe("what is used", () => {
  test("[QT1] is told: speech that was kept and speech that was thrown away, requests, turns", async () => {
    const s = spendingSession({
      replies: [{ text: "Yes.", usage: { inputTokens: 10, outputTokens: 5, cost: 0.5 } }],
    });
    await s.hear(recording("mhm-slt"));
    const first = Math.round((recording("mhm-slt").length * 1000) / 24_000);
    s.client({ type: "input_audio_buffer.commit" });
    await s.sends("input_audio_buffer.committed");
    s.client({ type: "response.create" });
    await s.sends("response.done");
    expect(Math.abs(s.told.heardMs - first)).toBeLessThan(25);
    expect(s.told.reports).toMatchObject([{ stage: "reply", inputTokens: 10, cost: 0.5 }]);
    expect(s.told.turns).toBe(1);
    await s.hear(silence(1000));
    s.client({ type: "input_audio_buffer.clear" });
    await s.sends("input_audio_buffer.cleared");
    expect(Math.abs(s.told.heardMs - first - 1000)).toBeLessThan(25);
  });

  const levels: LimitLevel[] = [
    { name: "tokens", limit: 1000, remaining: 10, resetSeconds: 60 },
    { name: "audio_seconds", limit: 600, remaining: 599.5, resetSeconds: 60 },
  ];

  test("[QT4] and what is left is told with each reply: tokens to everybody, all of it with kuku.v1", async () => {
    for (const extended of [true, false]) {
      const s = spendingSession({ extended, replies: ["Yes."] }, levels);
      s.client(userText("Hello."));
      s.client({ type: "response.create" });
      await s.sends("response.done");
      const [tokens, audio] = levels.map(({ resetSeconds: reset_seconds, ...level }) => ({
        ...level,
        reset_seconds,
      }));
      expect(s.of("rate_limits.updated").map((event) => event.rate_limits)).toEqual([[tokens]]);
      expect(s.of("kuku.limits").map((event) => event.limits)).toEqual(extended ? [[tokens, audio]] : []);
      const types = s.types();
      expect(types[types.indexOf("response.created") + 1]).toBe("rate_limits.updated");
    }
    const free = spendingSession();
    free.client(userText("Hello."));
    free.client({ type: "response.create" });
    await free.sends("response.created");
    expect([...free.of("rate_limits.updated"), ...free.of("kuku.limits")]).toEqual([]);
  });
});

describe("a muted session", () => {
  test("[AD1] takes nothing from its client, which is told; unmuted, it goes on", async () => {
    const s = testSession({ transcripts: ["after"], replies: ["Yes."] });
    s.client(sessionUpdate({ audio: { input: { turn_detection: { type: "server_vad" } } } }));
    const speech = recording("fox-slt");
    await s.hear(speech.slice(0, 24_000));
    await s.sends("input_audio_buffer.speech_started");
    s.session.mute(true);
    s.session.mute(true);
    await s.sends("input_audio_buffer.cleared");
    await s.hear(speech.slice(24_000));
    await s.hear(silence(2000));
    s.client({ ...userText("Hello?"), event_id: "mine" });
    s.client({ type: "response.create", event_id: "mine_too" });
    s.session.receiveMessage("item_rest", { text: "Anybody?" });
    await s.sends("error", 4);
    expect(s.of("error").map(({ error }) => [error.code, error.event_id])).toEqual([
      ["session_muted", null],
      ["session_muted", "mine"],
      ["session_muted", "mine_too"],
      ["session_muted", "item_rest"],
    ]);
    expect(s.of("input_audio_buffer.committed")).toEqual([]);
    expect(s.state().entries).toEqual([]);
    s.session.mute(false);
    await s.hear(speech);
    await s.hear(silence(1500));
    await s.sends("response.done");
    expect(s.state().entries[0]).toMatchObject({ transcript: "after" });
  });
});
