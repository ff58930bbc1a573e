/** Chunks on their way to the session under push to talk. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ChunkCoalescer } from "../../../src/server/realtime/chunk-coalescer.ts";

const chunkOf = (length: number, from: number) => Uint8Array.from({ length }, (_, i) => (from + i) & 255);

test("nothing is lost, doubled or reordered, and what waits is always less than a piece", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 60 }),
      fc.integer({ min: 0, max: 20 }),
      (lengths, pieceBytes) => {
        const passed: number[] = [];
        const gathering = new ChunkCoalescer((bytes) => passed.push(...bytes));
        gathering.pieceBytes = pieceBytes;
        let sent = 0;
        for (const length of lengths) {
          gathering.take(chunkOf(length, sent));
          sent += length;
          expect(sent - passed.length).toBeLessThan(Math.max(1, pieceBytes));
        }
        gathering.flush();
        expect(passed).toEqual([...chunkOf(sent, 0)]);
      },
    ),
    { seed: 11, numRuns: 200 },
  );
});

test("a piece keeps its memory to itself: neither a chunk written over nor the next piece changes it", () => {
  const passed: Uint8Array[] = [];
  const gathering = new ChunkCoalescer((bytes) => passed.push(bytes));
  gathering.pieceBytes = 4;
  const chunk = Uint8Array.of(1, 2);
  gathering.take(chunk);
  chunk.fill(9);
  gathering.take(Uint8Array.of(3, 4));
  gathering.take(Uint8Array.of(5, 6, 7));
  gathering.flush();
  expect(passed.map((piece) => [...piece])).toEqual([
    [1, 2, 3, 4],
    [5, 6, 7],
  ]);
});

test("pieces of another size follow full ones of the size before", () => {
  const passed: Uint8Array[] = [];
  const gathering = new ChunkCoalescer((bytes) => passed.push(bytes));
  for (const pieceBytes of [4, 8, 2]) {
    gathering.pieceBytes = pieceBytes;
    for (let at = 0; at < 8; at++) gathering.take(Uint8Array.of(at));
  }
  expect(passed.map((piece) => [...piece])).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [0, 1, 2, 3, 4, 5, 6, 7],
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 7],
  ]);
});
