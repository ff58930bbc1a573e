import { describe, expect, it } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import { StageError } from "../../../src/lib/errors.ts";
import type { HeldSession } from "../../../src/server/conversations/live-sessions.ts";
import type { SessionRegistry } from "../../../src/server/conversations/session-registry.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { openDrain } from "../../../src/server/operations/drain.ts";
import { openProviderHealth } from "../../../src/server/operations/provider-health.ts";
import { openRecentErrors } from "../../../src/server/operations/recent-errors.ts";

describe("recent errors", () => {
  it("are the last ones of the log, whose lines all go on", () => {
    const lines: string[] = [];
    const errors = openRecentErrors(2);
    const log = openLog("debug", errors.tee({ write: (line) => void lines.push(line) }));
    log.info({ level: "error" }, "no error");
    for (const n of [1, 2, 3]) log.error({ session: `session-${n}`, request: "req_1" }, `error ${n}`);
    log.fatal(new TypeError("x".repeat(1000)));
    expect(lines).toHaveLength(5);
    expect(errors.list()).toEqual([
      {
        at: expect.any(String),
        level: "fatal",
        message: "x".repeat(500),
        error: { type: "TypeError", message: "x".repeat(500) },
      },
      { at: expect.any(String), level: "error", message: "error 3", session: "session-3", request: "req_1" },
    ]);
  });

  it("pass on what is no line of a log", () => {
    const lines: string[] = [];
    const errors = openRecentErrors();
    const stream = errors.tee({ write: (line) => void lines.push(line) });
    stream.write('{"level":"error", and then nothing');
    stream.write('{"level":"error","time":"yesterday"}');
    expect([lines.length, errors.list()]).toEqual([2, []]);
  });
});

describe("the health of providers", () => {
  it("tells what failed, lately and ever, and whether a circuit is open", async () => {
    const clock = manualClock(Date.UTC(2026, 10, 23));
    const health = openProviderHealth({
      clock,
      inUse: { transcribe: "whisper", reply: "gpt", synthesize: "tts" },
    });
    const fail = (provider: string) =>
      health.onFailure({ stage: "reply", provider, error: new StageError("reply", "timeout") });
    fail("gpt");
    await clock.advance(6 * 60_000);
    fail("gpt");
    fail("stand-in");
    health.onCircuit({ stage: "reply", provider: "gpt", state: "open" });
    expect(health.list()).toEqual([
      { stage: "transcribe", provider: "whisper", failures: 0, recentFailures: 0 },
      {
        stage: "reply",
        provider: "gpt",
        circuit: "open",
        failures: 2,
        recentFailures: 1,
        lastFailure: { at: "2026-11-23T00:06:00.000Z", kind: "timeout" },
      },
      {
        stage: "reply",
        provider: "stand-in",
        failures: 1,
        recentFailures: 1,
        lastFailure: { at: "2026-11-23T00:06:00.000Z", kind: "timeout" },
      },
      { stage: "synthesize", provider: "tts", failures: 0, recentFailures: 0 },
    ]);
    for (let n = 0; n < 150; n++) fail("gpt");
    expect(health.list()[1]).toMatchObject({ failures: 152, recentFailures: 100 });
  });
});

describe("a node that is drained", () => {
  function drained() {
    const clock = manualClock();
    const ended: string[] = [];
    const held = new Map<string, HeldSession>();
    const add = (id: string, busy: boolean) => {
      const session = {
        id,
        busy,
        end: (reason: string) => {
          ended.push(`${id} ${reason}`);
          held.delete(id);
        },
      };
      held.set(id, { session, ownerId: "ann", persona: "kuku", since: 0 } as unknown as HeldSession);
      return session;
    };
    const drain = openDrain({ clock, log: openLog("silent"), held: () => held.values(), deadlineMs: 1000 });
    return { clock, ended, add, drain };
  }

  it("lets idle sessions go at once, busy ones after their reply, and all at the deadline", async () => {
    const { clock, ended, add, drain } = drained();
    add("idle", false);
    const busy = add("busy", true);
    add("endless", true);
    drain.begin();
    expect(ended).toEqual(["idle draining"]);
    busy.busy = false;
    await clock.advance(250);
    expect(ended).toEqual(["idle draining", "busy draining"]);
    drain.begin();
    await clock.advance(750);
    expect(ended).toContain("endless draining");
    add("late", false);
    await clock.advance(250);
    expect(ended).toContain("late draining");
    drain.stop();
    expect(clock.pending).toBe(0);
    drain.begin();
    drain.close();
    expect([clock.pending, drain.on]).toEqual([0, true]);
  });

  it("opens, joins and takes up nothing until it is told that it may", async () => {
    const { drain } = drained();
    const found = {} as Awaited<ReturnType<SessionRegistry["find"]>>;
    const sessions = drain.guard({
      count: 3,
      refusal: () => undefined,
      find: async () => found,
    } as unknown as SessionRegistry);
    const find = () => sessions.find({ sessionId: "session-1" }, { id: "ann" });
    expect([drain.on, sessions.refusal(), await find(), sessions.count]).toEqual([
      false,
      undefined,
      found,
      3,
    ]);
    drain.begin();
    expect([drain.on, sessions.refusal()?.code]).toEqual([true, "SERVER_DRAINING"]);
    await expect(find()).rejects.toMatchObject({ code: "SERVER_DRAINING" });
    drain.stop();
    expect([drain.on, sessions.refusal(), await find()]).toEqual([false, undefined, found]);
  });
});
