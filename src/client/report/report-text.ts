/** The coach's report as parts with headings, from the text that front ends share. Pure. */

export interface ReportPart {
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
      const lines = headed ? rest : [first, ...rest];
      if (lines.length > 0 && lines.every((line) => line.startsWith("- ")))
        return { heading, kind: "bullets", lines: lines.map((line) => line.slice(2)) };
      if (lines.length > 0 && lines.every((line) => /^\d+\. /.test(line)))
        return { heading, kind: "numbers", lines: lines.map((line) => line.replace(/^\d+\. /, "")) };
      return { heading, kind: "text", lines };
    });
}

/** `KEY DISCUSSION POINTS` → `Key discussion points`. */
function capitalised(heading: string): string {
  return heading.charAt(0).toUpperCase() + heading.slice(1).toLowerCase();
}
