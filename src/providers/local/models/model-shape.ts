/** Which engine a folder's files are for, by their names and by the metadata of the models in them. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readOnnxMetadata } from "./onnx-metadata.ts";

/** The runtime of a model: a recogniser of audio as it comes, one of whole utterances, a voice, or punctuation of text. */
export type ModelKind = "streaming" | "whole" | "voice" | "punctuation";

/** Purpose of a model. */
export type ModelRole = "ears" | "voice" | "punctuation";

export function roleOf(kind: ModelKind): ModelRole {
  return kind === "streaming" || kind === "whole" ? "ears" : kind;
}

export interface ModelShape {
  readonly kind: ModelKind;
  /** The family, such as `transducer` or `kokoro`. */
  readonly family: string;
  /** The runtime's configuration of the model, without threads. */
  readonly config: object;
  /** Files in the folder that the configuration names. */
  readonly files: readonly string[];
  /** Speakers of a voice. */
  readonly speakers: number;
}

/** A folder that holds no model that can be run. The message says why. */
export class UnknownShape extends Error {
  override readonly name = "UnknownShape";
}

/**
 * Finds the shape of the model in a folder.
 * @throws UnknownShape saying what is missing or not known
 */
export async function readShape(folder: string): Promise<ModelShape> {
  const files = new Files(folder, await readdir(folder).catch(() => []));
  const punctuation = await readPunctuationShape(files);
  if (punctuation) return punctuation;
  const tokens = files.find(/tokens\.txt$/);
  if (tokens === undefined) throw new UnknownShape("it has no tokens.txt");
  const encoder = files.find(/^(.*-)?encode(r[^/]*)?(\.int8)?\.onnx$/);
  if (encoder !== undefined) return readEncoderShape(files, encoder, tokens);
  const model = files.find(singleModel);
  if (model === undefined) throw new UnknownShape("it has no .onnx file");
  return readSingleShape(files, model, tokens, await files.metadata(model));
}

/** A model that is one file, where it is no vocoder. */
const singleModel = /^(?!(vocos|hifigan|vocoder)).*\.onnx$/;

/** Names of a folder's files; of a model's forms the one of 8 bits is taken, the smallest and fastest. */
class Files {
  readonly #folder: string;
  readonly #names: readonly string[];
  readonly taken = new Set<string>();

