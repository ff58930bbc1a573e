/** Free speech: the models of English, read once and shared by all threads. */
import { fileURLToPath } from "node:url";
import { type AcousticModel, loadAcousticModel } from "../acoustic/acoustic-model.ts";
import { modelFolder } from "../acoustic/model-folder.ts";
import type { ScoringModel } from "../acoustic/senone-scores.ts";
import { type Lexicon, loadLexicon } from "../lexicon/lexicon.ts";
import {
  LanguageModel,
  type LanguageModelData,
  readLanguageModel,
  SENTENCE_END,
  shared,
} from "./language-model.ts";
import { buildNetwork, type NetworkData } from "./search-network.ts";

/** Bandwidths of speech that there is an acoustic model for. */
export type Band = "narrow" | "wide";

/** An acoustic model with the network of its states. */
interface BandModel {
  readonly acoustic: ScoringModel;
  readonly network: NetworkData;
}

/** All that free speech is recognised with, over shared memory: may be posted to threads. */
export type FreeSpeechData = { readonly language: LanguageModelData } & Readonly<Record<Band, BandModel>>;

const ownFolder = fileURLToPath(new URL("./model/", import.meta.url));

/** Folder of a band's acoustic model: speech as telephones carry it (up to 3.7 kHz), or wider. */
export const bandFolder = (band: Band): string => (band === "narrow" ? modelFolder("en-us") : ownFolder);

/** Reads the models; takes some seconds. */
export function loadFreeSpeech(lexicon: Lexicon = loadLexicon(modelFolder("en-us"), [])): FreeSpeechData {
  const data = readLanguageModel(`${ownFolder}en-us.lm.br`);
  const language = new LanguageModel(data);
  const vocabulary = language.words.flatMap((spelling, word) =>
    word <= SENTENCE_END
      ? []
      : [{ word, logP: language.unigram(word), pronunciations: lexicon.pronunciations(spelling) }],
  );
  const open = (band: Band): BandModel => {
    const model = loadAcousticModel(bandFolder(band));
    return { acoustic: shareModel(model), network: buildNetwork(model, vocabulary) };
  };
  return { language: data, narrow: open("narrow"), wide: open("wide") };
}

function shareModel(model: AcousticModel): ScoringModel {
  const { phones, densities, senones } = model;
  const copy = <Kind extends Uint8Array | Float32Array>(values: Kind): Kind => {
    const kind = values.constructor as new (buffer: SharedArrayBuffer) => Kind;
    const bytes = new kind(shared(values.byteLength));
    bytes.set(values);
    return bytes;
  };
  return {
    phones,
    densities,
    senones,
    codebookOf: copy(model.codebookOf),
    means: copy(model.means),
    halfPrecisions: copy(model.halfPrecisions),
    normalisers: copy(model.normalisers),
    mixture: copy(model.mixture),
    stay: copy(model.stay),
    leave: copy(model.leave),
  };
}
