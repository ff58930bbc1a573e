/** The recogniser of one language: its model, dictionary and signal processing. */

import { type SpokenLanguage, spokenTokens } from "../../../pipeline/text-normalization/spoken-words.ts";
import type { TimedWord } from "../../../ports/audio.ts";
import type { Reading, Unjudgeable } from "../../../ports/reading.ts";
import type { Transcript } from "../../../ports/transcriber.ts";
import { type AcousticModel, loadAcousticModel, type Tolerance } from "./acoustic/acoustic-model.ts";
import { type Features, openFrontEnd } from "./acoustic/front-end.ts";
import { adaptModel, type SpeakerProfile, type SpeakerSample } from "./acoustic/model-adaptation.ts";
import { modelFolder } from "./acoustic/model-folder.ts";
import { openNoiseSuppression, type Suppressed } from "./acoustic/noise-suppression.ts";
import {
  isNoisy,
  measureLevels,
  measureRecording,
  obstacleIn,
  type RecordingLevels,
} from "./acoustic/recording-quality.ts";
import { type SenoneScores, scoreSenones } from "./acoustic/senone-scores.ts";
import { openCommands } from "./command-spotter.ts";
import { commonWords } from "./lexicon/common-words.ts";
import { type Lexicon, loadLexicon } from "./lexicon/lexicon.ts";
import { pronunciationsOf } from "./lexicon/pronunciations.ts";
import { judgeReading } from "./reading/judge-reading.ts";
import { judgePair } from "./reading/minimal-pair.ts";
import { readPartial } from "./reading/partial-reading.ts";
import type { ReadingJudgement, TextToken } from "./reading/reading-report.ts";

/** A transcript; `sample`: the speaker's sound statistics from a reading. */
export interface Recognition extends Transcript {
  readonly sample?: SpeakerSample;
}

export interface Recogniser {
  /**
   * Recognises an utterance (mono, 16 kHz): judges a reading where `text` is given, else spots a command.
   * `rival`: the one word that may have been said in place of `text`, which is one word itself. `voice`: what is known
   * of the speaker from readings before; a pair is judged without it. `isUseless`: asked between two steps whether the
   * result is of no use any more; then it may be any.
   */
  recognise(
    pcm: Int16Array,
    text?: string,
    rival?: string,
    voice?: SpeakerProfile,
    isUseless?: () => boolean,
  ): Promise<Recognition>;
  /** The words of `text` recognised so far in an unfinished utterance. */
  recognisePartial(pcm: Int16Array, text: string): Promise<string>;
}

/** Each language's model; people's French falls further short of its model (docs/reading-appendix.md). */
const MODELS: Record<SpokenLanguage, { readonly name: string; readonly tolerance?: Tolerance }> = {
  en: { name: "en-us" },
  fr: { name: "fr-fr", tolerance: { margin: 45, strangest: 1.2 } },
};
/** Recognition of audio in which nothing was understood. */
export const NOTHING: Recognition = { text: "", understood: false };
/** Texts whose prepared tokens are kept. */
const READY_TEXTS = 200;

