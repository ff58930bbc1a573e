/** What was read in a session, as the coach says it, over REST. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readWav } from "../../../src/client/wav.ts";
import { openEmbeddedSynthesizer } from "../../../src/providers/embedded/voice/synthesizer.ts";
import { scriptedSynthesizer } from "../../../src/providers/scripted/synthesizer.ts";
import { protocolError } from "../../../src/server/net/http-error.ts";
import { ask, begin, type RestServer, startRest } from "../../support/rest.ts";
import { testDatabase } from "../../support/test-database.ts";

const text = "The quick brown fox jumps over the lazy dog.";
const id = "session-00000000-0000-7000-8000-00000000000a";

/** Stores a session with a reading of the text, `item_1`, and something said freely, `item_2`. */
async function readSomething({ store }: RestServer): Promise<void> {
  const at = Date.now();
  const journal = store.journals.open({
    id,
    ownerId: "local",
    persona: "reader",
    language: "en-US",
    origin: "rest",
    recorded: false,
    createdAt: at,
    nodeId: "node-1",
  });
  const contour = { startMs: 0, stepMs: 50, pitchHz: [100], levelDbfs: [-20], pauses: [], hesitations: [] };
  const reading = { text, accuracy: 1, words: [] };
  journal.write(
    [{ ...contour, reading }, contour].map((each, index) => ({
      type: "delivery" as const,
      delivery: { itemId: `item_${index + 1}`, at, metrics: {}, contour: each },
    })),
  );
  expect(await journal.settled()).toBe("saved");
}

const path = (item: string) => `GET /api/sessions/${id}/messages/${item}/model-reading`;

describe("[CU5] a reading's text as the coach says it", () => {
  let rest: RestServer;
  const synthesizer = openEmbeddedSynthesizer({ threads: 1 });
  beforeAll(async () => {
    const engines = { synthesizer: await synthesizer };
    rest = await startRest({ databaseUrl: await testDatabase(), engines });
    await readSomething(rest);
  });
  afterAll(async () => {
    await rest.close();
    await (await synthesizer).close();
  });

  it("comes as sound, with its words' places and its melody", async () => {
    const { status, body } = await ask(rest.server, path("item_1"));
    expect(status).toBe(200);
    const { audio, words, contour, durationMs, ...said } = body.data;
    expect(said).toEqual({ text });
    const { pcm, rate } = readWav(Buffer.from(audio, "base64"));
    expect(rate).toBe(24_000);
    expect(Math.round((pcm.length * 1000) / rate)).toBe(durationMs);
    expect(words.map((word: { text: string }) => word.text).join(" ")).toBe(text);
    expect(words.at(-1).endMs).toBeGreaterThan(words[0].endMs + 1000);
    const pitches = contour.pitchHz.filter((pitch: number | null) => pitch !== null);
    expect(pitches.length).toBeGreaterThan(20);
    expect(Math.max(...pitches) / Math.min(...pitches)).toBeGreaterThan(1.2);
  });

  it("is only of what was read, and only the reader's", async () => {
    for (const item of ["item_2", "item_3"])
      expect(await ask(rest.server, path(item))).toMatchObject({
        status: 404,
        body: { code: "READING_NOT_FOUND" },
      });
    const others = path("item_1").replace(id, await begin(rest.server));
    expect(await ask(rest.server, others)).toMatchObject({ status: 404 });
  });
});

it("[CU5] counts against the quotas, and is refused where the day's is used up", async () => {
  const used: unknown[] = [];
  let spent = false;
  const meter = { add: (report: unknown) => void used.push(report) };
  let released = 0;
  const usage = { characters: text.length, cost: 0.01 };
  const rest = await startRest({
    databaseUrl: await testDatabase(),
    engines: { synthesizer: scriptedSynthesizer([{ usage }]) },
    limiter: {
      spend: async () => {
        if (spent) throw protocolError("quota_exceeded", "Used up.", { retryAfter: 60 });
        return { meter: meter as never, release: () => void released++ };
      },
    },
  });
  await readSomething(rest);
  expect((await ask(rest.server, path("item_1"))).status).toBe(200);
  expect([used, released]).toMatchObject([[{ stage: "synthesize", ...usage }], 1]);
  spent = true;
  expect(await ask(rest.server, path("item_1"))).toMatchObject({
    status: 429,
    body: { code: "QUOTA_EXCEEDED" },
  });
  await rest.close();
});
