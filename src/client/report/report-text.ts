/** The coach's report as parts with headings, from the text that front ends share. Pure. */

/** Headings as the server writes them, in every language. */
const names = {
  "KEY DISCUSSION POINTS": "points",
  "MAIN BREAKTHROUGHS": "breakthroughs",
  "ACTION PLAN": "plan",
  "WHAT YOU READ": "readings",
  "RIGHT IN THE END": "mended",
  "TO WORK ON": "workOn",
  "HOW YOU SPOKE": "speech",
  "MOMENTS TO HEAR AGAIN": "moments",
  "QUESTIONS YOU ANSWERED": "answers",
  "FINAL NOTE": "note",
} as const;

export type ReportPartName = (typeof names)[keyof typeof names];

export interface ReportPart {
  /** Name of the part, for a heading in the reader's language; undefined: none of those known here. */
  readonly name: ReportPartName | undefined;
  readonly heading: string;
  readonly kind: "bullets" | "numbers" | "text";
  readonly lines: readonly string[];
}

/** Reads the parts: each begins with a line that ends in a colon, after a blank line. */
export function reportParts(text: string): ReportPart[] {
  return text
    .split(/\n{2,}/)
    .map((block) => block.split("\n").filter((line) => line.trim() !== ""))
    .filter((lines) => lines.length > 0)
    .map(([first = "", ...rest]) => {
      const headed = first.trim().endsWith(":");
      const heading = headed ? capitalised(first.trim().slice(0, -1)) : "";
      const name = headed ? nameOf(first.trim().slice(0, -1)) : undefined;
      const lines = headed ? rest : [first, ...rest];
      if (lines.length > 0 && lines.every((line) => line.startsWith("- ")))
        return { name, heading, kind: "bullets", lines: lines.map((line) => line.slice(2)) };
      if (lines.length > 0 && lines.every((line) => /^\d+\. /.test(line)))
        return { name, heading, kind: "numbers", lines: lines.map((line) => line.replace(/^\d+\. /, "")) };
      return { name, heading, kind: "text", lines };
    });
}

/** `KEY DISCUSSION POINTS` → `Key discussion points`. */
function capitalised(heading: string): string {
  return heading.charAt(0).toUpperCase() + heading.slice(1).toLowerCase();
}

function nameOf(heading: string): ReportPartName | undefined {
  return (names as Readonly<Record<string, ReportPartName>>)[heading.toUpperCase()];
}
