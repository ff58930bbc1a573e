/** Measures how different two pronunciations sound: an edit distance whose substitutions cost less between similar phones. */

/** Groups of phones that are easily taken for one another, in the alphabets of the English and the French model. */
const KINDRED: readonly (readonly string[])[] = [
  ["P", "B"],
  ["T", "D"],
  ["K", "G"],
  ["F", "V"],
  ["S", "Z"],
  ["TH", "DH"],
  ["SH", "ZH"],
  ["CH", "JH"],
  ["P", "T", "K"],
  ["B", "D", "G"],
  ["M", "N", "NG"],
  ["F", "TH", "S"],
  ["V", "DH", "Z"],
  ["S", "SH"],
  ["Z", "ZH"],
  ["CH", "SH"],
  ["JH", "ZH"],
  ["L", "R", "W"],
  ["Y", "IY"],
  ["W", "UW"],
  ["HH", "F"],
  ["IY", "IH"],
  ["IH", "EH"],
  ["EH", "AE"],
  ["AE", "AH"],
  ["AH", "UH"],
  ["AH", "AA"],
  ["AA", "AO"],
  ["UH", "UW"],
  ["AO", "OW"],
  ["EY", "EH"],
  ["AY", "AA"],
  ["AW", "AA"],
  ["OY", "AO"],
  ["ER", "R"],
  ["ER", "AH"],
  ["IH", "AH"],
  ["EY", "IY"],
  ["pp", "bb"],
  ["tt", "dd"],
  ["kk", "gg"],
  ["ff", "vv"],
  ["ss", "zz"],
  ["ch", "jj"],
  ["pp", "tt", "kk"],
  ["bb", "dd", "gg"],
  ["mm", "nn", "gn"],
  ["ff", "ss", "ch"],
  ["vv", "zz", "jj"],
  ["ll", "rr"],
  ["ii", "yy"],
  ["ou", "ww"],
  ["uu", "uy"],
  ["ii", "ei"],
  ["ei", "ai"],
  ["ai", "aa"],
  ["uu", "ii"],
  ["uu", "ou"],
  ["ou", "au"],
  ["au", "oo"],
  ["oo", "aa"],
  ["eu", "oe", "ee"],
  ["an", "on"],
  ["in", "un"],
  ["in", "an"],
  ["an", "aa"],
  ["on", "au"],
  ["in", "ai"],
];
const PHONES = 128;
const ids = new Map<string, number>();
/** [phone][phone]: what taking one for the other costs. */
const swapCosts = new Float32Array(PHONES * PHONES).fill(1);

const KINDRED_COST = 0.6;
const GAP_COST = 0.9;

function idOf(phone: string): number {
  let id = ids.get(phone);
  if (id === undefined) {
    id = ids.size % PHONES;
    ids.set(phone, id);
    swapCosts[id * PHONES + id] = 0;
  }
  return id;
}
for (const group of KINDRED)
  for (const a of group)
    for (const b of group) if (a !== b) swapCosts[idOf(a) * PHONES + idOf(b)] = KINDRED_COST;

/** Phones as numbers that `phoneDistance` compares. */
export const phoneCodes = (phones: readonly string[]): Uint8Array => Uint8Array.from(phones, idOf);

const LONGEST = 64;
const rows = [new Float32Array(LONGEST + 1), new Float32Array(LONGEST + 1)] as const;

/** The distance, or Infinity once it is sure to exceed `limit`. Zero: the same phones. */
export function phoneDistance(a: Uint8Array, b: Uint8Array, limit = Infinity): number {
  if (b.length > LONGEST || a.length > LONGEST) return Infinity;
  let [above, row] = rows as [Float32Array, Float32Array];
  for (let j = 0; j <= b.length; j++) above[j] = j * GAP_COST;
  for (let i = 1; i <= a.length; i++) {
    row[0] = i * GAP_COST;
    let least = row[0] as number;
    const costs = (a[i - 1] as number) * PHONES;
    for (let j = 1; j <= b.length; j++) {
      let cost = (above[j - 1] as number) + (swapCosts[costs + (b[j - 1] as number)] as number);
      const gap = Math.min(above[j] as number, row[j - 1] as number) + GAP_COST;
      if (gap < cost) cost = gap;
      row[j] = cost;
      if (cost < least) least = cost;
    }
    if (least > limit) return Infinity;
    [above, row] = [row, above];
  }
  const total = above[b.length] as number;
  return total > limit ? Infinity : total;
}
