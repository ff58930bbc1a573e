/** Judges which word of a minimal pair was said, and how clearly. */
import type { AcousticModel } from "../acoustic/acoustic-model.ts";
import { type Features, speechMs } from "../acoustic/front-end.ts";
import type { SenoneScores } from "../acoustic/senone-scores.ts";
import { type Emissions, openEmissions } from "../decoding/emissions.ts";
import { phoneScores, roundScore, stepTimes } from "../decoding/phone-scores.ts";
import { bestPath, type Chain, type Network, type Step } from "../decoding/viterbi.ts";
import type { Pronunciation } from "../lexicon/lexicon.ts";
import type { ReadingJudgement, TextWord } from "./reading-report.ts";

const PAUSE_WEIGHT = -2;
/** Goodness that the word heard must have on the mean: less is neither of the two. */
const LEAST_SCORE = 0.5;
/** Share of the speech that the word has to take up: in more, something else was said around it. */
const LEAST_SHARE = 0.4;
/** Nats by which one word wins that make it clearly (76 %) that one. */
const CLEAR_NATS = 25;
/** The rival has to win by more than this: what could be either counts as what was asked for, with a clarity of 0. */
const DOUBT_NATS = 9;

interface Candidate {
  readonly score: number;
  readonly phones: Pronunciation;
  readonly step: Step;
}

/**
 * Judges `asked` against its only rival; undefined where the audio is too short for either. Each is fitted to the whole
 * utterance by itself, so that the difference of their likelihoods says how far apart they were. There is too little
 * speech in one word to fit the model to the voice.
 */
export function judgePair(
  model: AcousticModel,
  features: Features,
  scores: SenoneScores,
  asked: TextWord,
  rival: TextWord,
): ReadingJudgement | undefined {
  const emissions = openEmissions(model, scores);
  const [expected, other] = [asked, rival].map(({ pronunciations }) =>
    bestPronunciation(pronunciations, emissions),
  );
  if (!expected || !other) return undefined;
  const apart = expected.score - other.score;
  const right = apart >= -DOUBT_NATS;
  const [heard, said] = right ? [expected, asked] : [other, rival];
  const phones = phoneScores(heard.phones, heard.step, emissions);
  const goodness = phones.reduce((sum, { score }) => sum + score, 0) / phones.length;
  const { startMs, endMs } = stepTimes(heard.step);
  const share = (endMs - startMs) / Math.max(1, speechMs(features));
  const word = { expected: asked.written, heard: said.written, score: roundScore(goodness), startMs, endMs };
  return {
    understood: goodness >= LEAST_SCORE && share >= LEAST_SHARE,
    text: said.written,
    reading: {
      text: asked.written,
      words: [right ? { verdict: "correct", ...word, phones } : { verdict: "substituted", ...word, phones }],
      accuracy: right ? 1 : 0,
      clarity: right && apart < 0 ? 0 : roundScore(Math.tanh(Math.abs(apart) / CLEAR_NATS)),
    },
  };
}

/** The way of saying a word that fits best, with pauses around it. */
function bestPronunciation(ways: readonly Pronunciation[], emissions: Emissions): Candidate | undefined {
  let best: Candidate | undefined;
  for (const phones of ways) {
    const path = bestPath(wordNetwork(emissions, phones), 0, emissions.frames);
    const step = path?.steps.find(({ chain }) => chain === 0);
    if (path && step && path.score > (best?.score ?? -Infinity)) best = { score: path.score, phones, step };
  }
  return best;
}

/** Pauses, the word (chain 0), pauses. */
function wordNetwork(emissions: Emissions, phones: Pronunciation): Network {
  const chain = (
    from: number,
    to: number,
    weight: number,
    body: Pick<Chain, "emissions" | "stay" | "leave">,
  ) => ({
    from,
    to,
    weight,
    emissions: body.emissions,
    stay: body.stay,
    leave: body.leave,
  });
  const around = [0, 1].flatMap((node) =>
    emissions.pauses.map((pause) => chain(node, node, PAUSE_WEIGHT, pause)),
  );
  return {
    nodes: 3,
    chains: [chain(0, 1, 0, emissions.word(phones, [], [])), ...around],
    jumps: [{ from: 1, to: 2, weight: 0 }],
  };
}
