import { describe, expect, test } from "vitest";
import { backOffMs, type Closing } from "../../src/client/closing.ts";
import { type ConnectOptions, connect } from "../../src/client/connect.ts";
import { finalPrefix, type Socket } from "../../src/client/socket.ts";
import { manualClock } from "../../src/lib/clock.ts";
import type { ServerEvent } from "../../src/protocol/server-events.ts";

/** A socket whose other end is in the test's hand. */
class HeldSocket implements Socket {
  binaryType = "";
  protocol = "kuku.v1";
  bufferedAmount = 0;
  readyState = 0;
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onerror: Socket["onerror"] = null;
  onclose: Socket["onclose"] = null;
  readonly url: URL;
  /** Events without their id, audio by its length in samples. */
  readonly sent: unknown[] = [];
  constructor(url: string) {
    this.url = new URL(url);
  }
  send(data: string | Uint8Array): void {
    if (typeof data !== "string") return void this.sent.push(data.byteLength / 2);
    const { event_id: _, ...event } = JSON.parse(data);
    this.sent.push(event);
  }
  close(code = 1005): void {
    if (this.readyState < 2) this.end(code);
  }
  tell(event: Record<string, unknown>): void {
    this.readyState = 1;
    this.onmessage?.({ data: JSON.stringify(event) } as never);
  }
  end(code: number, failure?: string): void {
    this.readyState = 3;
    if (failure !== undefined) this.onerror?.({ message: failure } as never);
    this.onclose?.({ code, reason: "" } as never);
  }
}

const session = (rate = 24_000) => ({
  id: "session_1",
  audio: { input: { format: { type: "audio/pcm", rate } } },
});
const graceMs = 30_000;

/** A session that has begun. */
/** What was sent, pieces of audio that follow on each other as one. */
function joined(sent: readonly unknown[]): unknown[] {
  const whole: unknown[] = [];
  for (const each of sent) {
    const last = whole.at(-1);
    if (typeof each === "number" && typeof last === "number") whole[whole.length - 1] = last + each;
    else whole.push(each);
  }
  return whole;
}

async function open(options: ConnectOptions & { resumable?: boolean } = {}) {
  const clock = manualClock();
  const sockets: HeldSocket[] = [];
  const states: string[] = [];
  const ends: Closing[] = [];
  const events: ServerEvent[] = [];
  const connecting = connect("ws://coach.test/v1/realtime", {
    openSocket(url) {
      const socket = new HeldSocket(url);
      sockets.push(socket);
      return socket;
    },
    clock,
    ...options,
    onEvent: (event) => events.push(event),
    onConnection: (state) => states.push(state),
    onClosed: (closing) => ends.push(closing),
  });
  const [first] = sockets as [HeldSocket];
  first.tell({ type: "session.created", event_id: "event_1", session: session() });
  if (options.resumable !== false)
    first.tell({ type: "kuku.resumable", event_id: "event_2", token: "secret", grace_ms: graceMs });
  const connection = await connecting;
  /** Lets time pass until there is another socket. */
  const next = async () => {
    const { length } = sockets;
    while (sockets.length === length) await clock.advance(10);
    return sockets.at(-1) as HeldSocket;
  };
  return { clock, sockets, first, connection, states, ends, events, next };
}
const resumed = (complete: boolean, fields: object = {}) => ({
  type: "kuku.resumed",
  event_id: "event_9",
  complete,
  input_audio_ms: 0,
  ...fields,
});
const second = new Int16Array(24_000);

