/** Cuts of a growing reply text into speakable pieces. Part of the mouth; pure: a cut depends on the text alone. */
import { stopEndsSentence } from "./abbreviations.ts";

/** Longest piece, in UTF-16 units; a run without an end of sentence is cut at a word boundary before this. */
const LONGEST_PIECE = 250;
/** A clause shorter than this is not worth being spoken ahead of its sentence. */
const SHORTEST_CLAUSE = 14;
const SHORTEST_CLAUSE_WORDS = 3;
/** Shortest clause in scripts that write words without spaces. */
const SHORTEST_DENSE_CLAUSE = 6;
/** Characters behind a stop that a cut may depend on, so that no cut waits for long. */
const LOOK_BEHIND_STOP = 16;

export interface CutOptions {
  /** Whether a first clause is enough: nothing of this reply has been spoken yet. */
  readonly early: boolean;
  /** Primary BCP 47 subtag. */
  readonly language: string;
}

/** `cut`: the piece ends there. `resume`: no cut before that position; look on from there when more has come. */
export type Cut = { readonly cut: number } | { readonly resume: number };

const mark = /[\n\r,;:—–…，、；：،؛]|\p{Sentence_Terminal}/gu;
const terminal = /^(?:…|\p{Sentence_Terminal})$/u;
const clauseMark = /^[,;:—–،؛，、；：]$/u;
const denseClauseMark = /^[，、；：]$/u;
const closer =
  /^(?:["'”’»)\]}*_~`」』）】》〉]|\p{Pe}|\p{Pf}|\p{Extended_Pictographic}|\p{M}|\u200d|\ufe0f)$/u;
const quote = /^["'”’»]$/u;
const spaceless =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]$/u;
const asciiStop = /^[.!?…]$/u;

/**
 * Finds the end of the piece that `text` begins with, looking from `from` on (an earlier answer's `resume`, or 0).
 * `ended`: no more text comes. The answer never depends on how much of the text behind the cut is there yet.
 */
export function findCut(text: string, from: number, ended: boolean, options: CutOptions): Cut {
  const window = text.length > LONGEST_PIECE ? text.slice(0, LONGEST_PIECE) : text;
  mark.lastIndex = from;
  for (let found = mark.exec(window); found; found = mark.exec(window)) {
    const at = found.index;
    const end = judge(text, at, found[0], ended, options);
    if (end === "wait") return { resume: at };
    if (end !== undefined) return { cut: end };
  }
  if (text.length > LONGEST_PIECE) return { cut: cutLongRun(window) };
  return { resume: text.length };
}

/**
 * Whether a piece that was cut at the text's end is a whole sentence, by its full stop. `mayGoOn`: more may come, so that
 * a stop behind a figure may be a decimal point.
 */
export function isWhole(piece: string, mayGoOn: boolean, language: string): boolean {
  const before = /^(.*[^.])\.$/su.exec(piece)?.[1];
  if (before === undefined) return true;
  return !(mayGoOn && /\p{N}$/u.test(before)) && stopEndsSentence(before, "", language);
}

/** The end of the piece if the mark at `at` makes one, "wait" if that cannot be told yet. */
function judge(
  text: string,
  at: number,
  found: string,
  ended: boolean,
  options: CutOptions,
): number | "wait" | undefined {
  if (found === "\n" || found === "\r") return /\S/.test(text.slice(0, at)) ? at : undefined;
  if (terminal.test(found)) return judgeStop(text, at, found, ended, options);
  return options.early ? judgeClause(text, at, found, ended) : undefined;
}

/** Reads the character at `at`; undefined past the end, "wait" where it is not all there yet. */
function characterAt(text: string, at: number, ended: boolean): string | "wait" | undefined {
  const unit = text.charCodeAt(at);
  if (Number.isNaN(unit)) return ended ? undefined : "wait";
  if (unit >= 0xd800 && unit < 0xdc00 && at + 1 === text.length && !ended) return "wait";
  return String.fromCodePoint(text.codePointAt(at) as number);
}

function judgeStop(
  text: string,
  at: number,
  stop: string,
  ended: boolean,
  options: CutOptions,
): number | "wait" | undefined {
  let end = at + stop.length;
  let lone = stop === ".";
  let needsSpace = asciiStop.test(stop);
  let quoted = false;
  const horizon = at + LOOK_BEHIND_STOP;
  let next: string | undefined;
  for (;;) {
    if (end >= horizon) return end;
    next = characterAt(text, end, ended);
    if (next === "wait") return "wait";
    if (next === undefined) return end;
    if (terminal.test(next)) {
      lone = false;
      needsSpace &&= asciiStop.test(next);
    } else if (closer.test(next)) quoted ||= quote.test(next);
    else break;
    end += next.length;
  }
  if (!needsSpace || next === "\n" || next === "\r") return lone ? stopOnLine(text, at, end, options) : end;
  if (spaceless.test(next)) return end;
  if (!/\s/.test(next)) return undefined;
  const follows = firstVisible(text, end, horizon, ended);
  if (follows === "wait") return "wait";
  if (follows === undefined) return lone ? stopOnLine(text, at, end, options) : end;
  if (lone) return stopEndsSentence(text.slice(0, at), follows, options.language) ? end : undefined;
  const trailsOff = stop === "." || stop === "…" || quoted;
  return trailsOff && /\p{Ll}/u.test(follows) ? undefined : end;
}

/** A full stop with nothing behind it on its line: the line's end cuts anyway, unless this is a list's number. */
function stopOnLine(text: string, at: number, end: number, { language }: CutOptions): number | undefined {
  return stopEndsSentence(text.slice(0, at), "", language) ? end : undefined;
}

/** The first character from `at` on that is not white space; undefined if none comes before `horizon` or the end. */
function firstVisible(
  text: string,
  at: number,
  horizon: number,
  ended: boolean,
): string | "wait" | undefined {
  for (let i = at; i < horizon; i++) {
    const next = characterAt(text, i, ended);
    if (next === undefined || next === "wait" || !/\s/.test(next)) return next;
    if (next === "\n" || next === "\r") return undefined;
  }
  return undefined;
}

function judgeClause(text: string, at: number, found: string, ended: boolean): number | "wait" | undefined {
  if (!clauseMark.test(found)) return undefined;
  const clause = text.slice(0, at).trim();
  const end = at + found.length;
  if (denseClauseMark.test(found)) return clause.length >= SHORTEST_DENSE_CLAUSE ? end : undefined;
  if (clause.length < SHORTEST_CLAUSE || clause.split(/\s+/).length < SHORTEST_CLAUSE_WORDS) return undefined;
  if (found === "—") return end;
  if (found === "–" && !/\s/.test(text.charAt(at - 1))) return undefined;
  const next = characterAt(text, end, ended);
  if (next === "wait") return "wait";
  return next === undefined || /\s/.test(next) ? end : undefined;
}

/** Cuts a window without an end of sentence: behind a clause, else between words, else between characters. */
function cutLongRun(window: string): number {
  const clause = lastIndexOf(window, /[,;:—،؛，、；：](?=\s|[^\p{P}\p{N}\s])/gu);
  if (clause >= LONGEST_PIECE / 3) return clause + 1;
  const space = lastIndexOf(window, /(?<=\S)\s/gu);
  if (space >= LONGEST_PIECE / 3) return space;
  for (const granularity of ["word", "grapheme"] as const) {
    const starts = [...new Intl.Segmenter("en", { granularity }).segment(window)];
    // The locale is fixed: a cut must not depend on the machine. Dictionaries for Thai, Chinese… come with any.
    // The window's end may cut through a word, and then the last boundary found is not one.
    const last = starts.at(granularity === "word" ? -2 : -1)?.index ?? 0;
    if (last >= LONGEST_PIECE / 3) return last;
  }
  const unit = window.charCodeAt(window.length - 1);
  return unit >= 0xd800 && unit < 0xdc00 ? window.length - 1 : window.length;
}

function lastIndexOf(text: string, pattern: RegExp): number {
  let last = -1;
  for (const found of text.matchAll(pattern)) last = found.index;
  return last;
}
