/**
 * Free speech: the network that is searched, a prefix tree of the words' phones in context. Context reaches over word
 * boundaries: a word's first phone stands in a node for each kind of phone before it, its last one for each kind of phone
 * after it. Last phones are shared by all words that end alike; which word it is, is decided on the way into them.
 */
import { type AcousticModel, STATES, WORD_INTERNAL, wordPosition } from "../acoustic/acoustic-model.ts";
import type { Pronunciation } from "../lexicon/lexicon.ts";
import { shared } from "./language-model.ts";

/**
 * The network's data, over shared memory. A node is a phone in context; a branch is where nodes lead to: further nodes, and
 * words that end with the next phone.
 */
export interface NetworkData {
  /** [node][state] */
  readonly senones: Uint16Array;
  readonly phone: Uint8Array;
  /** Branch that follows a node; of a last phone or a filler, -1. */
  readonly branch: Int32Array;
  /** Nodes from `lastNodes` up are last phones; those from `fillers` up are silence and noises. */
  readonly lastNodes: number;
  readonly fillers: number;
  /** By branch: its nodes, and the words that end after it with the last phones they end in. */
  readonly firstNode: Uint32Array;
  readonly node: Uint32Array;
  readonly firstWord: Uint32Array;
  readonly word: Uint16Array;
  readonly ending: Uint16Array;
  /** By branch: log probability of the likeliest word behind it, nats. */
  readonly lookahead: Float32Array;
  /** By ending: the nodes of its last phone. */
  readonly firstLast: Uint32Array;
  readonly last: Uint32Array;
  /** By last phone, counted from `lastNodes`: branches that may follow it. */
  readonly firstEntry: Uint32Array;
  readonly entry: Uint32Array;
  /** By last phone: 1 where a pause may follow it. */
  readonly pauses: Uint8Array;
  /** Branches that follow a pause. */
  readonly afterPause: Uint32Array;
}

export interface SpokenWord {
  /** Number in the language model. */
  readonly word: number;
  /** Log probability alone, nats. */
  readonly logP: number;
  readonly pronunciations: readonly Pronunciation[];
}

interface Branch {
  readonly nodes: number[];
  readonly children: Map<string, { node: number; branch: number }>;
  readonly words: { word: number; ending: number; logP: number }[];
}

interface Node {
  readonly senones: readonly number[];
  readonly phone: number;
  readonly branch: number;
}

/** Phones that stand for silence and noises. */
const FILLERS = ["SIL", "+NSN+", "+SPN+"];

/** Builds the network of a vocabulary; takes about a second. */
export function buildNetwork(model: AcousticModel, vocabulary: readonly SpokenWord[]): NetworkData {
  return new NetworkBuilder(model).build(vocabulary);
}

class NetworkBuilder {
  readonly #model: AcousticModel;
  readonly #branches: Branch[] = [];
  readonly #inner: Node[] = [];
  /** Branch behind a word's first two phones. */
  readonly #pairs = new Map<number, number>();
  /** Branch at a word's beginning: [phone before, first phone]. */
  readonly #entries = new Map<number, number>();
  readonly #endings = new Map<string, number>();
  readonly #endingNodes: { nodes: { senones: readonly number[]; rights: number[] }[]; phone: number }[] = [];
  readonly #speech: readonly number[];

  constructor(model: AcousticModel) {
    this.#model = model;
    this.#speech = model.phones.flatMap((name, id) => (FILLERS.includes(name) ? [] : [id]));
  }

