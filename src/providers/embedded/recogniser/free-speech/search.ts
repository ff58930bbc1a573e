/**
 * Free speech: time-synchronous beam search over the network. A token is a node and a language-model context with the
 * scores of its three states; tokens of the same node and context are one.
 */
import { STATES } from "../acoustic/acoustic-model.ts";
import type { ScoringModel } from "../acoustic/senone-scores.ts";
import type { FrameScores } from "./frame-scores.ts";
import { type LanguageModel, SENTENCE_END } from "./language-model.ts";
import type { NetworkData } from "./search-network.ts";
import { NEVER, ROOM, Tokens, TokenTable, WIDTH } from "./token-table.ts";
import { type WordRecordColumns, WordRecords } from "./word-records.ts";

export interface SearchOptions {
  /** Weight of the language model against the sounds. */
  readonly languageWeight: number;
  /** Added for each word, nats. */
  readonly wordPenalty: number;
  /** Added for each pause and each noise, nats. */
  readonly pausePenalty: number;
  readonly noisePenalty: number;
  /** Distance from the best token at which one is dropped, nats. */
  readonly beam: number;
  /** The same for a word's end. */
  readonly wordBeam: number;
  /** Most tokens. */
  readonly mostTokens: number;
}

const SEARCH_DEFAULTS: SearchOptions = {
  languageWeight: 10,
  wordPenalty: Math.log(0.65),
  pausePenalty: Math.log(0.005),
  noisePenalty: Math.log(1e-8),
  beam: 110,
  wordBeam: 65,
  mostTokens: 4000,
};

const BINS = 256;

/** A search between two stretches of audio, to go on with on any thread. */
export interface SearchState {
  readonly frame: number;
  readonly offset: number;
  readonly node: Int32Array;
  readonly context: Int32Array;
  readonly score: Float32Array;
  readonly back: Int32Array;
  readonly records: WordRecordColumns;
}

export class Search {
  records = new WordRecords();
  readonly #network: NetworkData;
  readonly #language: LanguageModel;
  readonly #options: SearchOptions;
  readonly #stay: Float32Array;
  readonly #leave: Float32Array;
  #now = new Tokens();
  #next = new Tokens();
  /** Best score of each token's states. */
  readonly #best = new Float32Array(ROOM);
  readonly #table = new TokenTable();
  /** Frames searched. */
  frame = 0;
  /** Sum taken off all scores so far, nats. */
  #offset = 0;
  #threshold = NEVER;

  constructor(
    model: Pick<ScoringModel, "stay" | "leave">,
    network: NetworkData,
    language: LanguageModel,
    options: SearchOptions = SEARCH_DEFAULTS,
  ) {
    this.#network = network;
    this.#language = language;
    this.#options = options;
    this.#stay = model.stay;
    this.#leave = model.leave;
  }

  /** Begins an utterance, or goes on with one. */
  begin(state?: SearchState): void {
    this.frame = state?.frame ?? 0;
    this.#offset = state?.offset ?? 0;
    this.#threshold = NEVER;
    this.records = new WordRecords(state?.records);
    this.#table.clear(this.#next);
    if (!state) {
      const start = this.records.add(-1, -1, 0, 0);
      this.#enterFillers(this.#language.start, 0, start);
      this.#enterAfterPause(this.#language.start, 0, start);
      return this.#swap();
    }
    this.#now.count = state.node.length;
    this.#now.node.set(state.node);
    this.#now.context.set(state.context);
    this.#now.score.set(state.score);
    this.#now.back.set(state.back);
  }

  /** State that another thread needs to go on. */
  suspend(): SearchState {
    const { count, node, context, score, back } = this.#now;
    return {
      frame: this.frame,
      offset: this.#offset,
      node: node.slice(0, count),
      context: context.slice(0, count),
      score: score.slice(0, count * WIDTH),
      back: back.slice(0, count * WIDTH),
      records: this.records.columns(),
    };
  }

  /** Searches one frame. */
  advance(scores: FrameScores): void {
    const best = this.#evaluate(scores);
    this.frame++;
    this.#offset += best;
    this.#prune(best);
    this.#propagate();
    this.#swap();
  }

  #swap(): void {
    [this.#now, this.#next] = [this.#next, this.#now];
    this.#table.clear(this.#next);
  }

  /** Moves all tokens on by a frame. Returns the best score. */
  #evaluate(scores: FrameScores): number {
    const { node, score, back, count } = this.#now;
    const { senones, phone } = this.#network;
    const [stay, leave, bestOf] = [this.#stay, this.#leave, this.#best];
    let best = NEVER;
    for (let i = 0; i < count; i++) {
      const n = node[i]!;
      const at = i * WIDTH;
      const p = phone[n]! * STATES;
      let most = NEVER;
      for (let s = STATES; s >= 1; s--) {
        const stayed = score[at + s]! + stay[p + s - 1]!;
        // The entry, state 0, has no way of its own to pay for.
        const moved = s === 1 ? score[at]! : score[at + s - 1]! + leave[p + s - 2]!;
        let value = stayed;
        if (moved > stayed) {
          value = moved;
          back[at + s] = back[at + s - 1]!;
        }
        value = value <= NEVER ? NEVER : value + scores.of(senones[n * STATES + s - 1]!);
        score[at + s] = value;
        if (value > most) most = value;
      }
      score[at] = NEVER;
      bestOf[i] = most;
      if (most > best) best = most;
    }
    return best;
  }

