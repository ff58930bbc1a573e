/** What the REST face does, row by row, whichever database is under it. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readWav } from "../../../src/pipeline/audio/wav.ts";
import { newAudioKey } from "../../../src/store/objects/keys.ts";
import { ask, audioForm, begin, fixture, type RequestOptions, type RestServer } from "../../support/rest.ts";

export interface Opened extends RestServer {
  /** Moves the wall clock on. */
  later(ms: number): void;
}

const headings = ["KEY DISCUSSION POINTS:", "MAIN BREAKTHROUGHS:", "ACTION PLAN:", "Final Note:"];
const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const nobody = "session-00000000-0000-7000-8000-000000000000";
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const url = expect.stringMatching(/^\/audio\/[0-9a-f]{40}\.wav$/);

/** The table; `open` gives a server whose scripted coach answers the same to everything. */
export function restTable(open: () => Opened): void {
  let opened: Opened;
  const client = (as: string) => ({
    ask: (request: string, options: RequestOptions = {}) => ask(opened.server, request, { ...options, as }),
    begin: (json?: unknown) => begin(opened.server, { as, ...(json !== undefined && { json }) }),
    say: (id: string, text: string, query = "") =>
      ask(opened.server, `POST /api/sessions/${id}/messages${query}`, { json: { text }, as }),
    upload: (id: string, path: string, query = "") =>
      ask(opened.server, `POST /api/sessions/${id}/messages${query}`, {
        form: audioForm(fixture(path)),
        as,
      }),
  });
  beforeAll(() => {
    opened = open();
  });

  describe("sessions", () => {
    it("begin with nothing but the asking", async () => {
      const { status, headers, body } = await client("new").ask("POST /api/sessions");
      expect(status).toBe(200);
      expect(body).toEqual({
        success: true,
        data: {
          sessionId: expect.stringMatching(new RegExp(`^session-${uuid}$`)),
          status: "active",
          persona: "kuku",
          type: "realtime",
          language: "en-US",
          createdAt: time,
          updatedAt: time,
          messageCount: 0,
          awaitingWrapUpConfirmation: false,
        },
      });
      expect(headers.get("location")).toBe(`/api/sessions/${body.data.sessionId}`);
      const one = await client("new").ask(`GET /api/sessions/${body.data.sessionId}`);
      expect(one.body).toEqual(body);
    });

    it("begin with a persona and a language", async () => {
      const { body } = await client("new").ask("POST /api/sessions", {
        json: { persona: "reader", language: "fr-FR" },
      });
      expect(body.data).toMatchObject({ persona: "reader", language: "fr-FR" });
    });

    it.each([
      [{ persona: "nobody" }, "UNKNOWN_PERSONA"],
      [{ persona: 7 }, "UNKNOWN_PERSONA"],
      [{ language: "no language" }, "INVALID_LANGUAGE"],
      [{ mood: "good" }, "INVALID_REQUEST"],
      [[], "INVALID_REQUEST"],
    ])("do not begin with %o", async (json, code) => {
      const { status, body } = await client("new").ask("POST /api/sessions", { json });
      expect([status, body.success, body.code]).toEqual([400, false, code]);
    });

    it("are listed newest first, page by page, one's own alone", async () => {
      const list = client("lister");
      const ids: string[] = [];
      for (let n = 0; n < 5; n++) ids.unshift(await list.begin());
      const first = await list.ask("GET /api/sessions?limit=2");
      const second = await list.ask(`GET /api/sessions?limit=2&cursor=${first.body.data.next}`);
      const third = await list.ask(`GET /api/sessions?limit=2&cursor=${second.body.data.next}`);
      const pages = [first, second, third].map(({ body }) => body.data);
      expect(pages.flatMap(({ sessions }) => sessions.map((each: Session) => each.sessionId))).toEqual(ids);
      expect(pages[2].next).toBeUndefined();
    });

    it("are found by status and by date", async () => {
      const list = client("dated");
      const [ended, active] = [await list.begin(), await list.begin()];
      await list.ask(`POST /api/sessions/${ended}/end`);
      const found = async (query: string) => {
        const { body } = await list.ask(`GET /api/sessions?${query}`);
        return body.data.sessions.map((each: Session) => each.sessionId);
      };
      expect(await found("status=ended")).toEqual([ended]);
      expect(await found("status=active")).toEqual([active]);
      const { body } = await list.ask(`GET /api/sessions/${active}`);
      expect(await found(`from=${body.data.createdAt}`)).toEqual([active]);
      expect(await found(`to=${body.data.createdAt}`)).toEqual([ended]);
      expect(await found("to=2020-01-01")).toEqual([]);
    });

    it.each(["limit=0", "limit=101", "limit=many", "status=lost", "from=yesterday", "cursor=%00"])(
      "are not listed by %s",
      async (query) => {
        const { status, body } = await client("lister").ask(`GET /api/sessions?${query}`);
        expect([status, body.code]).toEqual([400, "INVALID_REQUEST"]);
      },
    );

    it("end with a summary, once", async () => {
      const ann = client("ender");
      const id = await ann.begin();
      await ann.say(id, "I want to clear my desk.");
      opened.later(90_000);
      const { status, body } = await ann.ask(`POST /api/sessions/${id}/end`);
      expect([status, body.data]).toEqual([
        200,
        { sessionId: id, summary: expect.any(String), duration: expect.any(Number), messageCount: 2 },
      ]);
      expect(headings.every((heading) => body.data.summary.includes(heading))).toBe(true);
      expect(body.data.duration).toBeGreaterThanOrEqual(90);
      expect(body.data.duration).toBeLessThan(150);
      const again = await ann.ask(`POST /api/sessions/${id}/end`);
      expect([again.status, again.body.code]).toEqual([409, "SESSION_ENDED"]);
      const late = await ann.say(id, "One more thing.");
      expect([late.status, late.body.code]).toEqual([409, "SESSION_ENDED"]);
      expect((await ann.ask(`GET /api/sessions/${id}`)).body.data).toMatchObject({
        status: "ended",
        endedAt: time,
      });
    });

    it("tell their owner alone that there was a sign of crisis, also once they have ended", async () => {
      const ann = client("flagged");
      const id = await ann.begin();
      const read = async () => (await ann.ask(`GET /api/sessions/${id}`)).body.data;
      await ann.say(id, "I want to talk about my work.");
      expect(await read()).not.toHaveProperty("care");
      await ann.say(id, "My partner hits me, and some days I want to die.");
      expect(await read()).toMatchObject({ care: { kind: "self_harm", since: time } });
      await ann.say(id, "Go on.");
      await ann.ask(`POST /api/sessions/${id}/end`);
      expect(await read()).toMatchObject({ status: "ended", care: { kind: "self_harm", since: time } });
      const { status, body } = await client("curious").ask(`GET /api/sessions/${id}`);
      expect([status, body.code, body.data]).toEqual([404, "SESSION_NOT_FOUND", undefined]);
      const list = await ann.ask("GET /api/sessions");
      expect(JSON.stringify(list.body)).not.toContain("self_harm");
    });

    it("are rated once they have ended", async () => {
      const ann = client("rater");
      const id = await ann.begin();
      const rate = (json: unknown) => ann.ask(`POST /api/sessions/${id}/rating`, { json });
      const read = async () => (await ann.ask(`GET /api/sessions/${id}/rating`)).body.data;
      const early = await rate({ rating: 4 });
      expect([early.status, early.body.code]).toEqual([409, "SESSION_ACTIVE"]);
      await ann.ask(`POST /api/sessions/${id}/end`);
      expect(await read()).toEqual({ hasRating: false });
      for (const rating of [0, 6, 2.5, "5", undefined]) {
        const { status, body } = await rate({ rating });
        expect([status, body.code], String(rating)).toEqual([400, "INVALID_RATING"]);
      }
      const rated = { hasRating: true, rating: 5, feedback: "That helped." };
      expect((await rate({ rating: 5, feedback: "That helped." })).body.data).toEqual(rated);
      expect(await read()).toEqual(rated);
      await rate({ rating: 3 });
      expect(await read()).toEqual({ hasRating: true, rating: 3 });
      expect((await ann.ask(`GET /api/sessions/${id}`)).body.data.rating).toBe(3);
    });

    it("are erased with their audio, also while they go on", async () => {
      const ann = client("eraser");
      const id = await ann.begin();
      const { body } = await ann.say(id, "Forget me.");
      const { audioUrl } = body.data.messages[1];
      const files = async () => (await readdir(join(opened.dataDir, "audio"), { recursive: true })).join(" ");
      expect(await files()).toContain(audioUrl.slice("/audio/".length));
      expect(opened.services.sessions.live(id)).toBeDefined();
      const erased = await ann.ask(`DELETE /api/sessions/${id}`);
      expect(erased.body).toEqual({ success: true, data: { sessionId: id, erased: true } });
      expect(opened.services.sessions.live(id)).toBeUndefined();
      expect(await files()).not.toContain(audioUrl.slice("/audio/".length));
      expect((await ann.ask(`GET ${audioUrl}`)).status).toBe(404);
      expect((await ann.ask(`GET /api/sessions/${id}`)).status).toBe(404);
      expect((await ann.ask("GET /api/search/messages?q=forget")).body.data.results).toEqual([]);
      expect((await ann.ask(`DELETE /api/sessions/${id}`)).status).toBe(404);
    });
  });

  describe("messages", () => {
    it("in writing are answered, in words and in voice", async () => {
      const ann = client("writer");
      const id = await ann.begin();
      const empty = await ann.ask(`GET /api/sessions/${id}/messages`);
      expect(empty.body).toEqual({ success: true, data: { messages: [] } });
      const { status, body } = await ann.say(id, "  I want to clear my desk. ");
      expect([status, body]).toEqual([
        200,
        {
          success: true,
          data: {
            messages: [
              { id: expect.any(String), timestamp: time, sender: "user", text: "I want to clear my desk." },
              {
                id: expect.any(String),
                timestamp: time,
                sender: "ai",
                text: "This is a scripted reply: I answer the same to everything.",
                audioUrl: url,
              },
            ],
            awaitingWrapUpConfirmation: false,
            sessionEnded: false,
          },
        },
      ]);
      const history = await ann.ask(`GET /api/sessions/${id}/messages`);
      expect(history.body.data.messages).toEqual(body.data.messages);
      const session = await ann.ask(`GET /api/sessions/${id}`);
      expect(session.body.data).toMatchObject({ messageCount: 2, stage: "topic" });
    });

    it.each([
      "uploads/chromium.webm",
      "uploads/speech.mp3",
      "uploads/opus-stereo.ogg",
      "uploads/moov-last.m4a",
      "speech/overwhelmed-slt.wav",
    ])("are recordings: %s", async (path) => {
      const ann = client("speaker");
      const id = await ann.begin();
      const { status, body } = await ann.upload(id, path);
      expect(status).toBe(200);
      const [user, ai] = body.data.messages;
      expect([user.text, ai.sender]).toEqual(["This is a scripted transcript.", "ai"]);
      const delivery = await ann.ask(`GET /api/sessions/${id}/delivery`);
      expect(delivery.body.data.utterances).toEqual([
        {
          messageId: user.id,
          timestamp: time,
          metrics: expect.objectContaining({ speechMs: expect.any(Number) }),
          judgements: expect.any(Object),
          contour: expect.objectContaining({ stepMs: 50, pauses: expect.any(Array) }),
        },
      ]);
      const { pitchHz } = delivery.body.data.utterances[0].contour;
      expect(pitchHz.filter((pitch: number | null) => pitch !== null).length).toBeGreaterThan(10);
      const { session } = delivery.body.data;
      expect(session.metrics.pitchSdSemitones).toBeGreaterThan(0);
      expect(session.judgements.pitchSdSemitones).toEqual({
        band: session.metrics.pitchSdSemitones < 2 ? "low" : "good",
        source: expect.stringContaining("monotone"),
      });
    });

    it("are answered behind the request where it does not wait", async () => {
      const ann = client("hasty");
      const id = await ann.begin();
      for (const post of [
        ann.upload(id, "uploads/speech.mp3", "?wait=false"),
        ann.say(id, "Hello.", "?wait=false"),
      ]) {
        const { status, body } = await post;
        expect([status, body.data]).toEqual([
          202,
          { status: "processing", messageId: expect.any(String), estimatedTimeSeconds: expect.any(Number) },
        ]);
        const path = `GET /api/sessions/${id}/messages/${body.data.messageId}/status`;
        await expect.poll(async () => (await ann.ask(path)).body.data.status).toBe("complete");
        const history = (await ann.ask(`GET /api/sessions/${id}/messages`)).body.data.messages;
        const answer =
          history[history.findIndex((each: { id: string }) => each.id === body.data.messageId) + 1];
        expect((await ann.ask(path)).body.data).toEqual({
          status: "complete",
          messageId: body.data.messageId,
          message: answer,
        });
        expect(answer).toMatchObject({ sender: "ai", audioUrl: url });
      }
      expect(await opened.store.listAudio(id, "upload")).toEqual([]);
    });

    it("ask whether to end, and end with a report on a yes", async () => {
      const ann = client("closer");
      const id = await ann.begin();
      await ann.say(id, "I want to clear my desk.");
      const asked = await ann.say(id, "Let's stop here for today.");
      expect(asked.body.data).toMatchObject({ awaitingWrapUpConfirmation: true, sessionEnded: false });
      const open = await ann.ask(`GET /api/sessions/${id}`);
      expect(open.body.data.awaitingWrapUpConfirmation).toBe(true);
      const { status, body } = await ann.say(id, "Yes.");
      expect(status).toBe(200);
      expect(body.data).toMatchObject({ sessionEnded: true, awaitingWrapUpConfirmation: false });
      expect(body.data.messages.map((each: { sender: string }) => each.sender)).toEqual(["user", "ai"]);
      expect(headings.every((heading) => body.data.finalSummary.includes(heading))).toBe(true);
      expect((await ann.ask(`GET /api/sessions/${id}`)).body.data.status).toBe("ended");
      expect((await ann.say(id, "And?")).status).toBe(409);
    });
  });

  describe("a reply's voice", () => {
    const voice = async () => {
      const ann = client("listener");
      const id = await ann.begin();
      const { body } = await ann.say(id, "Hello.");
      const { audioUrl } = body.data.messages[1];
      return {
        ann,
        id,
        get: (headers = {}, method = "GET") => fetch(`${opened.server.url}${audioUrl}`, { method, headers }),
      };
    };

    it("is a WAV file that needs no credentials, and a part of it can be had", async () => {
      const { get } = await voice();
      const whole = await get();
      const bytes = new Uint8Array(await whole.arrayBuffer());
      expect(whole.headers.get("content-type")).toBe("audio/wav");
      expect(whole.headers.get("cache-control")).toMatch(/^private, max-age=86\d\d\d$/);
      expect(whole.headers.get("accept-ranges")).toBe("bytes");
      expect(whole.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
      const { pcm, rate } = readWav(bytes);
      expect(rate).toBe(24_000);
      // 10 ms a character, as the scripted voice speaks.
      expect(pcm.length / rate).toBeCloseTo(0.58, 1);
      const part = await get({ range: "bytes=40-99" });
      expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes 40-99/${bytes.length}`]);
      expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(40, 100));
      const tail = await get({ range: "bytes=-10" });
      expect(new Uint8Array(await tail.arrayBuffer())).toEqual(bytes.slice(-10));
      const beyond = await get({ range: `bytes=${bytes.length}-` });
      expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, `bytes */${bytes.length}`]);
      expect((await beyond.json()).code).toBe("RANGE_NOT_SATISFIABLE");
      const head = await get({}, "HEAD");
      expect([head.status, head.headers.get("content-length")]).toEqual([200, String(bytes.length)]);
    });

    it("expires, and the history no longer names it", async () => {
      const { ann, id, get } = await voice();
      opened.later(86_400_000);
      const gone = await get();
      expect([gone.status, (await gone.json()).code]).toEqual([404, "AUDIO_NOT_FOUND"]);
      const { body } = await ann.ask(`GET /api/sessions/${id}/messages`);
      expect(body.data.messages[1].audioUrl).toBeUndefined();
    });

    it.each(["nothing.wav", newAudioKey(), "..%2F..%2Fsigning.key", "%00"])("is not %s", async (key) => {
      const { status, body } = await client("listener").ask(`GET /audio/${key}`);
      expect([status, body.success]).toEqual([404, false]);
    });
  });

  describe("what comes of a session", () => {
    it("is a report, once it has ended", async () => {
      const ann = client("reporter");
      const id = await ann.begin();
      await ann.say(id, "I want to clear my desk.");
      const early = await ann.ask(`GET /api/sessions/${id}/report`);
      expect([early.status, early.body.code]).toEqual([409, "SESSION_ACTIVE"]);
      const { body } = await ann.ask(`POST /api/sessions/${id}/end`);
      const report = await ann.ask(`GET /api/sessions/${id}/report`);
      expect(report.body.data).toEqual({
        sessionId: id,
        status: "ready",
        createdAt: time,
        text: body.data.summary,
        data: expect.objectContaining({ actions: [], goal: "clear my desk" }),
      });
    });

    it("is a recording, where there is one, for its owner alone", async () => {
      const ann = client("recorded");
      const id = await ann.begin();
      const path = `/api/sessions/${id}/recording`;
      const none = await ann.ask(`GET ${path}`);
      expect([none.status, none.body.code]).toEqual([404, "RECORDING_NOT_FOUND"]);
      const wav = fixture("speech/mhm-slt.wav");
      const key = newAudioKey();
      await opened.services.objects.put(key, wav);
      await opened.store.saveAudio(id, {
        key,
        kind: "recording",
        contentType: "audio/wav",
        bytes: wav.length,
        durationMs: 1200,
        createdAt: 0,
      });
      const get = (as: string, range?: string) =>
        fetch(`${opened.server.url}${path}`, {
          headers: { authorization: `Bearer ${as}`, ...(range && { range }) },
        });
      const whole = await get("recorded");
      expect(whole.headers.get("content-type")).toBe("audio/wav");
      expect(new Uint8Array(await whole.arrayBuffer())).toEqual(new Uint8Array(wav));
      expect((await get("recorded", "bytes=0-3")).status).toBe(206);
      expect((await get("somebody")).status).toBe(404);
      expect((await client("recorded").ask(`GET /audio/${key}`)).status).toBe(404);
    });

    it("is found by its words, one's own alone", async () => {
      const [ann, bob] = [client("searcher"), client("other")];
      const [mine, theirs] = [await ann.begin(), await bob.begin()];
      await ann.say(mine, "My umbrella was stolen.");
      await bob.say(theirs, "My umbrella is red.");
      const { body } = await ann.ask("GET /api/search/messages?q=umbrella");
      expect(body.data).toEqual({
        results: [
          {
            sessionId: mine,
            message: {
              id: expect.any(String),
              timestamp: time,
              sender: "user",
              text: "My umbrella was stolen.",
            },
            excerpt: "My umbrella was stolen.",
          },
        ],
      });
      const { status, body: refused } = await ann.ask("GET /api/search/messages?q=");
      expect([status, refused.code]).toEqual([400, "INVALID_QUERY"]);
    });

    it("is progress over time", async () => {
      const ann = client("climber");
      const id = await ann.begin();
      await ann.upload(id, "uploads/chromium.webm");
      await ann.say(id, "I will clear my desk by Friday.");
      await ann.ask(`POST /api/sessions/${id}/end`);
      const { body } = await ann.ask("GET /api/me/progress");
      expect(body.data).toMatchObject({
        sessions: 1,
        streakDays: 1,
        points: [
          { sessionId: id, persona: "kuku", timestamp: time, metrics: { speechMs: expect.any(Number) } },
        ],
        openActions: [{ sessionId: id, text: expect.stringContaining("clear my desk"), createdAt: time }],
        doneActions: 0,
      });
    });

    it("is what one has done of what one committed to", async () => {
      const ann = client("doer");
      const id = await ann.begin();
      await ann.say(id, "I will clear my desk by Friday.");
      await ann.ask(`POST /api/sessions/${id}/end`);
      const standing = async () => (await ann.ask("GET /api/me/progress")).body.data;
      const [action] = (await standing()).openActions;
      const path = `POST /api/me/actions/${action.id}`;
      const done = await ann.ask(path, { json: { done: true } });
      expect([done.status, done.body]).toEqual([200, { success: true, data: { id: action.id, done: true } }]);
      expect(await standing()).toMatchObject({ openActions: [], doneActions: 1 });
      await ann.ask(path, { json: { done: false } });
      expect(await standing()).toMatchObject({ openActions: [{ id: action.id }], doneActions: 0 });
      const theirs = await client("thief").ask(path, { json: { done: true } });
      expect([theirs.status, theirs.body.code]).toEqual([404, "ACTION_NOT_FOUND"]);
      const unknown = await ann.ask(`POST /api/me/actions/${nobody}-1`, { json: { done: true } });
      expect([unknown.status, unknown.body.code]).toEqual([404, "ACTION_NOT_FOUND"]);
      const odd = await ann.ask("POST /api/me/actions/7", { json: { done: true } });
      expect([odd.status, odd.body.code]).toEqual([400, "INVALID_ACTION_ID"]);
      const vague = await ann.ask(path, { json: { done: "yes" } });
      expect([vague.status, vague.body.code]).toEqual([400, "INVALID_REQUEST"]);
      expect(await standing()).toMatchObject({ doneActions: 0 });
    });
  });

  describe("a session that is not one's own", () => {
    const paths = (id: string) => [
      `GET /api/sessions/${id}`,
      `DELETE /api/sessions/${id}`,
      `POST /api/sessions/${id}/messages`,
      `POST /api/sessions/${id}/messages?wait=false`,
      `GET /api/sessions/${id}/messages`,
      `GET /api/sessions/${id}/messages/item_1/status`,
      `POST /api/sessions/${id}/end`,
      `POST /api/sessions/${id}/rating`,
      `GET /api/sessions/${id}/rating`,
      `GET /api/sessions/${id}/report`,
      `GET /api/sessions/${id}/delivery`,
      `GET /api/sessions/${id}/recording`,
    ];
    const bodyOf = (request: string): RequestOptions => {
      if (request.includes("/rating")) return request.startsWith("POST") ? { json: { rating: 5 } } : {};
      return request.startsWith("POST") && request.includes("/messages") ? { json: { text: "Hello." } } : {};
    };

    it("is answered like one that is not there, on every path", async () => {
      const id = await client("owner").begin();
      for (const [index, request] of paths(id).entries()) {
        const theirs = await client("thief").ask(request, bodyOf(request));
        expect([theirs.status, theirs.body.code], request).toEqual([404, "SESSION_NOT_FOUND"]);
        const unknown = paths(nobody)[index] ?? "";
        expect((await client("thief").ask(unknown, bodyOf(unknown))).body, unknown).toEqual(theirs.body);
      }
      expect((await client("owner").ask(`GET /api/sessions/${id}`)).body.data.messageCount).toBe(0);
    });

    it.each(paths("7"))("cannot be asked for by a malformed id: %s", async (request) => {
      const { status, body } = await client("thief").ask(request, bodyOf(request));
      expect([status, body.code]).toEqual([400, "INVALID_SESSION_ID"]);
    });
  });
}

interface Session {
  readonly sessionId: string;
}
