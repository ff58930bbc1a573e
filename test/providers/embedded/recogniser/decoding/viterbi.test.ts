import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bestPath,
  bestThrough,
  type Chain,
  type Network,
} from "../../../../../src/providers/embedded/recogniser/decoding/viterbi.ts";

/** A chain whose every state scores by its own row; staying and leaving are free. */
const chain = (from: number, to: number, rows: readonly (readonly number[])[], weight = 0): Chain => ({
  from,
  to,
  weight,
  emissions: rows.map((row) => Float32Array.from(row)),
  stay: rows.map(() => 0),
  leave: rows.map(() => 0),
});

/** Two words one after the other, the second of which may be another one or left out. */
const network = (frames: number, score: (word: number, frame: number) => number): Network => {
  const row = (word: number) => Array.from({ length: frames }, (_, t) => score(word, t));
  return {
    nodes: 4,
    chains: [chain(0, 1, [row(0)]), chain(1, 2, [row(1), row(2)]), chain(1, 2, [row(3)], -2)],
    jumps: [
      { from: 1, to: 2, weight: -5 },
      { from: 2, to: 3, weight: 0 },
    ],
  };
};

describe("the best way through a network", () => {
  test("changes word where the scores do", () => {
    const path = bestPath(
      network(6, (word, t) => (word === (t < 3 ? 0 : t < 5 ? 1 : 2) ? 0 : -10)),
      0,
      6,
    );
    expect(path?.score).toBe(0);
    expect(path?.steps.map(({ chain, start, end }) => [chain, start, end])).toEqual([
      [0, 0, 3],
      [1, 3, 6],
    ]);
    expect(path?.steps[1]?.states).toEqual([3, 5]);
  });

  test("leaves out what was not said, and finds nothing where the audio is too short", () => {
    const path = bestPath(
      network(4, (word) => (word === 0 ? 0 : -10)),
      0,
      4,
    );
    expect(path?.steps.map((step) => step.chain)).toEqual([0]);
    expect(path?.score).toBe(-5);
    expect(
      bestPath(
        network(4, () => 0),
        0,
        0,
      ),
    ).toBeUndefined();
  });

  test("the best through any chain or jump is never better than the best, which goes through its own chains", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: -20, max: 0 }), { minLength: 8, maxLength: 8 }), {
          minLength: 4,
          maxLength: 4,
        }),
        (scores) => {
          const net = network(8, (word, t) => (scores[word] as number[])[t] as number);
          const path = bestPath(net, 0, 8);
          const through = bestThrough(net, 0, 8);
          const all = [...through.chains, ...through.jumps];
          expect(Math.max(...all)).toBeCloseTo(path?.score as number, 6);
          for (const step of path?.steps ?? [])
            expect(through.chains[step.chain]).toBeCloseTo(path?.score as number, 6);
        },
      ),
    );
  });
});
