import fc from "fast-check";
import { expect, test } from "vitest";
import { Inbox } from "../../src/client/inbox.ts";
import type { ServerEvent } from "../../src/protocol/server-events.ts";
import type { OutgoingAudio } from "../../src/session/link.ts";
import {
  type AudioPosition,
  type OutboundMessage,
  ReplayBuffer,
} from "../../src/session/outbound/replay-buffer.ts";

const event = (id: number, type = "kuku.latency", fields: object = {}): ServerEvent =>
  ({ type, event_id: `event_${String(id).padStart(6, "0")}`, ...fields }) as unknown as ServerEvent;

/** A session's output: responses of a few events and frames each. */
const script = fc.array(fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 6 }), {
  minLength: 1,
  maxLength: 5,
});

function outputOf(responses: readonly (readonly number[])[]): OutboundMessage[] {
  let ids = 0;
  let value = 0;
  return responses.flatMap((frames, index): OutboundMessage[] => {
    const responseId = `resp_${index + 1}`;
    let startSample = 0;
    const told = frames.flatMap((samples): OutboundMessage[] => {
      const pcm = Int16Array.from({ length: samples }, () => ++value % 30_000);
      const bytes = new Uint8Array(pcm.buffer);
      const audio = { responseId, responseNumber: index + 1, startSample, samples, rate: 24_000, bytes };
      startSample += samples;
      return [
        { type: "audio", audio: audio as unknown as OutgoingAudio },
        { type: "event", event: event(++ids) },
      ];
    });
    const created = event(++ids, "response.created", { response: { id: responseId } });
    return [{ type: "event", event: created }, ...told];
  });
}

const pcmOf = ({ bytes }: OutgoingAudio) => new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);

function client() {
  const inbox = new Inbox();
  const ids: string[] = [];
  const samples: number[] = [];
  return {
    inbox,
    ids,
    samples,
    take(sent: OutboundMessage) {
      if (sent.type === "event") {
        if (inbox.event(sent.event)) ids.push(sent.event.event_id);
        return;
      }
      const { responseNumber, startSample } = sent.audio;
      const piece = inbox.audio({ responseNumber, startSample, pcm: pcmOf(sent.audio) });
      if (piece) samples.push(...piece.pcm);
    },
  };
}

/** Reads what a client says it has, as the server's door does. */
function seenOf(query: Record<string, string>): [string, AudioPosition | undefined] {
  const [number, sample] = query.audio_from?.split(":").map(Number) ?? [];
  const from = number === undefined ? undefined : { responseNumber: number, sample: sample ?? 0 };
  return [query.last_event ?? "", from];
}

test("cut anywhere, as often as may be, a client takes every event and sample once and in order", () => {
  fc.assert(
    fc.property(script, fc.array(fc.nat({ max: 60 }), { maxLength: 4 }), (responses, cuts) => {
      const output = outputOf(responses);
      const retained = new ReplayBuffer();
      for (const sent of output) retained.add(sent, true);
      const { inbox, ids, samples, take } = client();
      let stream = output;
      let returns = 0;
      for (const cut of cuts) {
        for (const sent of stream.slice(0, cut)) take(sent);
        const missed = retained.since(...seenOf(inbox.seen()));
        expect(missed).toBeDefined();
        // What the connection says itself, before what was missed; told again, it is dropped.
        const own = [
          event(++returns + 900_000, "kuku.resumed", { complete: true }),
          event(returns + 910_000, "session.updated"),
        ];
        stream = [...own.map((each): OutboundMessage => ({ type: "event", event: each })), ...(missed ?? [])];
      }
      for (const sent of stream) take(sent);
      const events = output.flatMap((sent) => (sent.type === "event" ? [sent.event.event_id] : []));
      expect(ids.filter((id) => id < "event_900000")).toEqual(events);
      expect(samples).toEqual(
        output.flatMap((sent) => (sent.type === "audio" ? [...pcmOf(sent.audio)] : [])),
      );
    }),
    { numRuns: 300 },
  );
});

test("frames that are cut differently the second time are taken from the first new sample on", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 0, max: 500 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 }),
      (first, from, sizes) => {
        const { inbox } = client();
        const at = (startSample: number, length: number) =>
          Array.from({ length }, (_, i) => (startSample + i) % 30_000);
        const take = (startSample: number, length: number) => {
          const pcm = Int16Array.from(at(startSample, length));
          const piece = inbox.audio({ responseNumber: 1, startSample, pcm });
          if (!piece) return [];
          expect(piece.pcm[0]).toBe(piece.startSample);
          return [...piece.pcm];
        };
        const samples = take(0, first);
        let next = Math.min(from, first);
        for (const size of sizes) {
          samples.push(...take(next, size));
          next += size;
        }
        expect(samples).toEqual(at(0, Math.max(first, next)));
      },
    ),
  );
});

test("an error that comes again with what was missed is told once", () => {
  const { inbox, ids, take } = client();
  const error = event(2, "error", { error: {} });
  for (const each of [event(1), error]) take({ type: "event", event: each });
  expect(inbox.seen()).toEqual({ last_event: "event_000001" });
  take({ type: "event", event: error });
  take({ type: "event", event: event(3) });
  expect(ids).toEqual(["event_000001", "event_000002", "event_000003"]);
});

test("responses are counted on where another server counts anew", () => {
  const { inbox, take } = client();
  const created = (id: number) => event(id, "response.created", { response: { id: `resp_${id}` } });
  const pcm = new Int16Array(10);
  for (const id of [1, 2]) take({ type: "event", event: created(id) });
  expect(inbox.audio({ responseNumber: 2, startSample: 0, pcm })?.responseNumber).toBe(2);
  expect(inbox.seen()).toEqual({ last_event: "event_000002", audio_from: "2:10" });
  take({ type: "event", event: event(3, "kuku.resumed", { complete: false }) });
  expect(inbox.seen()).toEqual({});
  take({ type: "event", event: created(4) });
  expect(inbox.audio({ responseNumber: 2, startSample: 0, pcm })?.responseNumber).toBe(3);
  expect(inbox.seen()).toEqual({ last_event: "event_000004", audio_from: "2:10" });
});
