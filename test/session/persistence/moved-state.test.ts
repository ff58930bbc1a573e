/** What a session on another node, or after a restart, still knows: every field of its state, one by one. */
import { expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { restoreState } from "../../../src/session/persistence/restore.ts";
import { takeSnapshot } from "../../../src/session/persistence/snapshot.ts";
import type { SessionState } from "../../../src/session/turns/state.ts";
import { testJournal } from "../../support/journal.ts";
import { pushToTalk, type TestSessionOptions, testSession, userText } from "../../support/session.ts";

/** `stored`: as it was. `anew`: what takes its place. */
const fields: Record<keyof SessionState, "stored" | { readonly anew: string }> = {
  id: "stored",
  conversationId: "stored",
  type: { anew: "a column of the stored session" },
  beta: { anew: "shown by the client's next event" },
  extended: { anew: "told by the socket that comes" },
  persona: { anew: "found by the stored session's persona" },
  config: "stored",
  fixed: "stored",
  coach: "stored",
  brief: "stored",
  greeting: "stored",
  entries: "stored",
  user: { anew: "the client sends on from what is transcribed, so that an open utterance is heard again" },
  reply: { anew: "said on from what was heard, or made again" },
  heldReply: { anew: "goes with the reply and the speaker" },
  outOfBandReplies: { anew: "never part of the conversation; lost with the node" },
  replyOwed: { anew: "a turn that waits is answered when a socket comes" },
  apologising: { anew: "goes with the reply" },
  pendingUtterances: { anew: "heard again" },
  turn: { anew: "times of a clock that is gone" },
  silenceMs: { anew: "of the last turn alone" },
  openTurn: "stored",
  longTurn: "stored",
  pendingEarAnswers: { anew: "the client sends again what was not taken" },
  deferredEvents: { anew: "sent again" },
  playback: { anew: "reported by the speaker that comes" },
  preemptiveReply: { anew: "a draft of which nothing was told" },
  draftAfterMs: { anew: "a setting of the node" },
  transcribedToMs: { anew: "counts on from the snapshot's inputMs" },
  ending: "stored",
  quota: { anew: "read from the user's ledger" },
  muted: "stored",
  resume: { anew: "the token that the client showed" },
  attached: { anew: "told by the socket that comes" },
  ended: { anew: "an ended session is not taken up" },
};

const kept = (journal: ReturnType<typeof testJournal>) => ({
  journal: journal.journal,
  failing: () => false,
});
const resume = { token: "secret", graceMs: 60_000 };

async function talkedIn(journal = testJournal()) {
  const s = testSession({ extended: true, resume, persona: "reader", kept: kept(journal) });
  await s.clock.advance(200);
  await s.sends("response.done");
  s.client({
    type: "session.update",
    session: { type: "realtime", instructions: "Be brief.", kuku: { language: "fr-FR" } },
  });
  s.client(userText("suivant"));
  s.client({ type: "response.create" });
  await s.sends("response.done", 2);
  return { s, journal };
}

/** Takes the session up from what is stored, with a client that has heard all. */
function activated(
  journal: ReturnType<typeof testJournal>,
  options: Pick<TestSessionOptions, "persona" | "startMs"> = {},
) {
  const stored = journal.stored();
  const again = testSession({
    extended: true,
    resume,
    persona: "reader",
    attached: false,
    newId,
    kept: { ...kept(testJournal(stored)), stored },
    ...options,
  });
  again.session.join(again.link, {
    extended: true,
    seen: { lastEvent: "", audioFrom: { responseNumber: 99, sample: 0 } },
  });
  return again;
}

test("[ST4] every field of a session's state is stored, or what takes its place is said", async () => {
  const { s } = await talkedIn();
  const before = s.state();
  const state: SessionState = {
    ...before,
    conversationId: "conv_other",
    fixed: ["instructions"],
    greeting: "done",
    openTurn: { coach: before.coach, heard: [{ text: "suivant" }] },
    longTurn: { parts: [{ itemId: "item_1", known: "failed" }], ended: false },
    replyOwed: true,
    ending: true,
    muted: true,
  };
  const stored = testJournal().stored();
  const items = state.entries.map((entry, position) => ({
    id: entry.item.id,
    position,
    role: "user" as const,
    text: "",
    entry,
    createdAt: 0,
  }));
  const snapshot = JSON.parse(JSON.stringify(takeSnapshot(state, { responses: 2, inputMs: 0 })));
  const start = {
    id: state.id,
    conversationId: "conv_new",
    startedAt: 0,
    extended: true,
    persona: state.persona,
    expiresAt: state.config.expires_at ?? 0,
    attached: false,
  };
  const capabilities = { voices: [], findVoice: () => undefined, transcriber: "" } as never;
  const restored = restoreState(start, capabilities, { ...stored, snapshot, items });
  const fresh = restoreState(start, capabilities, { ...stored, snapshot: undefined, items: [] });
  for (const [name, how] of Object.entries(fields) as [keyof SessionState, unknown][]) {
    if (how !== "stored" || name === "id") continue;
    expect(restored[name], name).toEqual(JSON.parse(JSON.stringify(state[name])));
    expect(restored[name], `${name} differs from a new session's`).not.toEqual(fresh[name]);
  }
});

test("[AD1] a muted session stays muted on the node that takes it up, and its client is told", async () => {
  const { s, journal } = await talkedIn();
  s.session.mute(true);
  await s.session.settled();
  const again = activated(journal);
  expect(again.of("error")).toMatchObject([{ error: { code: "session_muted" } }]);
  again.client(userText("Hello?"));
  expect(again.of("error").length).toBe(2);
  again.session.mute(false);
  again.client(userText("Hello!"));
  expect(again.state().entries.at(-1)?.item).toMatchObject({ role: "user" });
});

test("[S4] a session ends after its longest duration, however often it moves to another node", async () => {
  const { s, journal } = await talkedIn();
  const { expires_at } = s.state().config;
  const half = 1_800_000;
  const again = activated(journal, { startMs: half });
  expect(again.state().config.expires_at).toBe(expires_at);
  again.client(pushToTalk);
  for (let i = 0; i < 31 && again.closes.length === 0; i++) {
    again.client({ type: "input_audio_buffer.clear" });
    await again.clock.advance(60_000);
  }
  expect(again.closes.map(({ code }) => code)).toEqual([4001]);
});

test("[CE3] a session whose closing words were said ends on the node that takes it up", async () => {
  const journal = testJournal();
  const s = testSession({ extended: true, resume, kept: kept(journal) });
  s.client({ type: "session.update", session: { type: "realtime", kuku: { greet: false } } });
  const turns = ["I want to sleep better. I will walk every evening.", "Let's wrap up.", "Yes, please."];
  for (const [before, text] of turns.entries()) {
    s.client(userText(text));
    s.client({ type: "response.create" });
    await s.sends("response.done", before + 1);
  }
  expect(s.state().ending).toBe(true);
  const again = activated(journal, { persona: "kuku" });
  await again.sends("coach.report");
  await again.clock.advance(1);
  await again.session.ended;
  expect(again.closes.map(({ code }) => code)).toEqual([1000]);
});

test("[TT8] the wait for a silent user begins anew on the node that takes the session up", async () => {
  const journal = testJournal();
  const s = testSession({ extended: true, resume, persona: "reader", kept: kept(journal) });
  s.client({
    type: "session.update",
    session: {
      type: "realtime",
      audio: { input: { turn_detection: { type: "server_vad", idle_timeout_ms: 5_000 } } },
    },
  });
  await s.sends("response.done");
  const again = activated(journal);
  await again.clock.advance(5_000);
  expect(again.of("input_audio_buffer.timeout_triggered").length).toBe(1);
});
