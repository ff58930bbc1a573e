/** Separates what a transcript is certain of from what it may have misheard, clause by clause. Pure. */
import type { Transcript } from "../../ports/transcriber.ts";
import { type Clause, clausesIn, literalBetween, normalText } from "./clauses.ts";

/** Words within which a word of the transcript is looked for in its text; the text may spell some otherwise. */
const lookAhead = 6;

export interface Certainty {
  /** The clauses all of whose words are certain, as they were said; all of the text where no word is doubtful. */
  readonly certain: string;
  /** True where any word is doubtful. */
  readonly doubtful: boolean;
}

/** Reads a transcript in a BCP 47 language. One doubtful word makes its whole clause doubtful. */
export function certaintyOf(
  { text, words = [] }: Pick<Transcript, "text" | "words">,
  language: string,
): Certainty {
  if (!words.some(({ doubtful }) => doubtful)) return { certain: text, doubtful: false };
  const clauses = clausesIn(text, language);
  const doubted = doubtedTokens(clauses, words);
  const runs: Clause[][] = [];
  let open = false;
  for (const clause of clauses) {
    const certain = !clause.tokens.some(({ start }) => doubted.has(start));
    if (certain && open) runs.at(-1)?.push(clause);
    else if (certain) runs.push([clause]);
    open = certain;
  }
  // A gap is left where words were dropped, so that no quote reaches over it.
  const kept = runs.map((run) => {
    const last = run.at(-1) as Clause;
    const stops = /^[.!?…]+/.exec(normalText(text).slice(last.end))?.[0] ?? "";
    return `${literalBetween(text, run[0] as Clause, last)}${stops}`;
  });
  const certain = kept.reduce(
    (all, next) => `${all}${/[.!?…]$/.test(all) ? " " : ". "}${next}`,
    kept.shift() ?? "",
  );
  return { certain, doubtful: true };
}

/** Places in the text of the words that are doubtful. */
function doubtedTokens(clauses: readonly Clause[], words: NonNullable<Transcript["words"]>): Set<number> {
  const tokens = clauses.flatMap((clause) => clause.tokens);
  const doubted = new Set<number>();
  let from = 0;
  for (const { text, doubtful } of words) {
    const spelled =
      text
        .toLowerCase()
        .replaceAll("’", "'")
        .match(/[\p{L}\p{N}\p{M}']+/gu) ?? [];
    for (const word of spelled) {
      const near = tokens.slice(from, from + lookAhead);
      const at = near.findIndex((token) => token.word.toLowerCase() === word);
      if (at < 0) {
        // A doubtful word whose place is not found makes doubtful what stands where it should.
        const here = tokens[from];
        if (doubtful && here) doubted.add(here.start);
        continue;
      }
      const found = near[at];
      if (doubtful && found) doubted.add(found.start);
      from += at + 1;
    }
  }
  return doubted;
}
