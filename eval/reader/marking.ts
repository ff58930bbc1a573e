import type { ReadWord } from "../../src/ports/reading.ts";
import type { ErrorKind, PlannedReading } from "./readings.ts";

/** How an error was told; `unnoticed`: not at all. For a reading without error: `unnoticed`, or what was told falsely first. */
const tellings = ["unnoticed", "substituted", "omitted", "inserted", "not understood"] as const;
type Telling = (typeof tellings)[number];

export interface Mark {
  readonly kind: ErrorKind;
  readonly told: Telling;
  /** Words told to be wrong that were right, and words told to be added that were not said. */
  readonly falseFlags: number;
  /** Words asked for. */
  readonly words: number;
}

/** Marks a reading; `told` are its verdicts, or undefined where it was not understood at all. */
export function markReading(
  { sentence, kind, place }: PlannedReading,
  told: readonly ReadWord[] | undefined,
): Mark {
  const words = sentence.words.length;
  if (!told) return { kind, told: "not understood", falseFlags: 0, words };
  const flags = flagsOf(told);
  const hits = flags.filter((flag) => place !== undefined && isAt(flag, kind, place));
  const falseFlags = flags.length - hits.length;
  // A reading without error has no place: what is told there is false, and shown as such.
  const shown = kind === "none" ? flags[0] : hits[0];
  return { kind, told: shown?.verdict ?? "unnoticed", falseFlags, words };
}

interface Flag {
  readonly verdict: Exclude<Telling, "unnoticed" | "not understood">;
  /** The word of the text it is at; an inserted one is before it. */
  readonly place: number;
}

function flagsOf(told: readonly ReadWord[]): Flag[] {
  let place = 0;
  return told.flatMap(({ verdict }): Flag[] => {
    const here = verdict === "inserted" ? place : place++;
    return verdict === "correct" ? [] : [{ verdict, place: here }];
  });
}

/** An added word may run into the one before or after it; every other error is at its own word, said or added. */
function isAt(flag: Flag, kind: ErrorKind, place: number): boolean {
  if (kind === "insertion") return flag.place === place || flag.place === place - 1;
  return flag.place === place || (flag.verdict === "inserted" && flag.place === place + 1);
}

/** Precision: of the flags, those at an error. Recall: of the errors, those flagged. NaN where there were none. */
export function rates(marks: readonly Mark[]): { precision: number; recall: number; falsePer100: number } {
  const wrong = marks.filter(({ kind }) => kind !== "none");
  const found = wrong.filter(({ told }) => told !== "unnoticed" && told !== "not understood").length;
  const falseFlags = marks.reduce((sum, mark) => sum + mark.falseFlags, 0);
  const words = marks.reduce((sum, mark) => sum + mark.words, 0);
  return {
    precision: found / (found + falseFlags),
    recall: found / wrong.length,
    falsePer100: (100 * falseFlags) / words,
  };
}

/** A share of 0–1 in words. */
export const percent = (share: number) => (Number.isNaN(share) ? "–" : `${(100 * share).toFixed(1)} %`);

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => (row[i] ?? "").length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

/** Kind of error down, what was told across. */
export function confusionTable(marks: readonly Mark[], kinds: readonly ErrorKind[]): string {
  const rows = kinds.map((kind) => {
    const of = marks.filter((mark) => mark.kind === kind);
    const counts = tellings.map((telling) => String(of.filter(({ told }) => told === telling).length));
    const found = kind === "none" ? "" : percent(rates(of).recall);
    return [
      kind.replace("_", " "),
      String(of.length),
      ...counts,
      found,
      String(of.reduce((n, m) => n + m.falseFlags, 0)),
    ];
  });
  return table(["error", "readings", ...tellings, "recall", "false flags"], rows);
}

/** One row a group of readings. */
export function rateTable(groups: ReadonlyMap<string, readonly Mark[]>): string {
  const rows = [...groups].map(([name, marks]) => {
    const { precision, recall, falsePer100 } = rates(marks);
    return [name, String(marks.length), percent(precision), percent(recall), falsePer100.toFixed(2)];
  });
  return table(["voice", "readings", "precision", "recall", "false flags per 100 words"], rows);
}
