/** Free speech: the tokens of a frame, found by their place in the network and their language-model context. */
import { STATES } from "../acoustic/acoustic-model.ts";

/** Score of what cannot be, nats. */
export const NEVER = -1e30;
/** Scores of a token: that of the way into it, then those of its states. */
export const WIDTH = STATES + 1;
/** Most tokens of a frame, those about to be dropped included. */
export const ROOM = 1 << 15;
/** Slots of the table; a power of two. */
const SLOTS = 1 << 16;

/** Tokens in columns. */
export class Tokens {
  count = 0;
  readonly node = new Int32Array(ROOM);
  readonly context = new Int32Array(ROOM);
  /** [token][entry, then the states] */
  readonly score = new Float32Array(ROOM * WIDTH);
  /** Record behind each score. */
  readonly back = new Int32Array(ROOM * WIDTH);
}

/** Finds tokens by hashing; what was in it is forgotten, not cleared, with each frame. */
export class TokenTable {
  readonly #slot = new Int32Array(SLOTS);
  /** Frame, of all frames that this object ever served, in which a slot was taken. */
  readonly #taken = new Int32Array(SLOTS);
  #frame = 0;
  #tokens = new Tokens();

  /** Goes on with no tokens, which will be made in `tokens`. */
  clear(tokens: Tokens): void {
    tokens.count = 0;
    this.#tokens = tokens;
    this.#frame++;
  }

  /** The token of a node and context, made where there is none. */
  at(node: number, context: number): number {
    const tokens = this.#tokens;
    let slot = (Math.imul(node, 0x9e3779b1) ^ Math.imul(context, 0x85ebca6b)) >>> 16;
    while (this.#taken[slot] === this.#frame) {
      const token = this.#slot[slot]!;
      if (tokens.node[token] === node && tokens.context[token] === context) return token;
      slot = (slot + 1) & (SLOTS - 1);
    }
    // With no room left the last token gives way.
    const token = tokens.count < ROOM - 1 ? tokens.count++ : ROOM - 1;
    this.#slot[slot] = token;
    this.#taken[slot] = this.#frame;
    tokens.node[token] = node;
    tokens.context[token] = context;
    tokens.score.fill(NEVER, token * WIDTH, (token + 1) * WIDTH);
    return token;
  }

  /** Lets a path into a token, if it is better than those that came before. */
  enter(node: number, context: number, score: number, back: number): void {
    const entry = this.at(node, context) * WIDTH;
    if (this.#tokens.score[entry]! >= score) return;
    this.#tokens.score[entry] = score;
    this.#tokens.back[entry] = back;
  }
}
