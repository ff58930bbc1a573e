import fc from "fast-check";
import { expect, test } from "vitest";
import { mostAudioMs, Outbox, type Outgoing } from "../../src/client/outbox.ts";
import type { ClientEvent } from "../../src/protocol/client-events.ts";

/** What a server took in, in order: events by id, audio sample by sample. */
type Got = (string | number)[];

const rate = 24_000;
const msOf = (samples: number) => (samples * 1000) / rate;

function receive(got: Got, outgoing: Outgoing): void {
  if (outgoing.type === "event") got.push(outgoing.event.event_id ?? "");
  else got.push(...outgoing.pcm);
}
const samplesIn = (got: Got) => got.filter((each) => typeof each === "number").length;
const lastEventIn = (got: Got) => got.findLast((each) => typeof each === "string");

/** What the client does: hands in samples or an event, or lets so many things onto the socket. */
const step = fc.oneof(
  fc.record({ type: fc.constant("audio" as const), samples: fc.integer({ min: 1, max: 700 }) }),
  fc.record({ type: fc.constant("event" as const) }),
  fc.record({ type: fc.constant("send" as const), count: fc.integer({ min: 1, max: 5 }) }),
  /** The socket is cut; of what was put on it, so many arrive. */
  fc.record({ type: fc.constant("cut" as const), arrive: fc.integer({ min: 0, max: 6 }) }),
);

/** Plays the steps against a server that takes in what arrives; what was given, and what it got in the end. */
function play(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) {
  const outbox = new Outbox();
  const given: Got = [];
  const got: Got = [];
  let flight: Outgoing[] = [];
  let sample = 0;
  const arrive = (count: number) => {
    for (const each of flight.splice(0, count)) receive(got, each);
  };
  const back = () => {
    flight = [];
    outbox.resume({ complete: true, inputMs: msOf(samplesIn(got)), lastEvent: lastEventIn(got) as string });
  };
  for (const each of steps)
    switch (each.type) {
      case "audio": {
        const pcm = Int16Array.from({ length: each.samples }, () => ++sample % 30_000);
        given.push(...pcm);
        outbox.addAudio(pcm);
        break;
      }
      case "event": {
        const event_id = `mine_${given.length}`;
        given.push(event_id);
        outbox.addEvent({ type: "input_audio_buffer.commit", event_id });
        break;
      }
      case "send":
        for (let i = 0; i < each.count; i++) {
          const outgoing = outbox.take(50);
          if (outgoing) flight.push(outgoing);
        }
        break;
      case "cut":
        arrive(each.arrive);
        back();
    }
  arrive(flight.length);
  back();
  for (let next = outbox.take(200); next; next = outbox.take(200)) receive(got, next);
  return { given, got };
}

test("cut anywhere, as often as may be, a server gets every event and sample once and in order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { given, got } = play(steps);
      expect(got).toEqual(given);
    }),
    { numRuns: 300 },
  );
});

test("a server that knows only what was stored gets the audio from there on, to the sample", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 30 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 }),
      (sizes, stored) => {
        const outbox = new Outbox();
        const whole = sizes.flatMap((size, i) => Array.from({ length: size }, () => i + 1));
        let at = 0;
        for (const size of sizes) {
          outbox.addAudio(Int16Array.from(whole.slice(at, at + size)));
          at += size;
        }
        // Each server stores a part of what it got, and is lost.
        let kept: number[] = [];
        for (const share of stored) {
          const got: Got = [...kept];
          for (let next = outbox.take(100); next; next = outbox.take(100)) receive(got, next);
          expect(got).toEqual(whole);
          const more = Math.floor((whole.length - kept.length) * share);
          kept = whole.slice(0, kept.length + more);
          outbox.resume({ complete: false, inputMs: msOf(kept.length) });
        }
      },
    ),
  );
});

const commit: ClientEvent = { type: "input_audio_buffer.commit" };
const createReply: ClientEvent = { type: "response.create" };
const text: ClientEvent = {
  type: "conversation.item.create",
  item: { type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] },
};
const drain = (outbox: Outbox) => {
  const types: string[] = [];
  for (let next = outbox.take(200); next; next = outbox.take(200))
    types.push(next.type === "event" ? next.event.type : `${next.pcm.length}`);
  return types;
};

test("a turn that another server does not have is told again, one that it has is not", () => {
  const outbox = new Outbox();
  outbox.addEvent({ type: "session.update", session: { type: "realtime" } });
  outbox.addAudio(new Int16Array(2400));
  outbox.addEvent(commit);
  outbox.addEvent(createReply);
  outbox.addAudio(new Int16Array(1200));
  outbox.addEvent(commit);
  outbox.addEvent(createReply);
  expect(drain(outbox)).toHaveLength(7);
  outbox.answered("session.update");
  outbox.answered("response.create");
  outbox.addEvent({ type: "response.cancel" });
  outbox.resume({ complete: false, inputMs: 100 });
  expect(drain(outbox)).toEqual(["1200", "input_audio_buffer.commit", "response.create", "response.cancel"]);
});

test("a new item is told again under the id it had, and a changed session as it was meant", () => {
  const outbox = new Outbox();
  outbox.addEvent({ type: "session.update", session: { type: "realtime" } });
  outbox.addEvent(text);
  const ids = () => {
    const found = [];
    for (let next = outbox.take(1); next; next = outbox.take(1))
      if (next.type === "event")
        found.push(next.event.type === "conversation.item.create" ? next.event.item.id : next.event.type);
    return found;
  };
  const [, first] = ids();
  expect(first).toEqual(expect.any(String));
  outbox.answered("session.update");
  outbox.resume({ complete: false, inputMs: 0, changed: true });
  expect(ids()).toEqual(["session.update", first]);
  outbox.resume({ complete: false, inputMs: 0 });
  expect(ids()).toEqual([first]);
});

test("of what waits, only the latest report of a reply's playback is kept", () => {
  const outbox = new Outbox();
  for (const played_ms of [100, 200, 300])
    outbox.addEvent({ type: "kuku.playback", response_id: "resp_1", played_ms, state: "playing" });
  const sent = outbox.take(1);
  expect(sent?.type === "event" && sent.event).toMatchObject({ played_ms: 300 });
  expect(outbox.waiting).toBe(false);
});

test("a minute of audio is kept: what was sent makes room, what still waits is not given up for more", () => {
  const outbox = new Outbox();
  const second = new Int16Array(rate);
  for (let i = 0; i < 90; i++) {
    expect(outbox.addAudio(second)).toBe(true);
    outbox.take(1000);
  }
  outbox.resume({ complete: true, inputMs: 31_000 });
  let waiting = 0;
  for (let next = outbox.take(1); next; next = outbox.take(1)) waiting += next.type === "audio" ? next.ms : 0;
  expect(waiting).toBe(59_000);
  outbox.resume({ complete: true, inputMs: 90_000 });
  for (let i = 0; i < mostAudioMs / 1000; i++) expect(outbox.addAudio(second)).toBe(true);
  expect(outbox.addAudio(second)).toBe(false);
});

test("audio of another rate is counted in time", () => {
  const outbox = new Outbox();
  outbox.addAudio(new Int16Array(2400));
  outbox.addEvent({
    type: "session.update",
    session: { type: "realtime", audio: { input: { format: { type: "audio/pcm", rate: 16_000 } } } },
  });
  outbox.addAudio(new Int16Array(1600));
  drain(outbox);
  outbox.resume({ complete: true, inputMs: 150, lastEvent: "c_1" });
  expect(drain(outbox)).toEqual(["800"]);
});
