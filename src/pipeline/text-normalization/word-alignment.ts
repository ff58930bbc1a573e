/** Laying the words that were heard over a text, where both may be read in several ways. */
import type { SpokenToken } from "./spoken-words.ts";

/** One word of one side, beside its counterpart on the other. An index is that of the word's token. */
export interface AlignedPair {
  readonly expected?: { readonly word: string; readonly token: number };
  readonly heard?: { readonly word: string; readonly token: number };
}

/** Nodes of a lattice; in a text that would have more only the usual reading of each token counts. */
const MOST_NODES = 1500;

interface Edge {
  readonly to: number;
  readonly word: string;
  readonly token: number;
}
/** By node, the words that may come next; node 0 is the start, the last one the end. */
type Lattice = readonly (readonly Edge[])[];

/**
 * The alignment with the fewest edits (Levenshtein over words, where a word costs a little less to replace by one spelt
 * alike, so that "box" stands for "fox" and not for "brown"), over every way to read either side.
 */
export function alignWords(expected: readonly SpokenToken[], heard: readonly SpokenToken[]): AlignedPair[] {
  const [rows, columns] = [latticeOf(expected), latticeOf(heard)];
  const swap = replacementCosts();
  const cost = alignmentCosts(rows, columns, swap);
  const pairs: AlignedPair[] = [];
  let [i, j] = [0, 0];
  for (;;) {
    const here = cost(i, j);
    const [outs, ins] = [rows[i] as readonly Edge[], columns[j] as readonly Edge[]];
    if (outs.length === 0 && ins.length === 0) return pairs;
    const both = outs
      .flatMap((out) => ins.map((into) => [out, into] as const))
      .find(([out, into]) => here === cost(out.to, into.to) + swap(out.word, into.word));
    const omitted = both ? undefined : outs.find((out) => here === cost(out.to, j) + 1);
    const inserted = both || omitted ? undefined : ins.find((into) => here === cost(i, into.to) + 1);
    const [out, into] = both ?? [omitted, inserted];
    if (out) i = out.to;
    if (into) j = into.to;
    pairs.push({ expected: out, heard: into });
  }
}

function latticeOf(tokens: readonly SpokenToken[]): Lattice {
  const whole = buildLattice(tokens);
  if (whole.length <= MOST_NODES) return whole;
  return buildLattice(tokens.map(({ written, readings }) => ({ written, readings: readings.slice(0, 1) })));
}

function buildLattice(tokens: readonly SpokenToken[]): Lattice {
  const edges: Edge[][] = [[]];
  tokens.forEach(({ readings }, token) => {
    const begin = edges.length - 1;
    const done = edges.length + readings.reduce((sum, words) => sum + words.length - 1, 0);
    for (const words of readings) {
      let from = begin;
      words.forEach((word, at) => {
        const to = at === words.length - 1 ? done : edges.push([]) - 1;
        (edges[from] as Edge[]).push({ to, word, token });
        from = to;
      });
    }
    edges.push([]);
  });
  return edges;
}

/** The least cost from node i of `rows` and node j of `columns` to both ends; leaving out or adding a word costs 1. */
function alignmentCosts(
  rows: Lattice,
  columns: Lattice,
  swap: (a: string, b: string) => number,
): (i: number, j: number) => number {
  const width = columns.length;
  const costs = new Float64Array(rows.length * width).fill(Number.POSITIVE_INFINITY);
  const at = (i: number, j: number) => costs[i * width + j] as number;
  costs[costs.length - 1] = 0;
  for (let i = rows.length - 1; i >= 0; i--) {
    for (let j = width - 1; j >= 0; j--) {
      let least = at(i, j);
      for (const out of rows[i] as readonly Edge[]) {
        least = Math.min(least, at(out.to, j) + 1);
        for (const into of columns[j] as readonly Edge[])
          least = Math.min(least, at(out.to, into.to) + swap(out.word, into.word));
      }
      for (const into of columns[j] as readonly Edge[]) least = Math.min(least, at(i, into.to) + 1);
      costs[i * width + j] = least;
    }
  }
  return at;
}

/** 0 for the same word, else 1 to 1.25 by how many letters differ. */
function replacementCosts(): (a: string, b: string) => number {
  const known = new Map<string, number>();
  return (a, b) => {
    if (a === b) return 0;
    const key = `${a} ${b}`;
    let cost = known.get(key);
    if (cost === undefined) {
      cost = 1 + (0.25 * letterEdits(a, b)) / Math.max(a.length, b.length);
      known.set(key, cost);
    }
    return cost;
  };
}

function letterEdits(a: string, b: string): number {
  const letters = (word: string): Lattice => [
    ...[...word].map((letter, at) => [{ to: at + 1, word: letter, token: 0 }]),
    [],
  ];
  return alignmentCosts(letters(a), letters(b), (x, y) => (x === y ? 0 : 1))(0, 0);
}
