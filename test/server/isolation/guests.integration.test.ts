/** What guests make: whose it is when nobody has an account. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sent } from "./asking.ts";
import { marker } from "./things.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld({ GUESTS: "1", GUEST_SESSIONS_PER_DAY: "50" });
});
afterAll(() => world.close());

const ask = async (method: string, path: string, sent: Sent = {}) => {
  const answer = await world.ask("guest", method, path, sent);
  return { ...answer, data: answer.status < 300 ? JSON.parse(answer.text).data : undefined };
};
const begin = async (sent: Sent = {}): Promise<string> =>
  (await ask("POST", "/api/sessions", sent)).data.sessionId;

describe("a front end without cookies", () => {
  it("goes on with the session that it knows by its id, as nobody else can", async () => {
    const id = await begin();
    const json = { text: `My ${marker} is on my mind.` };
    expect((await ask("POST", `/api/sessions/${id}/messages`, { json })).status).toBe(200);
    expect((await ask("GET", `/api/sessions/${id}/messages`)).text).toContain(marker);
    for (const who of ["other", "admin"] as const)
      expect((await world.ask(who, "GET", `/api/sessions/${id}/messages`)).status).toBe(404);
    const socket = await world.connect("guest", `?session_id=${id}`, "header");
    expect(socket.status).toBe(101);
    socket.client?.ws.terminate();
    expect((await world.connect("other", `?session_id=${id}`, "header")).status).toBe(404);
    expect((await ask("POST", `/api/sessions/${id}/end`)).status).toBe(200);
  });

  it("finds nothing by looking around", async () => {
    const id = await begin();
    expect((await ask("GET", "/api/sessions")).data.sessions).toEqual([]);
    expect((await ask("GET", `/api/search/messages?q=${marker}`)).data.results).toEqual([]);
    expect((await ask("GET", "/api/me/progress")).data.sessions).toBe(0);
    // Nor by guessing: nothing of one id is in the next, not even its time.
    const next = await begin();
    expect(next).toMatch(/^session-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(next.slice(0, 16)).not.toBe(id.slice(0, 16));
  });

  it("comes back to its socket's session by the token", async () => {
    const first = await world.connect("guest", "", "header");
    const { token } = (await first.client?.event("kuku.resumable")) ?? {};
    first.client?.ws.terminate();
    await first.client?.closed;
    expect((await world.connect("other", `?resume=${token}`, "header")).status).toBe(404);
    const again = await world.connect("guest", `?resume=${token}`, "header");
    expect(again.status).toBe(101);
    again.client?.ws.terminate();
  });

  it("has no more sessions than guests of its address may, by requests as by sockets", async () => {
    const say = async (id: string) =>
      (await ask("POST", `/api/sessions/${id}/messages`, { json: { text: "Hello." } })).status;
    const statuses: number[] = [];
    // Each as another guest; two at once is what all of them may have.
    for (let n = 0; n < 3; n++) statuses.push(await say(await begin()));
    expect(statuses.at(-1)).toBe(429);
    expect((await world.connect("guest", "", "header")).status).toBe(429);
  });
});

describe("a guest of this server's pages", () => {
  const page = async () => {
    const answer = await ask("GET", "/api/me", { headers: { "sec-fetch-site": "same-origin" } });
    return {
      headers: { cookie: (answer.cookie as string).split(";")[0] as string, "sec-fetch-site": "same-origin" },
      id: answer.data.id as string,
    };
  };

  it("is the same with its cookie, and what it makes is its own", async () => {
    const [one, other] = [await page(), await page()];
    const id = await begin(one);
    expect((await ask("GET", "/api/me", one)).data).toMatchObject({ id: one.id, guest: true });
    expect((await ask("GET", "/api/sessions", one)).data.sessions).toHaveLength(1);
    expect((await ask("GET", `/api/sessions/${id}`, one)).status).toBe(200);
    for (const sent of [{}, other, { headers: { cookie: one.headers.cookie } }])
      expect((await ask("GET", `/api/sessions/${id}`, sent)).status).toBe(404);
    expect((await ask("DELETE", `/api/sessions/${id}`, other)).status).toBe(404);
    expect((await ask("DELETE", `/api/sessions/${id}`, one)).status).toBe(200);
  });
});