  build(vocabulary: readonly SpokenWord[]): NetworkData {
    for (const { word, logP, pronunciations } of vocabulary)
      for (const phones of pronunciations) {
        const ids = phones.map((phone) => this.#model.phoneId.get(phone) ?? -1);
        if (!ids.includes(-1) && ids.length > 0) this.#addWord(word, logP, ids);
      }
    this.#addEntries();
    return this.#pack();
  }

  #addWord(word: number, logP: number, phones: readonly number[]): void {
    const last = phones.at(-1)!;
    if (phones.length === 1) {
      for (const left of this.#contexts())
        this.#branches[this.#entry(left, last)]!.words.push({
          word,
          ending: this.#ending(left, last, 1),
          logP,
        });
      return;
    }
    let branch = this.#pair(phones[0]!, phones[1]!);
    for (let i = 1; i < phones.length - 1; i++)
      branch = this.#child(branch, phones[i]!, phones[i - 1]!, phones[i + 1]!);
    const ending = this.#ending(phones.at(-2)!, last, 2);
    const { words } = this.#branches[branch]!;
    if (!words.some((other) => other.word === word && other.ending === ending))
      words.push({ word, ending, logP });
  }

  /** Phones that a word may begin after, or end before. */
  #contexts(): readonly number[] {
    return [this.#model.silence, ...this.#speech];
  }

  #newBranch(): number {
    return this.#branches.push({ nodes: [], children: new Map(), words: [] }) - 1;
  }

  #pair(first: number, second: number): number {
    const key = first * 256 + second;
    const known = this.#pairs.get(key);
    if (known !== undefined) return known;
    const branch = this.#newBranch();
    this.#pairs.set(key, branch);
    return branch;
  }

  #entry(left: number, first: number): number {
    const key = left * 256 + first;
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const branch = this.#newBranch();
    this.#entries.set(key, branch);
    return branch;
  }

  /** The branch behind an inner phone; phones that sound the same with different ones after them are one node. */
  #child(from: number, phone: number, left: number, right: number): number {
    const senones = this.#model.senonesOf(phone, left, right, WORD_INTERNAL);
    const { children, nodes } = this.#branches[from]!;
    const key = `${phone} ${senones}`;
    const known = children.get(key);
    if (known) return known.branch;
    const branch = this.#newBranch();
    const node = this.#inner.push({ senones, phone, branch }) - 1;
    children.set(key, { node, branch });
    nodes.push(node);
    return branch;
  }

  /** The last phone of a word of `length` phones after `left`: a node for each kind of phone that may follow. */
  #ending(left: number, phone: number, length: 1 | 2): number {
    const key = `${left} ${phone} ${length}`;
    const known = this.#endings.get(key);
    if (known !== undefined) return known;
    const nodes = new Map<string, { senones: readonly number[]; rights: number[] }>();
    for (const right of this.#contexts()) {
      const senones = this.#model.senonesOf(phone, left, right, wordPosition(length - 1, length));
      const same = nodes.get(String(senones));
      if (same) same.rights.push(right);
      else nodes.set(String(senones), { senones, rights: [right] });
    }
    const ending = this.#endingNodes.push({ nodes: [...nodes.values()], phone }) - 1;
    this.#endings.set(key, ending);
    return ending;
  }

  /** First phones: of each pair of phones that a word begins with, a node for each kind of phone before it. */
  #addEntries(): void {
    const known = new Map<string, number>();
    for (const [pair, branch] of this.#pairs) {
      const [first, second] = [pair >> 8, pair & 255];
      for (const left of this.#contexts()) {
        const senones = this.#model.senonesOf(first, left, second, wordPosition(0, 2));
        const key = `${pair} ${senones}`;
        let node = known.get(key);
        if (node === undefined) {
          node = this.#inner.push({ senones, phone: first, branch }) - 1;
          known.set(key, node);
        }
        this.#branches[this.#entry(left, first)]!.nodes.push(node);
      }
    }
  }

  #pack(): NetworkData {
    const nodes: Node[] = [...this.#inner];
    const lastNodes = nodes.length;
    const lastPhones: { rights: readonly number[]; phone: number }[] = [];
    const last = this.#endingNodes.map((ending) =>
      ending.nodes.map(({ senones, rights }) => {
        lastPhones.push({ rights, phone: ending.phone });
        return nodes.push({ senones, phone: ending.phone, branch: -1 }) - 1;
      }),
    );
    const fillers = nodes.length;
    for (const name of FILLERS) {
      const phone = this.#model.phoneId.get(name);
      if (phone === undefined) continue;
      nodes.push({ senones: this.#model.senonesOf(phone, phone, phone, WORD_INTERNAL), phone, branch: -1 });
    }
    const entriesAfter = (left: number, rights: readonly number[]) =>
      rights.flatMap((right) => this.#entries.get(left * 256 + right) ?? []);
    const { silence } = this.#model;
    const branchNodes = lists(this.#branches.map((branch) => branch.nodes));
    const branchWords = lists(this.#branches.map(({ words }) => words.map(({ word }) => word)));
    const endings = lists(this.#branches.map(({ words }) => words.map(({ ending }) => ending)));
    const lasts = lists(last);
    const entries = lists(lastPhones.map(({ phone, rights }) => entriesAfter(phone, rights)));
    return {
      senones: share(
        Uint16Array,
        nodes.flatMap(({ senones }) => [...senones].slice(0, STATES)),
      ),
      phone: share(
        Uint8Array,
        nodes.map(({ phone }) => phone),
      ),
      branch: share(
        Int32Array,
        nodes.map(({ branch }) => branch),
      ),
      lastNodes,
      fillers,
      firstNode: branchNodes.first,
      node: branchNodes.items,
      firstWord: branchWords.first,
      word: share(Uint16Array, branchWords.items),
      ending: share(Uint16Array, endings.items),
      lookahead: share(Float32Array, this.#lookahead(nodes)),
      firstLast: lasts.first,
      last: lasts.items,
      firstEntry: entries.first,
      entry: entries.items,
      pauses: share(
        Uint8Array,
        lastPhones.map(({ rights }) => (rights.includes(silence) ? 1 : 0)),
      ),
      afterPause: share(Uint32Array, entriesAfter(silence, this.#speech)),
    };
  }

  /** Log probability of the likeliest word behind each branch; branches come before those they lead to, entries apart. */
  #lookahead(nodes: readonly Node[]): number[] {
    const known = new Array<number | undefined>(this.#branches.length);
    const of = (branch: number): number => {
      let best = known[branch];
      if (best !== undefined) return best;
      best = -Infinity;
      for (const { logP } of this.#branches[branch]!.words) best = Math.max(best, logP);
      for (const node of this.#branches[branch]!.nodes) best = Math.max(best, of(nodes[node]!.branch));
      known[branch] = best;
      return best;
    };
    return this.#branches.map((_, branch) => of(branch));
  }
}

type NumberArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array;

/** A copy of the values in shared memory. */
function share<Kind extends NumberArray>(
  kind: { new (buffer: SharedArrayBuffer, offset: number, length: number): Kind; BYTES_PER_ELEMENT: number },
  values: ArrayLike<number>,
): Kind {
  const copy = new kind(shared(values.length * kind.BYTES_PER_ELEMENT), 0, values.length);
  for (let i = 0; i < values.length; i++) copy[i] = values[i]!;
  return copy;
}

/** Lists, one behind the other, and where each begins. */
function lists(all: readonly (readonly number[])[]): { first: Uint32Array; items: Uint32Array } {
  const first = new Uint32Array(shared(4 * (all.length + 1)), 0, all.length + 1);
  for (let i = 0; i < all.length; i++) first[i + 1] = first[i]! + all[i]!.length;
  return { first, items: share(Uint32Array, all.flat()) };
}