describe("a connection that is lost", () => {
  test.each([1001, 1006, 1011, 1012, 1013])("comes back after %i, and says what it has", async (code) => {
    const { first, next, states, ends } = await open();
    first.end(code);
    const back = await next();
    expect(Object.fromEntries(back.url.searchParams)).toEqual({ resume: "secret", last_event: "event_2" });
    back.tell(resumed(true));
    expect(states).toEqual(["connected", "reconnecting", "connected"]);
    expect(ends).toEqual([]);
  });

  test.each([1000, 1002, 1003, 1005, 1008, 1009, 4001, 4002, 4003, 4006])(
    "does not after %i: the session is over",
    async (code) => {
      const { first, clock, sockets, states, ends } = await open();
      first.end(code);
      await clock.advance(graceMs);
      expect(sockets).toHaveLength(1);
      expect(states).toEqual(["connected"]);
      expect(ends).toMatchObject([{ code }]);
      expect(clock.pending).toBe(0);
    },
  );

  test("does not where the server offers no return, nor after its own close", async () => {
    const plain = await open({ resumable: false });
    plain.first.end(1006);
    expect(plain.ends).toMatchObject([{ code: 1006 }]);
    const own = await open();
    own.connection.close();
    expect(own.ends).toMatchObject([{ code: 1000 }]);
    for (const each of [plain, own]) {
      await each.clock.advance(graceMs);
      expect(each.sockets).toHaveLength(1);
    }
  });

  test("tries again and again, ever more slowly, until its time is over; then it says how it was lost", async () => {
    const { first, clock, sockets, states, ends, next } = await open();
    first.end(1012);
    const lostAt = clock.now();
    const at: number[] = [];
    while (ends.length === 0 && clock.now() - lostAt < graceMs - 2_000) {
      (await next()).end(1006);
      at.push(clock.now() - lostAt);
    }
    while (ends.length === 0) await clock.advance(10);
    const waits = at.map((time, i) => time - (at[i - 1] ?? 0));
    expect(waits[0]).toBeLessThanOrEqual(210);
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(2_010);
    expect(sockets.length).toBeGreaterThan(14);
    expect(states).toEqual(["connected", "reconnecting", "lost"]);
    expect(ends).toMatchObject([{ code: 1012, message: expect.stringMatching(/restarted/) }]);
    expect(clock.now() - lostAt).toBe(graceMs);
    expect(clock.pending).toBe(0);
  });

  test("gives up at once where the server says that there is no such session", async () => {
    const { first, clock, states, ends, next } = await open();
    first.end(1006);
    (await next()).end(1006, `${finalPrefix}There is no such session.`);
    expect(states.at(-1)).toBe("lost");
    expect(ends).toMatchObject([{ code: 1006 }]);
    expect(clock.pending).toBe(0);
  });

  test("after a fault of the server it does not try for long", async () => {
    const { first, clock, ends, sockets } = await open();
    first.end(1011);
    while (ends.length === 0) {
      await clock.advance(10);
      sockets.at(-1)?.end(1006);
    }
    expect(clock.now()).toBe(5_000);
    expect(sockets.length).toBeGreaterThan(3);
    expect(ends).toMatchObject([{ code: 1011 }]);
  });

  test("a try that nobody answers is given up, and another one made", async () => {
    const { first, next, clock, sockets } = await open({ timeoutMs: 3_000 });
    first.end(1006);
    await next();
    await clock.advance(5_000);
    expect(sockets.length).toBeGreaterThan(2);
    expect(sockets[1]?.readyState).toBe(3);
  });

  test("closed meanwhile, it ends as closed from here, and leaves no timer", async () => {
    const { first, connection, clock, ends } = await open();
    first.end(1006);
    connection.close();
    expect(await connection.closed).toMatchObject({ code: 1000 });
    expect(ends).toHaveLength(1);
    expect(clock.pending).toBe(0);
    expect(connection.sendAudio(second)).toBe(false);
  });

  test("a server that said it goes away, and then says nothing, is left", async () => {
    const { first, next, states, clock } = await open();
    first.tell({ type: "kuku.going_away", event_id: "event_3", deadline_ms: 10_000 });
    await clock.advance(11_900);
    expect(states).toEqual(["connected"]);
    await next();
    expect(states).toEqual(["connected", "reconnecting"]);
    expect(first.onmessage).toBe(null);
  });
});