/** Loads a language; takes some 0.3 s and 100 MB. */
export async function openRecogniser(language: SpokenLanguage): Promise<Recogniser> {
  const { name, tolerance } = MODELS[language];
  const folder = modelFolder(name);
  const model = loadAcousticModel(folder, tolerance);
  const lexicon = loadLexicon(folder, commonWords(language));
  const frontEnd = await openFrontEnd(name);
  const suppression = await openNoiseSuppression();
  const spotCommand = openCommands(model, lexicon, language);
  const ready = new Map<string, readonly TextToken[]>();
  const tokensOf = (text: string): readonly TextToken[] => {
    let tokens = ready.get(text);
    if (!tokens) {
      tokens = textTokens(text, lexicon, language);
      if (ready.size >= READY_TEXTS) ready.clear();
      ready.set(text, tokens);
    }
    return tokens;
  };
  const judge = (
    fitted: AcousticModel,
    features: Features,
    scores: SenoneScores,
    text = "",
    rival = "",
  ): ReadingJudgement | undefined => {
    const tokens = tokensOf(text);
    const [asked, other] = [tokens[0]?.wordsByReading[0]?.[0], tokensOf(rival)[0]?.wordsByReading[0]?.[0]];
    if (!asked) return undefined;
    if (other) return judgePair(fitted, features, scores, asked, other);
    return judgeReading(fitted, features, scores, text, tokens, lexicon.common);
  };
  return {
    async recognise(pcm, text, rival, voice, isUseless = () => false) {
      const sound = text !== undefined && rival === undefined ? await suppression.suppress(pcm) : undefined;
      const levels = sound && measureLevels(pcm, sound);
      const features = await frontEnd.features(sound && isNoisy(levels) ? sound.pcm : pcm);
      const fitted = voice && sound ? adaptModel(model, voice) : model;
      const scores = scoreSenones(fitted, features);
      if (isUseless()) return NOTHING;
      // Any short word resembles one of two; a sentence is resembled by no command.
      const early = rival === undefined ? undefined : spotCommand(features, scores);
      const judged = early ? undefined : judge(fitted, features, scores, text, rival);
      if (judged?.understood) {
        const obstacle = sound && levels && findObstacle(pcm, sound, levels, judged.reading);
        return obstacle ? { ...NOTHING, unjudgeable: obstacle } : asRecognition(judged);
      }
      const plain = fitted === model ? scores : scoreSenones(model, features);
      const spotted = rival === undefined ? spotCommand(features, plain) : early;
      if (spotted) return { text: spotted.text, understood: true, command: spotted.command };
      // Noise may be why nothing of the sentence was found.
      const isTooNoisy = sound && levels && findObstacle(pcm, sound, levels) === "noise";
      return isTooNoisy ? { ...NOTHING, unjudgeable: "noise" } : NOTHING;
    },
    async recognisePartial(pcm, text) {
      const tokens = tokensOf(text);
      return tokens.length === 0 ? "" : readPartial(model, await frontEnd.features(pcm), tokens);
    },
  };
}

function asRecognition({ text, reading, sample }: ReadingJudgement): Recognition {
  return { text, understood: true, words: wordsOf(reading), reading, sample };
}

/** Returns the reason why a reading in this recording cannot be judged. `reading`: as far as it was understood. */
function findObstacle(
  pcm: Int16Array,
  sound: Suppressed,
  levels: RecordingLevels,
  reading?: Reading,
): Unjudgeable | undefined {
  // An um, and a word of the text that was said again, are the reader's own voice.
  const words = (reading?.words ?? []).flatMap(({ verdict, heard, startMs, endMs }) =>
    (verdict === "inserted" && heard === undefined) || startMs === undefined || endMs === undefined
      ? []
      : [{ startMs, endMs }],
  );
  const quality = measureRecording(pcm, sound, levels, words);
  const whole =
    reading?.words.every(
      ({ verdict, heard }) => verdict === "correct" || (verdict === "inserted" && heard !== undefined),
    ) ?? true;
  return obstacleIn(quality, whole ? "whole" : "wrong");
}

/** The tokens of a text, each word of each reading with its pronunciations and the words it may be taken for. */
function textTokens(text: string, lexicon: Lexicon, language: SpokenLanguage): readonly TextToken[] {
  return spokenTokens(text, language).map(({ written, readings }, token) => ({
    written,
    readings,
    wordsByReading: readings.map((words) =>
      words.map((word) => {
        const pronunciations = pronunciationsOf(word, lexicon, language);
        return {
          written: words.length === 1 ? written : word,
          token,
          pronunciations,
          similarWords: lexicon.similarWords(pronunciations),
        };
      }),
    ),
  }));
}

/** The recognised words with their times. */
function wordsOf(reading: Reading): TimedWord[] {
  return reading.words.flatMap(({ heard, startMs, endMs }) =>
    heard === undefined || startMs === undefined || endMs === undefined
      ? []
      : [{ text: heard, startMs, endMs }],
  );
}
