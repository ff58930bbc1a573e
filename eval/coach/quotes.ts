/** Judges quotes by the text alone, apart from the coach's own rules: are they whole clauses of what somebody said? */

/** The texts that stand in quotation marks. */
export function quotesIn(text: string): string[] {
  return [...text.matchAll(/"([^"]+)"|«\s*([^»]+?)\s*»|“([^”]+)”/g)].map(
    ([, straight, french, curly]) => straight ?? french ?? curly ?? "",
  );
}

/** What may stand before and behind a whole clause. */
const before =
  /(?:^|[.!?;:,…\n—–]\s*|\b(?:and|but|so|because|then|or|although|though|however|instead|et|mais|donc|puis|ensuite|ou|parce que|pourtant|cependant)\s+)$/iu;
const after =
  /^(?:\s*(?:[.!?;:,…\n—–]|$)|\s+(?:and|but|so|because|then|or|although|though|however|instead|et|mais|donc|puis|ensuite|ou|parce que|pourtant|cependant)(?![\p{L}]))/iu;

/** Whether `quote` stands in one of the texts word for word, from one end of a clause to another. */
export function isWholeClause(quote: string, texts: readonly string[]): boolean {
  const wanted = plain(quote).replace(/[.!?…]+$/u, "");
  if (wanted === "") return false;
  return texts.map(plain).some((text) => {
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1))
      if (before.test(text.slice(0, at)) && after.test(text.slice(at + wanted.length))) return true;
    return false;
  });
}

function plain(text: string): string {
  return text.normalize("NFC").replace(/\s+/g, " ").trim();
}