  constructor(folder: string, names: readonly string[]) {
    this.#folder = folder;
    this.#names = [...names].sort();
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  find(pattern: RegExp): string | undefined {
    const found = this.#names.filter((name) => pattern.test(name));
    return found.find((name) => name.includes(".int8.")) ?? found[0];
  }

  /** Path of a file that the configuration names. */
  use(name: string): string {
    this.taken.add(name);
    return join(this.#folder, name);
  }

  /** Path of a file that there must be. @throws UnknownShape */
  need(pattern: RegExp, what: string): string {
    const name = this.find(pattern);
    if (name === undefined) throw new UnknownShape(`it has no ${what}`);
    return this.use(name);
  }

  async metadata(name: string): Promise<ReadonlyMap<string, string>> {
    try {
      return await readOnnxMetadata(join(this.#folder, name));
    } catch (error) {
      throw new UnknownShape(`${name}: ${(error as Error).message}`);
    }
  }
}

/** Undefined where the folder has the tokens of a recogniser or a voice, or no model of punctuation. */
async function readPunctuationShape(files: Files): Promise<ModelShape | undefined> {
  const model = files.find(singleModel);
  if (model === undefined || files.find(/tokens\.txt$/) !== undefined) return undefined;
  const metadata = await files.metadata(model);
  const shape = (family: string, config: object): ModelShape => ({
    kind: "punctuation",
    family,
    config: { ...config, provider: "cpu" },
    files: [...files.taken],
    speakers: 0,
  });
  if (metadata.has("COMMA") && metadata.has("CAP"))
    return shape("cnn_bilstm", {
      cnnBilstm: files.use(model),
      bpeVocab: files.need(/^bpe\.vocab$/, "bpe.vocab"),
    });
  if (metadata.has("punctuations")) return shape("ct_transformer", { ctTransformer: files.use(model) });
  return undefined;
}

async function readEncoderShape(files: Files, encoder: string, tokens: string): Promise<ModelShape> {
  const metadata = await files.metadata(encoder);
  const type = metadata.get("model_type") ?? "";
  const streams = metadata.has("decode_chunk_len") || metadata.has("cache_last_channel_dim1");
  if (files.find(/joiner.*\.onnx$/) !== undefined) {
    const transducer = {
      encoder: files.use(encoder),
      decoder: files.need(/decoder.*\.onnx$/, "decoder"),
      joiner: files.need(/joiner.*\.onnx$/, "joiner"),
    };
    const nemo = /^EncDec/.test(type) && !streams ? { modelType: "nemo_transducer" } : {};
    return recogniser(files, tokens, streams, "transducer", { transducer, ...nemo });
  }
  if (files.find(/^uncached_decode.*\.onnx$/) !== undefined)
    return recogniser(files, tokens, false, "moonshine", {
      moonshine: {
        preprocessor: files.need(/^preprocess.*\.onnx$/, "preprocess.onnx"),
        encoder: files.use(encoder),
        uncachedDecoder: files.need(/^uncached_decode.*\.onnx$/, "uncached_decode.onnx"),
        cachedDecoder: files.need(/^cached_decode.*\.onnx$/, "cached_decode.onnx"),
      },
    });
  if (/^whisper/.test(type))
    return recogniser(files, tokens, false, "whisper", {
      whisper: {
        encoder: files.use(encoder),
        decoder: files.need(/decoder.*\.onnx$/, "decoder"),
        task: "transcribe",
      },
    });
  throw new UnknownShape(`an encoder of the type ${JSON.stringify(type)} is not known`);
}

/** Recognisers that are one file, by the type that its makers wrote into it. */
const singleRecognisers: Readonly<Record<string, { readonly key: string; readonly streamingKey?: string }>> =
  {
    EncDecCTCModel: { key: "nemoCtc", streamingKey: "nemoCtc" },
    EncDecCTCModelBPE: { key: "nemoCtc", streamingKey: "nemoCtc" },
    EncDecHybridRNNTCTCBPEModel: { key: "nemoCtc", streamingKey: "nemoCtc" },
    zipformer2_ctc: { key: "zipformerCtc", streamingKey: "zipformer2Ctc" },
    sense_voice_ctc: { key: "senseVoice" },
  };

function readSingleShape(
  files: Files,
  model: string,
  tokens: string,
  metadata: ReadonlyMap<string, string>,
): ModelShape {
  const type = metadata.get("model_type") ?? "";
  const known = singleRecognisers[type];
  if (known) {
    const streams = metadata.has("decode_chunk_len") || metadata.has("cache_last_channel_dim1");
    const key = streams ? known.streamingKey : known.key;
    if (key !== undefined)
      return recogniser(files, tokens, streams, type, { [key]: { model: files.use(model) } });
  }
  const voice = voiceConfig(files, type, model, tokens);
  if (voice === undefined)
    throw new UnknownShape(`${model}: a model of the type ${JSON.stringify(type)} is not known`);
  const counted = Number(metadata.get("n_speakers") ?? 1);
  return {
    kind: "voice",
    family: Object.keys(voice)[0] as string,
    config: { model: { ...voice, provider: "cpu" }, maxNumSentences: 1 },
    files: [...files.taken],
    speakers: Number.isInteger(counted) && counted > 1 ? counted : 1,
  };
}

function voiceConfig(files: Files, type: string, model: string, tokens: string): object | undefined {
  const common = {
    tokens: files.use(tokens),
    dataDir: files.has("espeak-ng-data") ? files.use("espeak-ng-data") : "",
  };
  const lexicon = files.has("lexicon.txt") ? files.use("lexicon.txt") : "";
  if (/^kokoro/.test(type) || /^kitten/.test(type)) {
    const voices = files.need(/^voices.*\.bin$/, "voices.bin");
    const config = { model: files.use(model), voices, ...common };
    return /^kokoro/.test(type) ? { kokoro: { ...config, lexicon } } : { kitten: config };
  }
  if (/^matcha/.test(type)) {
    const vocoder = files.need(/^(vocos|hifigan|vocoder).*\.onnx$/, "vocoder (vocos….onnx or hifigan….onnx)");
    return { matcha: { acousticModel: files.use(model), vocoder, lexicon, ...common } };
  }
  return /^vits/.test(type) ? { vits: { model: files.use(model), lexicon, ...common } } : undefined;
}

function recogniser(
  files: Files,
  tokens: string,
  streams: boolean,
  family: string,
  model: object,
): ModelShape {
  const modelConfig = { ...model, tokens: files.use(tokens), provider: "cpu" };
  const featConfig = { sampleRate: 16_000, featureDim: 80 };
  return {
    kind: streams ? "streaming" : "whole",
    family,
    // The turn detector decides where an utterance ends.
    config: streams
      ? { featConfig, modelConfig, decodingMethod: "greedy_search", enableEndpoint: 0 }
      : { featConfig, modelConfig },
    files: [...files.taken],
    speakers: 0,
  };
}
