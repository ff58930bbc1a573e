/** From the model's deltas to what can be spoken: each sentence as soon as it is whole, the first clause even sooner. */
import { primaryLanguage } from "../../lib/language.ts";
import { type Cut, findCut, isWhole } from "./sentence-cuts.ts";
import { type SpokenText, spokenText } from "./spoken-text.ts";

/** A speakable part of a reply: at most 250 UTF-16 units and the closing marks behind them (16). */
export interface Piece {
  /** The exact slice of the reply; all of them joined are the reply. White space before a sentence is part of it. */
  readonly text: string;
  /** The words for the voice: no markup, no emoji; "" if there is nothing to say. */
  readonly spoken: string;
}

export interface SentenceOptions {
  /** BCP 47; decides about abbreviations and ordinals. Default `en`. */
  readonly language?: string;
}

/** Cuts a text that comes bit by bit; how it is cut into deltas never changes the pieces. */
export interface SentenceSplitter {
  /** The pieces that this delta completes. */
  push(delta: string): Piece[];
  /** Whether the end of a sentence may have come: what follows will tell. */
  readonly undecided: boolean;
  /**
   * The sentences that are whole if no more text comes, words behind them left out. `mayGoOn`: more may come after all,
   * so that a stop behind a figure is no end ("2." may become "2.5").
   */
  finished(mayGoOn: boolean): Piece[];
  /** The text has ended: the pieces still missing. What is pushed next begins a new text of the same reply. */
  end(): Piece[];
}

/** Makes a splitter for one reply. */
export function sentenceSplitter(options: SentenceOptions = {}): SentenceSplitter {
  const language = primaryLanguage(options.language ?? "en");
  const speak: SpokenText = spokenText();
  let waiting = "";
  let from = 0;
  let early = true;

  const take = (length: number): Piece => {
    const text = waiting.slice(0, length);
    waiting = waiting.slice(length);
    from = 0;
    const spoken = speak(text);
    if (spoken !== "") early = false;
    return { text, spoken };
  };
  const cutAll = (ended: boolean): Piece[] => {
    const pieces: Piece[] = [];
    while (waiting !== "") {
      const found: Cut = findCut(waiting, from, ended, { early, language });
      if ("cut" in found) pieces.push(take(found.cut));
      else if (ended) pieces.push(take(waiting.length));
      else {
        from = found.resume;
        break;
      }
    }
    return pieces;
  };
  return {
    push(delta) {
      waiting += delta;
      return cutAll(false);
    },
    get undecided() {
      return from < waiting.length;
    },
    finished(mayGoOn) {
      const pieces: Piece[] = [];
      for (;;) {
        const found = findCut(waiting, from, true, { early: false, language });
        if (!("cut" in found)) return pieces;
        if (!isWhole(waiting.slice(0, found.cut), mayGoOn, language)) return pieces;
        pieces.push(take(found.cut));
      }
    },
    end: () => cutAll(true),
  };
}

/**
 * Cuts a stream of deltas into pieces to be spoken one after another: a first clause as soon as it is long enough,
 * whole sentences then. Example: `"Good to hear, Ana. "`, `"What next?"` → `"Good to hear, Ana."`, `" What next?"`.
 */
export async function* sentences(
  deltas: AsyncIterable<string>,
  options: SentenceOptions = {},
): AsyncGenerator<Piece, void, undefined> {
  const splitter = sentenceSplitter(options);
  for await (const delta of deltas) yield* splitter.push(delta);
  yield* splitter.end();
}