describe("what is said while it is away", () => {
  test("waits, and goes on behind what the server has", async () => {
    const { first, connection, next } = await open();
    connection.sendAudio(second);
    connection.commit();
    first.end(1006);
    expect(connection.sendAudio(second)).toBe(true);
    connection.createResponse();
    const back = await next();
    back.tell(resumed(true, { input_audio_ms: 250 }));
    expect(joined(back.sent)).toEqual([
      18_000,
      { type: "input_audio_buffer.commit" },
      24_000,
      { type: "response.create" },
    ]);
  });

  test("a minute of it; then it is said that no more can be kept", async () => {
    const { first, connection } = await open();
    first.end(1006);
    for (let i = 0; i < 60; i++) expect(connection.sendAudio(second)).toBe(true);
    expect(connection.sendAudio(second)).toBe(false);
  });

  test("goes no faster than a server takes it: ten seconds at once, then four times real time", async () => {
    const { first, connection, next, clock } = await open();
    first.end(1006);
    for (let i = 0; i < 1_500; i++) connection.sendAudio(second.subarray(0, 480));
    const back = await next();
    back.tell(resumed(true));
    const sentMs = () => back.sent.reduce<number>((sum, each) => sum + Number(each) / 24, 0);
    expect(sentMs()).toBe(10_000);
    // Joined, so that there are few messages.
    expect(back.sent).toHaveLength(50);
    await clock.advance(1_000);
    expect(sentMs()).toBeLessThanOrEqual(14_200);
    expect(sentMs()).toBeGreaterThan(13_500);
    await clock.advance(10_000);
    expect(sentMs()).toBe(30_000);
    expect(clock.pending).toBe(0);
  });

  test("a new server is told again what it may have had; that it had it is no trouble of anybody", async () => {
    const { first, connection, next, events } = await open();
    connection.sendText("Hello.");
    connection.createResponse();
    first.end(1006);
    const back = await next();
    const raw: string[] = [];
    back.send = (data) => void raw.push(data as string);
    back.tell(resumed(false));
    expect(raw).toEqual([]);
    back.tell({ type: "session.created", event_id: "event_10", session: session() });
    const told = raw.map((text) => JSON.parse(text));
    expect(told.map((event) => event.type)).toEqual(["conversation.item.create", "response.create"]);
    const refusal = (event_id: string) => ({
      type: "error",
      event_id: `event_11_${event_id}`,
      error: { code: "item_create_invalid_item_id", message: "taken", event_id },
    });
    back.tell(refusal(told[0].event_id));
    expect(events.filter((event) => event.type === "error")).toEqual([]);
    back.tell(refusal("another"));
    expect(events.filter((event) => event.type === "error")).toHaveLength(1);
  });

  test("that a new server had it is no trouble either where its answer comes by a later socket", async () => {
    const { first, connection, next, events } = await open();
    connection.sendText("Hello.");
    first.end(1006);
    const back = await next();
    const raw: string[] = [];
    back.send = (data) => void raw.push(data as string);
    back.tell(resumed(false));
    back.tell({ type: "session.created", event_id: "event_10", session: session() });
    const { event_id } = JSON.parse(raw[0] ?? "");
    back.end(1006);
    const later = await next();
    later.tell(resumed(true, { last_client_event_id: event_id }));
    const error = { code: "item_create_invalid_item_id", message: "taken", event_id };
    later.tell({ type: "error", event_id: "event_11", error });
    expect(events.filter((event) => event.type === "error")).toEqual([]);
  });
});

test("a session made elsewhere is joined by its id, and come back to by its token", async () => {
  const { first, next } = await open({ sessionId: "session_1", persona: "reader" });
  expect(Object.fromEntries(first.url.searchParams)).toEqual({ model: "reader", session_id: "session_1" });
  first.end(1006);
  const back = await next();
  expect(Object.fromEntries(back.url.searchParams)).toEqual({
    model: "reader",
    resume: "secret",
    last_event: "event_2",
  });
});

test("clients of one server wait differently long", () => {
  const waits = Array.from({ length: 200 }, (_, client) => backOffMs(3, `secret-${client}`));
  expect(new Set(waits.map((ms) => Math.round(ms / 100))).size).toBeGreaterThan(6);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(800);
  expect(Math.max(...waits)).toBeLessThanOrEqual(1_600);
});
