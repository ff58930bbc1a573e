/**
 * Free speech: what the search remembers of words and where they end, to be traced back. A record stands for a word that
 * was decided on, or for the end of a word, pause or noise.
 */

/** Records in columns, the first `count` of which are in use. */
export interface WordRecordColumns {
  readonly count: number;
  /** Word that was decided on; -1: a word, pause or noise ended here. */
  readonly word: Int32Array;
  /** Record before; -1: the beginning. */
  readonly back: Int32Array;
  /** Frames before the record. */
  readonly frame: Int32Array;
  /** Score of the best path up to here, nats. */
  readonly score: Float64Array;
}

/** Room for records at first; doubles when full. */
const ROOM = 1 << 14;

/** Grows without bound; a record is named by its index, from 0. */
export class WordRecords implements WordRecordColumns {
  count: number;
  word: Int32Array;
  back: Int32Array;
  frame: Int32Array;
  score: Float64Array;

  /** Goes on from records that were kept; their arrays are used on. */
  constructor(kept?: WordRecordColumns) {
    this.count = kept?.count ?? 0;
    this.word = kept?.word ?? new Int32Array(ROOM);
    this.back = kept?.back ?? new Int32Array(ROOM);
    this.frame = kept?.frame ?? new Int32Array(ROOM);
    this.score = kept?.score ?? new Float64Array(ROOM);
  }

  add(word: number, back: number, frame: number, score: number): number {
    if (this.count === this.word.length) this.#grow();
    const at = this.count++;
    this.word[at] = word;
    this.back[at] = back;
    this.frame[at] = frame;
    this.score[at] = score;
    return at;
  }

  /** The records without what makes them grow. */
  columns(): WordRecordColumns {
    const { count, word, back, frame, score } = this;
    return { count, word, back, frame, score };
  }

  #grow(): void {
    this.word = grown(this.word);
    this.back = grown(this.back);
    this.frame = grown(this.frame);
    this.score = grown(this.score);
  }
}

function grown<Kind extends Int32Array | Float64Array>(column: Kind): Kind {
  const longer = new (column.constructor as new (length: number) => Kind)(column.length * 2);
  longer.set(column);
  return longer;
}