  /** Sets the score below which tokens are dropped, and takes `best` off all scores. */
  #prune(best: number): void {
    const { beam, mostTokens } = this.#options;
    const { count, score } = this.#now;
    const bestOf = this.#best;
    for (let i = 0; i < count; i++) bestOf[i]! -= best;
    for (let i = 0; i < count * WIDTH; i++) score[i]! -= best;
    this.#threshold = -beam;
    if (count <= mostTokens) return;
    const bins = new Int32Array(BINS + 1);
    for (let i = 0; i < count; i++) {
      const bin = Math.floor((-bestOf[i]! / beam) * BINS);
      if (bin < BINS) bins[bin]!++;
    }
    let sum = 0;
    for (let bin = 0; bin < BINS; bin++) {
      sum += bins[bin]!;
      if (sum < mostTokens) continue;
      this.#threshold = -((bin + 1) / BINS) * beam;
      return;
    }
  }

  #propagate(): void {
    const { count, node, context, score, back } = this.#now;
    const next = this.#next;
    const threshold = this.#threshold;
    for (let i = 0; i < count; i++) {
      if (this.#best[i]! < threshold) continue;
      const to = this.#table.at(node[i]!, context[i]!);
      const [a, b] = [to * WIDTH, i * WIDTH];
      for (let s = 1; s <= STATES; s++) {
        next.score[a + s] = score[b + s]!;
        next.back[a + s] = back[b + s]!;
      }
    }
    for (let i = 0; i < count; i++) {
      if (this.#best[i]! < threshold) continue;
      const n = node[i]!;
      const at = i * WIDTH + STATES;
      const exit = score[at]! + this.#leave[this.#network.phone[n]! * STATES + STATES - 1]!;
      if (exit < threshold) continue;
      if (n < this.#network.lastNodes)
        this.#follow(
          this.#network.branch[n]!,
          context[i]!,
          exit,
          back[at]!,
          this.#network.lookahead[this.#network.branch[n]!]!,
        );
      else this.#endWord(n, context[i]!, exit, back[at]!);
    }
  }

  /** Goes on into a branch; `ahead`: what the score holds of the words to come, nats. */
  #follow(branch: number, context: number, score: number, back: number, ahead: number): void {
    const { firstNode, node, lookahead, branch: branchOf } = this.#network;
    const { languageWeight } = this.#options;
    const threshold = this.#threshold;
    for (let k = firstNode[branch]!; k < firstNode[branch + 1]!; k++) {
      const n = node[k]!;
      const value = score + languageWeight * (lookahead[branchOf[n]!]! - ahead);
      if (value >= threshold) this.#table.enter(n, context, value, back);
    }
    this.#decideWords(branch, context, score - languageWeight * ahead, back);
  }

  /** The words that the next phone ends. `score`: without what was looked ahead. */
  #decideWords(branch: number, context: number, score: number, back: number): void {
    const { firstWord, word, ending, firstLast, last } = this.#network;
    const { languageWeight, wordPenalty, wordBeam } = this.#options;
    const language = this.#language;
    const threshold = Math.max(this.#threshold, -wordBeam);
    for (let k = firstWord[branch]!; k < firstWord[branch + 1]!; k++) {
      const w = word[k]!;
      const gain = languageWeight * language.score(context, w) + wordPenalty;
      const value = score + gain;
      if (value < threshold) continue;
      const record = this.records.add(w, back, this.frame, value + this.#offset);
      const e = ending[k]!;
      for (let j = firstLast[e]!; j < firstLast[e + 1]!; j++)
        this.#table.enter(last[j]!, language.next, value, record);
    }
  }

  #endWord(n: number, context: number, score: number, back: number): void {
    const { lastNodes, fillers, firstEntry, entry, pauses } = this.#network;
    if (score < -this.#options.wordBeam) return;
    const record = this.records.add(-1, back, this.frame, score + this.#offset);
    if (n >= fillers) {
      this.#enterFillers(context, score, record);
      this.#enterAfterPause(context, score, record);
      return;
    }
    const l = n - lastNodes;
    for (let k = firstEntry[l]!; k < firstEntry[l + 1]!; k++)
      this.#follow(entry[k]!, context, score, record, 0);
    if (pauses[l]) this.#enterFillers(context, score, record);
  }

  #enterFillers(context: number, score: number, back: number): void {
    const { fillers, phone } = this.#network;
    const { pausePenalty, noisePenalty } = this.#options;
    for (let n = fillers; n < phone.length; n++)
      this.#table.enter(n, context, score + (n === fillers ? pausePenalty : noisePenalty), back);
  }

  #enterAfterPause(context: number, score: number, back: number): void {
    for (const branch of this.#network.afterPause) this.#follow(branch, context, score, back, 0);
  }

  /** Record of the best path's end: one at a word's end if there is any. */
  bestEnd(): number {
    const { count, node, context, score, back } = this.#now;
    const { lastNodes, fillers, pauses } = this.#network;
    let [best, record, whole] = [Number.NEGATIVE_INFINITY, -1, false];
    for (let i = 0; i < count; i++) {
      const n = node[i]!;
      const ends = n >= fillers || (n >= lastNodes && pauses[n - lastNodes] === 1);
      for (let s = ends ? STATES : 1; s <= STATES; s++) {
        const at = i * WIDTH + s;
        if (score[at]! <= NEVER) continue;
        const value =
          score[at]! +
          (ends ? this.#options.languageWeight * this.#language.score(context[i]!, SENTENCE_END) : 0);
        if (whole && !ends) continue;
        if (value <= best && whole === ends) continue;
        [best, record, whole] = [value, back[at]!, ends];
      }
    }
    return record;
  }
}
