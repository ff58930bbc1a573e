import { expect, test } from "vitest";
import {
  pushToTalk,
  recording,
  sessionUpdate,
  silence,
  testSession,
  userText,
} from "../../support/session.ts";

test("[S4] a session ends after its longest duration", async () => {
  const s = testSession({ limits: { sessionMs: 10_000 } });
  await s.clock.advance(9_999);
  expect(s.closes).toEqual([]);
  await s.clock.advance(1);
  expect(s.of("error").map(({ error }) => error.code)).toEqual(["session_expired"]);
  expect(s.closes.map((close) => close.code)).toEqual([4001]);
  await s.session.ended;
});

test("[S5] a session in which nothing happens ends; one that talks does not", async () => {
  const s = testSession({ limits: { idleMs: 10_000 } });
  for (let i = 0; i < 5; i++) {
    await s.clock.advance(9_000);
    s.client(userText("Still here."));
  }
  expect(s.closes).toEqual([]);
  await s.clock.advance(10_000);
  expect(s.closes.map((close) => close.code)).toEqual([4002]);
  expect(s.of("error").map(({ error }) => error.code)).toEqual(["session_idle"]);
});

test("[S5] in push to talk audio is somebody talking; a session idles from its last chunk on", async () => {
  const s = testSession({ limits: { idleMs: 10_000 } });
  s.client(pushToTalk);
  await s.hear(silence(25_000), 1000);
  expect(s.closes).toEqual([]);
  await s.clock.advance(8_000);
  expect(s.closes).toEqual([]);
  await s.clock.advance(2_000);
  expect(s.closes.map((close) => close.code)).toEqual([4002]);
});

test("[S5] a microphone that is merely open does not keep a session that detects turns", async () => {
  const s = testSession({ limits: { idleMs: 10_000 } });
  await s.hear(silence(11_000), 1000);
  expect(s.closes.map((close) => close.code)).toEqual([4002]);
});

test("[S5] no one is thrown out during a long reply", async () => {
  const s = testSession({ limits: { idleMs: 1_000 }, speech: { realTime: true } });
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  await s.clock.advance(3_000);
  expect(s.phase()).toBe("speaking");
  expect(s.closes).toEqual([]);
});

test("[S15] both limits are announced before they end a session, to clients of the extension alone", async () => {
  const s = testSession({ extended: true, limits: { sessionMs: 600_000, idleMs: 300_000 } });
  s.client(sessionUpdate({ kuku: { greet: false } }));
  await s.clock.advance(239_999);
  expect(s.of("kuku.ending")).toEqual([]);
  await s.clock.advance(1);
  expect(s.of("kuku.ending")).toMatchObject([{ code: "session_idle", ends_in_ms: 60_000 }]);
  // What a client sends puts the end off, and the announcement is made anew.
  await s.clock.advance(30_000);
  s.client(sessionUpdate({}));
  await s.clock.advance(239_999);
  expect(s.of("kuku.ending")).toHaveLength(1);
  await s.clock.advance(1);
  expect(s.of("kuku.ending")).toHaveLength(2);
  s.client(sessionUpdate({}));
  await s.clock.advance(30_000);
  expect(s.of("kuku.ending").slice(2)).toMatchObject([{ code: "session_expired", ends_in_ms: 60_000 }]);
  await s.clock.advance(59_999);
  expect(s.closes).toEqual([]);
  await s.clock.advance(1);
  expect(s.closes.map((close) => close.code)).toEqual([4001]);

  const plain = testSession({ extended: false, limits: { idleMs: 10_000 } });
  await plain.clock.advance(10_000);
  expect(plain.of("kuku.ending")).toEqual([]);
  expect(plain.closes.map((close) => close.code)).toEqual([4002]);
});

test("[S15] a limit under two minutes is announced when half of it is left; in push to talk not to one who talks", async () => {
  const s = testSession({ extended: true, limits: { idleMs: 10_000 } });
  s.client(pushToTalk);
  await s.hear(silence(9_000), 1000);
  expect(s.of("kuku.ending")).toEqual([]);
  await s.clock.advance(5_000);
  expect(s.of("kuku.ending")).toMatchObject([{ code: "session_idle", ends_in_ms: 5_000 }]);
  await s.clock.advance(5_000);
  expect(s.closes.map((close) => close.code)).toEqual([4002]);
});

test.each([
  ["in silence", async () => {}],
  [
    "in the middle of an utterance",
    async (s: ReturnType<typeof testSession>) => {
      await s.hear(recording("fox-slt").subarray(0, 24_000));
    },
  ],
  [
    "in the middle of a reply",
    async (s: ReturnType<typeof testSession>) => {
      s.client(userText("Hello."));
      s.client({ type: "response.create" });
      await s.until(() => s.phase() === "speaking");
    },
  ],
  [
    "with engines that never answer",
    async (s: ReturnType<typeof testSession>) => {
      s.client(pushToTalk);
      await s.hear(recording("mhm-slt"));
      s.client({ type: "input_audio_buffer.commit" });
      s.client({ type: "response.create" });
    },
  ],
])("[S6] ended %s: nothing is sent after, nothing is left", async (_, live) => {
  const s = testSession({ transcripts: [{ stallAfter: 0 }], speech: { realTime: true } });
  s.client(sessionUpdate({ audio: { input: { turn_detection: { type: "server_vad" } } } }));
  await live(s);
  s.session.end("client_gone");
  const count = s.sent.length;
  await s.session.ended;
  s.client({ type: "response.create" });
  s.session.receiveAudio(new Uint8Array(960));
  await s.clock.advance(100_000);
  expect(s.sent.length).toBe(count);
  expect(s.clock.pending).toBe(0);
  expect(s.scope.running).toBe(0);
  expect(s.faults).toEqual([]);
});

test("[S6] a session ends with its process", async () => {
  const s = testSession();
  s.scope.cancel("draining");
  await s.session.ended;
  expect(s.clock.pending).toBe(0);
});

test("[S7] a bug in an engine's adapter ends its session with 1011 and is logged", async () => {
  const s = testSession({
    engines: {
      replyModel: {
        name: "broken",
        callsTools: false,
        reply() {
          throw new TypeError("a bug");
        },
      },
    },
  });
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  await s.until(() => s.closes.length > 0);
  expect(s.closes.map((close) => close.code)).toEqual([1011]);
  expect(s.faults).toMatchObject([{ err: { message: "a bug" } }]);
  await s.session.ended;
});

test("[S8] event ids are there and never repeat", async () => {
  const s = testSession();
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  await s.sends("response.done");
  const ids = s.sent.flatMap((event) => (event.type === "audio" ? [] : [event.event_id]));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(10);
});

test("[S10] why a session was ended tells its client what to do next", async () => {
  const codes = { draining: 1012, revoked: 1008, finished: 1000 } as const;
  for (const [reason, code] of Object.entries(codes)) {
    const s = testSession();
    s.session.end(reason as keyof typeof codes);
    await s.session.ended;
    expect(s.closes).toEqual([{ code, reason }]);
  }
});
