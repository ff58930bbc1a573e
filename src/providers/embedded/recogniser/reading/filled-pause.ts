/** Tells an um from other sounds that are no word of the text. */
import type { Emissions } from "../decoding/emissions.ts";
import { phoneScores } from "../decoding/phone-scores.ts";
import { bestPath, type Chain } from "../decoding/viterbi.ts";
import type { Pronunciation } from "../lexicon/lexicon.ts";

/** Log weight of a pause before or behind it, nats. */
const PAUSE = -2;
/** Frames that it lasts at least (200 ms); a shorter one may be a word such as "a". */
const SHORTEST = 20;
/** Least score of each of its sounds. */
const LEAST_SCORE = 0.8;

interface FilledPause {
  readonly written: string;
  readonly phones: Pronunciation;
}

/** Those of all languages; a model knows the phones of its own. */
const filledPauses: readonly FilledPause[] = [
  { written: "um", phones: ["AH", "M"] },
  { written: "uh", phones: ["AH"] },
  { written: "er", phones: ["ER"] },
  { written: "euh", phones: ["eu"] },
  { written: "euh", phones: ["oe"] },
];

/** A filled pause as it is written, and its frames. */
interface FoundPause {
  readonly written: string;
  readonly start: number;
  readonly end: number;
}

/** The filled pause among the frames from `start` to before `end`, with anything beside it; undefined: none. */
export function findFilledPause(emissions: Emissions, start: number, end: number): FoundPause | undefined {
  const known = filledPauses.filter(({ phones }) => phones.every((phone) => emissions.knows(phone)));
  const chains: Chain[] = [];
  for (const pause of emissions.pauses)
    for (const node of [0, 1]) chains.push({ from: node, to: node, weight: PAUSE, ...pause });
  const pauses = chains.length;
  for (const { phones } of known)
    chains.push({ from: 0, to: 1, weight: 0, ...emissions.word(phones, [], []) });
  const path = bestPath({ nodes: 3, chains, jumps: [{ from: 1, to: 2, weight: 0 }] }, start, end);
  const step = path?.steps.find(({ chain }) => chain >= pauses);
  const found = step && known[step.chain - pauses];
  if (!found || step.end - step.start < SHORTEST) return undefined;
  const scores = phoneScores(found.phones, step, emissions);
  if (scores.some(({ score }) => score < LEAST_SCORE)) return undefined;
  return { written: found.written, start: step.start, end: step.end };
}
