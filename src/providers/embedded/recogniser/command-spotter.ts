/** Spots a command said alone as a short utterance, against common words and unknown speech. */

import { type SpokenLanguage, spokenTokens } from "../../../pipeline/text-normalization/spoken-words.ts";
import type { Transcript } from "../../../ports/transcriber.ts";
import type { AcousticModel } from "./acoustic/acoustic-model.ts";
import { type Features, speechMs } from "./acoustic/front-end.ts";
import type { SenoneScores } from "./acoustic/senone-scores.ts";
import { type Emissions, openEmissions } from "./decoding/emissions.ts";
import { phoneScores } from "./decoding/phone-scores.ts";
import { bestPath, type Chain } from "./decoding/viterbi.ts";
import type { Lexicon, Pronunciation } from "./lexicon/lexicon.ts";
import { pronunciationsOf } from "./lexicon/pronunciations.ts";

type Command = NonNullable<Transcript["command"]>;

/** A command and the words it was given in. */
interface SpottedCommand {
  readonly command: Command;
  readonly text: string;
}

const PHRASES: Record<SpokenLanguage, Record<Command, string>> = {
  en: {
    yes: "yes|yeah|yep|yes please|yes let's|yes i am|sure",
    no: "no|nope|no thanks|no thank you|not yet|no not yet",
    next: "next|next please|next one|next sentence|the next one",
    repeat: "repeat|repeat please|please repeat|repeat that|again|say it again|once more|one more time",
    wrap_up:
      "wrap up|let's wrap up|let us wrap up|yes wrap up|yes let's wrap up|yes let us wrap up|" +
      "wrap up and summarize|let's wrap up and summarize|let us wrap up and summarize|" +
      "yes let's wrap up and summarize|yes let us wrap up and summarize|summarize|summarize please|end the session",
    stop: "stop|stop please|please stop|stop now",
  },
  fr: {
    yes: "oui|oui oui|oui s'il te plaît|d'accord",
    no: "non|non merci|pas encore",
    next: "suivant|suivante|la suivante|phrase suivante",
    repeat: "répète|répétez|encore|encore une fois|répète s'il te plaît",
    wrap_up: "on conclut|oui on conclut|concluons|on termine|on résume",
    stop: "stop|arrête|arrêtez",
  },
};

/** Longer speech than this is no command, ms. */
const LONGEST_MS = 4000;
/** Common single words a command has to be told from. */
const RIVALS = 1200;
/** Margin by which a rival has to be better, in nats: commands are likelier than any one other word. */
const RIVAL_WEIGHT = -9;
/** Goodness that the command's phones must have on the mean, and each word of it. */
const MEAN_SCORE = 0.8;
const WORD_SCORE = 0.6;
const PAUSE_WEIGHT = -2;
const UNKNOWN_WEIGHT = -40;

interface Phrase {
  readonly text: string;
  readonly command: Command | undefined;
  readonly words: readonly (readonly Pronunciation[])[];
}

export type CommandSpotter = (features: Features, scores: SenoneScores) => SpottedCommand | undefined;

/** Prepares the commands of a language. */
export function openCommands(
  model: AcousticModel,
  lexicon: Lexicon,
  language: SpokenLanguage,
): CommandSpotter {
  const commands = Object.entries(PHRASES[language]).flatMap(([command, texts]) =>
    texts.split("|").map(
      (text): Phrase => ({
        text,
        command: command as Command,
        words: spokenTokens(text, language)
          .flatMap(({ readings }) => readings[0] ?? [])
          .map((word) => pronunciationsOf(word, lexicon, language)),
      }),
    ),
  );
  const sounds = new Set(
    commands.flatMap(({ words }) => (words.length === 1 ? words[0]!.map((way) => way.join(" ")) : [])),
  );
  const rivals = lexicon.common
    .filter(({ phones }) => !sounds.has(phones.join(" ")))
    .slice(0, RIVALS)
    .map(({ word, phones }): Phrase => ({ text: word, command: undefined, words: [[phones]] }));
  const phrases = [...commands, ...rivals];
  return (features, scores) => {
    const lasting = speechMs(features);
    if (lasting > LONGEST_MS || lasting < 100) return undefined;
    return spot(openEmissions(model, scores), phrases);
  };
}

function spot(emissions: Emissions, phrases: readonly Phrase[]): SpottedCommand | undefined {
  const { network, labels } = commandNetwork(emissions, phrases);
  const path = bestPath(network, 0, emissions.frames);
  const said = path?.steps.flatMap((step) => {
    const label = labels[step.chain];
    return label ? [{ ...label, step }] : [];
  });
  const phrase = said?.[0]?.phrase;
  if (!said || !phrase?.command) return undefined;
  const scores = said.map(({ phones, step }) =>
    phoneScores(phones, step, emissions).map(({ score }) => score),
  );
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  if (mean(scores.flat()) < MEAN_SCORE || scores.some((word) => mean(word) < WORD_SCORE)) return undefined;
  return { command: phrase.command, text: phrase.text };
}

interface PhraseWord {
  readonly phrase: Phrase;
  readonly phones: Pronunciation;
}

/** Pauses, then one phrase or a run of anything, then pauses. */
function commandNetwork(emissions: Emissions, phrases: readonly Phrase[]) {
  const chains: Chain[] = [];
  const labels: (PhraseWord | undefined)[] = [];
  const inner = phrases.reduce((sum, phrase) => sum + phrase.words.length - 1, 0);
  // Inner nodes of phrases, then: after a phrase, after anything else, the end.
  const after = inner + 1;
  const other = inner + 2;
  const end = inner + 3;
  const add = (
    from: number,
    to: number,
    weight: number,
    body: Pick<Chain, "emissions" | "stay" | "leave">,
    said?: PhraseWord,
  ) => {
    chains.push({ from, to, weight, emissions: body.emissions, stay: body.stay, leave: body.leave });
    labels.push(said);
  };
  const pauseAt = (node: number) => {
    for (const pause of emissions.pauses) add(node, node, PAUSE_WEIGHT, pause);
  };
  let nextNode = 1;
  for (const phrase of phrases) {
    let from = 0;
    phrase.words.forEach((ways, i) => {
      const last = i === phrase.words.length - 1;
      const to = last ? after : nextNode++;
      const before = [...new Set((phrase.words[i - 1] ?? []).map((way) => way.at(-1) as string))];
      const following = [...new Set((phrase.words[i + 1] ?? []).map((way) => way[0] as string))];
      const weight = phrase.command ? 0 : RIVAL_WEIGHT;
      for (const phones of ways)
        add(from, to, weight, emissions.word(phones, before, following), { phrase, phones });
      if (!last) pauseAt(to);
      from = to;
    });
  }
  pauseAt(0);
  pauseAt(after);
  pauseAt(other);
  add(0, other, UNKNOWN_WEIGHT, emissions.garbage);
  add(other, other, UNKNOWN_WEIGHT, emissions.garbage);
  const jumps = [after, other].map((from) => ({ from, to: end, weight: 0 }));
  return { network: { nodes: end + 1, chains, jumps }, labels };
}
