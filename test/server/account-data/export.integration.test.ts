import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newAudioKey } from "../../../src/store/objects/keys.ts";
import { ask, begin, forwardedClock, type RestServer, startRest } from "../../support/rest.ts";
import { testDataDir } from "../../support/test-database.ts";
import { echoing, live, type Person, stop } from "./people.ts";

const { hears, options } = echoing();
let rest: RestServer;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  rest = await startRest({ dataDir: testDataDir(), ...options });
  ann = await live(rest, hears, "annzqxv");
  bob = await live(rest, hears, "bobkwyj");
});
afterAll(() => stop(rest));

const exportOf = async (as: string) => {
  const url = `${rest.server.url}/api/me/export`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${as}` } });
  return { response, text: await response.text() };
};

it("has everything of one's own, and nothing of another's or that opens anything", async () => {
  const { response, text } = await exportOf(ann.id);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-disposition")).toMatch(
    /^attachment; filename="kuku-export-\d{4}-\d\d-\d\d\.json"$/,
  );
  // Not `toContain`, which would print all of it.
  for (const secret of [bob.word, `${ann.word}-token`, `${ann.word}-password`, '"hash"'])
    expect([secret, text.includes(secret)]).toEqual([secret, false]);
  const document = JSON.parse(text);
  expect(document).toMatchObject({
    format: "kuku-coach export 1",
    profile: { id: ann.id, email: `${ann.word}@example.org`, name: `${ann.word} Doe` },
    signIns: [{ createdAt: expect.stringMatching(/^\d{4}-/) }],
    keys: [{ name: `${ann.word}-key`, scopes: ["read"], createdAt: "1970-01-01T00:00:00.001Z" }],
    personas: [{ id: `${ann.word}-boss`, instructions: `Ask about ${ann.word}.` }],
    usage: [{ day: "2026-11-23", sessions: 0 }],
    audit: [{ action: "user.block", actorId: "user_admin", at: "1970-01-01T00:00:00.001Z" }],
  });
  expect(document.sessions.map(({ id }: { id: string }) => id)).toEqual(ann.sessions.toReversed());
  const [, , ended] = document.sessions;
  expect(ended).toMatchObject({
    session: { status: "ended", rating: 2, feedback: `${ann.word}seven` },
    report: { text: `Summary: ${ann.word}three.`, data: { goal: `${ann.word}four` } },
    actions: [{ text: `To ${ann.word}five`, when: `by ${ann.word}six` }],
  });
  const words = ended.items.map(({ text }: { text: string }) => text).join(" ");
  for (const said of ["one", "two", "299"]) expect(words).toContain(`${ann.word}${said}`);
  expect(ended.turns).toHaveLength(3);
  expect(ended.deliveries.length).toBeGreaterThan(0);
  expect(ended.state).toBeTruthy();
});

it("has the audio whole", async () => {
  const document = JSON.parse((await exportOf(ann.id)).text);
  const [, , ended] = document.sessions;
  const kinds = ended.audio.map(({ audio }: { audio: { kind: string } }) => audio.kind);
  expect(kinds.sort()).toEqual(["recording", "reply", "reply", "reply"]);
  for (const { audio, base64 } of ended.audio) {
    const opened = await rest.services.objects.open(audio.file);
    const bytes = Buffer.concat(base64.map((piece: string) => Buffer.from(piece, "base64")));
    expect(bytes.equals(await buffer(opened!.body))).toBe(true);
  }
});

it("is for one reader at a time, and given up when that one leaves", async () => {
  const reading = new AbortController();
  const url = `${rest.server.url}/api/me/export`;
  const headers = { authorization: `Bearer ${ann.id}` };
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { open } = rest.services.objects;
  // The first piece of audio waits for the gate.
  Object.assign(rest.services.objects, { open: (key: string) => gate.then(() => open(key)) });
  const first = await fetch(url, { headers, signal: reading.signal });
  expect(first.status).toBe(200);
  const { status, body } = await ask(rest.server, "GET /api/me/export", { as: ann.id });
  expect([status, body.code]).toEqual([429, "EXPORT_UNDER_WAY"]);
  reading.abort();
  release();
  Object.assign(rest.services.objects, { open });
  await expect.poll(async () => (await exportOf(ann.id)).response.status).toBe(200);
});

it("is everybody's though as many as may be read are read slowly: one of those gives way", async () => {
  // More than sockets hold.
  const { body, bytes } = { body: new Uint8Array(24 * 1024 * 1024), bytes: 24 * 1024 * 1024 };
  const { clock, forward } = forwardedClock();
  const crowded = await startRest({ dataDir: testDataDir(), ...options, clock });
  const readers = Array.from({ length: 8 }, (_, n) => `user_slow${n}`);
  const export_ = (as: string, signal?: AbortSignal) =>
    fetch(`${crowded.server.url}/api/me/export`, {
      headers: { authorization: `Bearer ${as}` },
      ...(signal && { signal }),
    });
  for (const as of readers) {
    const session = await begin(crowded.server, { as });
    const key = newAudioKey("wav");
    await crowded.services.objects.put(key, body);
    const record = { key, kind: "recording", contentType: "audio/wav", bytes, createdAt: 1 } as const;
    await crowded.store.saveAudio(session, record);
  }
  const leaving = new AbortController();
  // Nothing is read of their bodies.
  const slow = await Promise.all(readers.map((as) => export_(as, leaving.signal)));
  expect(slow.map(({ status }) => status)).toEqual(readers.map(() => 200));
  const early = await export_("user_ann");
  expect([early.status, (await early.json()).code]).toEqual([429, "EXPORT_UNDER_WAY"]);
  // Reads have their time to settle; until then nobody knows who is slow.
  forward(11 * 60_000);
  const quick = await export_("user_ann");
  expect(quick.status).toBe(200);
  expect(JSON.parse(await quick.text())).toMatchObject({ format: "kuku-coach export 1" });
  leaving.abort();
  await stop(crowded);
  const lines = crowded.logged.map(({ msg }) => msg);
  expect(lines.filter((line) => line === "export ended: it was read too slowly").length).toBeGreaterThan(0);
  expect(lines).not.toContain("answer broke off");
});
