/** Chooses the reading in which each token of the text was spoken: "2.5" as "two point five" or "two and a half". */
import type { AcousticModel } from "../acoustic/acoustic-model.ts";
import type { Features } from "../acoustic/front-end.ts";
import type { SenoneScores } from "../acoustic/senone-scores.ts";
import { type ChainBody, type Emissions, openEmissions } from "../decoding/emissions.ts";
import { bestPath, type Chain } from "../decoding/viterbi.ts";
import type { Pronunciation } from "../lexicon/lexicon.ts";
import type { TextToken, TextWord } from "./reading-report.ts";

/** Log weights in nats: any word of a token may be something else or left out, and the way it was meant still shows. */
const UNKNOWN = -400;
const SKIP = -350;
const EXTRA = -300;
const PAUSE = -2;
/** Pronunciations tried for each word. */
const WAYS = 3;

/** The places to judge: of every token the words of the reading that fits best, the usual one where the audio does not tell. */
export function chooseReadings(
  model: AcousticModel,
  features: Features,
  scores: SenoneScores,
  tokens: readonly TextToken[],
): readonly TextWord[] {
  const usual = tokens.flatMap(({ wordsByReading: readings }) => readings[0] as readonly TextWord[]);
  if (tokens.every(({ wordsByReading: readings }) => readings.length === 1)) return usual;
  const { network, readingOf } = choiceNetwork(openEmissions(model, scores), tokens);
  const path = bestPath(network, 0, features.frames);
  if (!path) return usual;
  const chosen = new Map<number, number>();
  for (const { chain } of path.steps) {
    const found = readingOf[chain];
    if (found) chosen.set(found.token, found.reading);
  }
  return tokens.flatMap(
    ({ wordsByReading: readings }, token) => readings[chosen.get(token) ?? 0] as readonly TextWord[],
  );
}

function choiceNetwork(emissions: Emissions, tokens: readonly TextToken[]) {
  const chains: Chain[] = [];
  const readingOf: ({ token: number; reading: number } | undefined)[] = [];
  const jumps: { from: number; to: number; weight: number }[] = [];
  const add = (
    from: number,
    to: number,
    weight: number,
    body: ChainBody,
    found?: { token: number; reading: number },
  ) => {
    chains.push({ from, to, weight, emissions: body.emissions, stay: body.stay, leave: body.leave });
    readingOf.push(found);
  };
  const rest = (node: number) => {
    for (const pause of emissions.pauses) add(node, node, PAUSE, pause);
    add(node, node, EXTRA, emissions.garbage);
  };
  let begin = 0;
  tokens.forEach(({ wordsByReading: readings }, token) => {
    rest(begin);
    const inner = readings.reduce((sum, places) => sum + places.length - 1, 0);
    const done = begin + inner + 1;
    let next = begin + 1;
    readings.forEach((places, reading) => {
      let from = begin;
      places.forEach((place, at) => {
        const last = at === places.length - 1;
        const to = last ? done : next++;
        const before = at === 0 ? outerEdges(tokens[token - 1], -1) : edgesOf(places[at - 1], -1);
        const after = last ? outerEdges(tokens[token + 1], 0) : edgesOf(places[at + 1], 0);
        for (const phones of place.pronunciations.slice(0, WAYS))
          add(from, to, 0, emissions.word(phones, before, after), { token, reading });
        add(from, to, UNKNOWN, emissions.garbage, { token, reading });
        jumps.push({ from, to, weight: SKIP });
        if (!last) rest(to);
        from = to;
      });
    });
    // A token that was left out costs the same however many words it is read as.
    jumps.push({ from: begin, to: done, weight: SKIP });
    begin = done;
  });
  rest(begin);
  jumps.push({ from: begin, to: begin + 1, weight: 0 });
  return { network: { nodes: begin + 2, chains, jumps }, readingOf };
}

/** The phones that a neighbouring token may end (−1) or begin (0) with, in any of its readings. */
function outerEdges(token: TextToken | undefined, at: 0 | -1): readonly string[] {
  return [...new Set(token?.wordsByReading.flatMap((places) => edgesOf(places.at(at), at)) ?? [])];
}

function edgesOf(
  place: { readonly pronunciations: readonly Pronunciation[] } | undefined,
  at: 0 | -1,
): readonly string[] {
  return [...new Set(place?.pronunciations.slice(0, WAYS).map((phones) => phones.at(at) as string) ?? [])];
}
