import type { Contour } from "../../pipeline/delivery/contour.ts";
import type { Command } from "../../ports/brief.ts";
import type { Delivery } from "../../ports/delivery.ts";
import type { Reading, ReadWord } from "../../ports/reading.ts";
import type { TranscribedWord, Transcript } from "../../ports/transcriber.ts";
import { joinDelivery } from "../delivery/join-delivery.ts";
import { certaintyOf } from "../nlu/certain-words.ts";

export interface CoachTurn {
  /** Transcript of a spoken turn. */
  readonly transcript?: Transcript & { readonly command?: Command };
  readonly delivery?: Delivery;
  /** Contour of the recording that the transcript's times are of, with a point every 20 ms. */
  readonly contour?: Contour;
  /** True: it was spoken, and there was no voice in it. */
  readonly silent?: true;
  /** Text of a typed message. */
  readonly text?: string;
  /** The conversation's item that holds it. */
  readonly itemId?: string;
}

/** Characters of a turn that the flow reads; longer turns do not occur in speech. */
export const longestTurn = 4000;

/**
 * The same pieces with no more words than are read and without contours, for what is kept until the turn goes on. `turns`
 * holds at least one.
 */
export function shortenTurns(whole: readonly CoachTurn[]): readonly CoachTurn[] {
  const turns = whole.map(({ contour: _, ...turn }) => turn);
  const characters = turns.reduce((sum, turn) => sum + wordsOf(turn).length, 0);
  if (characters <= longestTurn) return turns;
  const { transcript, text, ...rest } = joinTurns(turns);
  if (text !== undefined) return [{ ...rest, text: text.slice(0, longestTurn) }];
  if (!transcript) return [rest];
  return [{ ...rest, transcript: { ...transcript, text: transcript.text.slice(0, longestTurn) } }];
}

function wordsOf({ text, transcript }: CoachTurn): string {
  return text ?? transcript?.text ?? "";
}

/**
 * Joins a turn that came in pieces: the user went on before the coach had begun to answer. Texts follow each other;
 * of a reading each word counts as it was read best. Timed words follow each other, each with its times in its own piece. The pause between the pieces is one of the turn's pauses, its
 * length unknown here. The item is that of the last piece. `turns` holds at least one.
 */
export function joinTurns(turns: readonly CoachTurn[]): CoachTurn {
  return turns.reduce(join);
}

function join(before: CoachTurn, after: CoachTurn): CoachTurn {
  const delivery = joinPieces(before.delivery, after.delivery);
  const texts = [before.text ?? before.transcript?.text, after.text ?? after.transcript?.text];
  const text = texts.filter((each) => each !== undefined && each !== "").join(" ");
  // Typed words are surely understood, whatever was spoken beside them.
  const itemId = after.itemId ?? before.itemId;
  const silent = before.silent && after.silent;
  const about = { delivery, itemId, ...(silent && { silent }) };
  if (before.text !== undefined || after.text !== undefined) {
    const certain = [before, after].map(certainWordsOf).filter((each) => each !== "");
    return { text: certain.join(" "), ...about };
  }
  const [first, second] = [before.transcript, after.transcript];
  const reading = joinReading(first?.reading, second?.reading);
  const command = second?.command ?? first?.command;
  // A piece that cannot be judged would else be words left out.
  const unjudgeable = second?.unjudgeable ?? first?.unjudgeable;
  if (unjudgeable !== undefined && command === undefined)
    return { transcript: { text: "", understood: false, unjudgeable }, ...about };
  const understood = (first?.understood ?? false) || (second?.understood ?? false);
  const words = joinWords(first?.words, second?.words);
  return {
    transcript: { text, understood, words, reading, command },
    ...about,
  };
}

/** What was typed, and of what was spoken the part that was surely heard. */
function certainWordsOf({ text, transcript }: CoachTurn): string {
  return text ?? (transcript ? certaintyOf(transcript, "").certain : "");
}

type Words = readonly TranscribedWord[] | undefined;

function joinWords(before: Words, after: Words): Words {
  return before && after ? [...before, ...after] : (before ?? after);
}

/** The silence between the pieces is a pause of the turn, of a length that is not known here. */
function joinPieces(before?: Delivery, after?: Delivery): Delivery | undefined {
  if (!before || !after) return before ?? after;
  const joined = joinDelivery([before, after]);
  if (!joined) return undefined;
  const pauseCount = joined.pauseCount + 1;
  const pausesPerMinute = Math.round((pauseCount * 600_000) / joined.speechMs) / 10;
  return { ...joined, pauseCount, pausesPerMinute };
}

function joinReading(before?: Reading, after?: Reading): Reading | undefined {
  if (!before || !after || before.text !== after.text) return after ?? before;
  const ofText = (reading: Reading) => reading.words.filter((word) => word.verdict !== "inserted");
  const later = ofText(after);
  const words = ofText(before).map((word, at) => betterReading(word, later[at]));
  const correct = words.filter((word) => word.verdict === "correct").length;
  return { text: after.text, words, accuracy: words.length === 0 ? 0 : correct / words.length };
}

/** Times of the two pieces do not add up to one recording, so that a joined word carries none. */
function betterReading(before: ReadWord, after: ReadWord | undefined): ReadWord {
  const rank = { correct: 2, substituted: 1, inserted: 1, omitted: 0 } as const;
  const best = after && rank[after.verdict] >= rank[before.verdict] ? after : before;
  const { startMs: _, endMs: __, phones: ___, ...rest } = best;
  return rest;
}
