/**
 * Models of a few kilobytes, in the shapes that the local engines load: recognisers of three tones, and a voice that
 * hums a tone for each letter. The real runtime runs them, so that all but the weights is what users run.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Constant, encodeOnnx, type Port } from "./onnx.ts";

/** What the recognisers tell apart, Hz. */
export const tones = { low: 440, mid: 1000, high: 2500 } as const;
export type Tone = keyof typeof tones;

const bins = 80;
/** The recognisers' classes: no token, and one for each tone. */
const classes = 1 + Object.keys(tones).length;

/** Mel bin that a frequency falls into, as the runtime's filter bank lays them out between 20 and 7600 Hz. */
function binOf(hz: number): number {
  const mel = (f: number) => 1127 * Math.log(1 + f / 700);
  return Math.round(((mel(hz) - mel(20)) / (mel(7600) - mel(20))) * (bins + 1)) - 1;
}

/** Weights of a tone: the energy around its bin less that of all bins. `blank`: score of no token. */
function toneWeights(blank: number): readonly Constant[] {
  const weights = new Array<number>(bins * classes).fill(0);
  for (const [i, hz] of Object.values(tones).entries()) {
    const centre = binOf(hz);
    for (let bin = 0; bin < bins; bin++) {
      const near = Math.abs(bin - centre) <= 1 ? 1 / 3 : 0;
      weights[bin * classes + i + 1] = near - 1 / bins;
    }
  }
  return [
    { name: "weights", type: "float", shape: [bins, classes], values: weights },
    { name: "bias", type: "float", shape: [classes], values: [blank, 0, 0, 0] },
  ];
}

const tokenLines = ["▁low", "▁mid", "▁high"];
const numbered = (lines: readonly string[]) => lines.map((line, i) => `${line} ${i}\n`).join("");

/** Writes a streaming transducer (shaped as icefall's LSTM ones) that tells tones as they sound. */
export function writeStreamingRecogniser(folder: string, { blank = 3 } = {}): void {
  mkdirSync(folder, { recursive: true });
  const chunk = 4;
  const state = (name: string): Port => ({ name, type: "float", shape: [1, "N", 1] });
  const encoder = encodeOnnx({
    inputs: [{ name: "x", type: "float", shape: ["N", chunk, bins] }, state("h"), state("c")],
    outputs: [
      { name: "encoder_out", type: "float", shape: ["N", 1, classes] },
      state("next_h"),
      state("next_c"),
    ],
    constants: toneWeights(blank),
    operations: [
      {
        op: "ReduceMean",
        inputs: ["x"],
        outputs: ["frame"],
        attributes: { axes: [1], keepdims: 1 },
      },
      { op: "MatMul", inputs: ["frame", "weights"], outputs: ["scores"] },
      { op: "Add", inputs: ["scores", "bias"], outputs: ["encoder_out"] },
      { op: "Identity", inputs: ["h"], outputs: ["next_h"] },
      { op: "Identity", inputs: ["c"], outputs: ["next_c"] },
    ],
    metadata: {
      model_type: "lstm",
      model_author: "kuku",
      num_encoder_layers: 1,
      T: chunk,
      decode_chunk_len: chunk,
      rnn_hidden_size: 1,
      d_model: 1,
    },
  });
  // A tone that has just been told is not told again, as a trained decoder's context would have it.
  const told = new Array<number>(classes * classes).fill(0);
  for (let i = 1; i < classes; i++) told[i * classes + i] = -1000;
  const decoder = encodeOnnx({
    inputs: [{ name: "y", type: "int64", shape: ["N", 2] }],
    outputs: [{ name: "decoder_out", type: "float", shape: ["N", classes] }],
    constants: [
      { name: "told", type: "float", shape: [classes, classes], values: told },
      { name: "last", type: "int64", shape: [], values: [1] },
    ],
    operations: [
      { op: "Gather", inputs: ["y", "last"], outputs: ["token"], attributes: { axis: 1 } },
      { op: "Gather", inputs: ["told", "token"], outputs: ["decoder_out"], attributes: { axis: 0 } },
    ],
    metadata: { vocab_size: classes, context_size: 2 },
  });
  const joiner = encodeOnnx({
    inputs: [
      { name: "encoder_out", type: "float", shape: ["N", classes] },
      { name: "decoder_out", type: "float", shape: ["N", classes] },
    ],
    outputs: [{ name: "logit", type: "float", shape: ["N", classes] }],
    constants: [],
    operations: [{ op: "Add", inputs: ["encoder_out", "decoder_out"], outputs: ["logit"] }],
    metadata: { joiner_dim: classes },
  });
  writeFileSync(join(folder, "encoder.onnx"), encoder);
  writeFileSync(join(folder, "decoder.onnx"), decoder);
  writeFileSync(join(folder, "joiner.onnx"), joiner);
  writeFileSync(join(folder, "tokens.txt"), numbered(["<blk>", ...tokenLines]));
}

/** Writes a CTC recogniser of whole utterances (shaped as NeMo's). */
export function writeWholeRecogniser(folder: string): void {
  mkdirSync(folder, { recursive: true });
  // NeMo's blank comes last.
  const order = [1, 2, 3, 0];
  const [weights, bias] = toneWeights(3) as [Constant, Constant];
  const reorder = (constant: Constant): Constant => ({
    ...constant,
    values: constant.values.map((_, i) => constant.values[i - (i % classes) + order[i % classes]!] as number),
  });
  const model = encodeOnnx({
    inputs: [
      { name: "audio_signal", type: "float", shape: ["N", bins, "T"] },
      { name: "length", type: "int64", shape: ["N"] },
    ],
    outputs: [{ name: "logprobs", type: "float", shape: ["N", "T", classes] }],
    constants: [reorder(weights), reorder(bias)],
    operations: [
      { op: "Transpose", inputs: ["audio_signal"], outputs: ["frames"], attributes: { perm: [0, 2, 1] } },
      { op: "MatMul", inputs: ["frames", "weights"], outputs: ["scores"] },
      { op: "Add", inputs: ["scores", "bias"], outputs: ["logits"] },
      { op: "LogSoftmax", inputs: ["logits"], outputs: ["logprobs"], attributes: { axis: 2 } },
    ],
    metadata: {
      model_type: "EncDecCTCModel",
      vocab_size: classes - 1,
      subsampling_factor: 1,
      normalize_type: "",
    },
  });
  writeFileSync(join(folder, "model.onnx"), model);
  writeFileSync(join(folder, "tokens.txt"), numbered([...tokenLines, "<blk>"]));
}

/** Letters the voice hums, each with its tone in Hz; other characters are not heard. */
const letters = "abcdefghijklmnopqrstuvwxyz ";
const rate = 16_000;
/** Length of a letter at speed 1, samples. */
const letterLength = 1_280;

/** The tone of a letter: l, m and h are those of the recognisers. */
function toneOf(letter: string): number {
  if (letter === " ") return 0;
  return { l: tones.low, m: tones.mid, h: tones.high }[letter] ?? 500 + 30 * letters.indexOf(letter);
}

/** Writes a voice (shaped as Coqui's VITS with characters as tokens). */
export function writeVoice(folder: string, { speakers = 1 } = {}): void {
  mkdirSync(folder, { recursive: true });
  const scalar = (name: string, value: number): Constant => ({
    name,
    type: "float",
    shape: [],
    values: [value],
  });
  const model = encodeOnnx({
    inputs: [
      { name: "input", type: "int64", shape: [1, "T"] },
      { name: "input_lengths", type: "int64", shape: [1] },
      { name: "scales", type: "float", shape: [3] },
      { name: "sid", type: "int64", shape: [1] },
    ],
    outputs: [{ name: "output", type: "float", shape: [1, 1, "S"] }],
    constants: [
      { name: "tones", type: "float", shape: [letters.length], values: [...letters].map(toneOf) },
      { name: "one", type: "int64", shape: [], values: [1] },
      { name: "row", type: "int64", shape: [1], values: [-1] },
      { name: "wave_shape", type: "int64", shape: [3], values: [1, 1, -1] },
      scalar("letter", letterLength),
      scalar("zero", 0),
      scalar("step", 1),
      scalar("angle", (2 * Math.PI) / rate),
      scalar("loudness", 0.3),
      scalar("octave", 0.5),
    ],
    operations: [
      // Tones of the letters, raised by half for each further speaker.
      { op: "Reshape", inputs: ["input", "row"], outputs: ["ids"] },
      { op: "Gather", inputs: ["tones", "ids"], outputs: ["plain"], attributes: { axis: 0 } },
      { op: "Cast", inputs: ["sid"], outputs: ["speaker"], attributes: { to: 1 } },
      { op: "Mul", inputs: ["speaker", "octave"], outputs: ["higher"] },
      { op: "Add", inputs: ["higher", "step"], outputs: ["factor"] },
      { op: "Mul", inputs: ["plain", "factor"], outputs: ["pitch"] },
      // Which letter each sample belongs to.
      { op: "Gather", inputs: ["scales", "one"], outputs: ["slowness"], attributes: { axis: 0 } },
      { op: "Mul", inputs: ["letter", "slowness"], outputs: ["length"] },
      { op: "Shape", inputs: ["ids"], outputs: ["counted"] },
      { op: "Cast", inputs: ["counted"], outputs: ["count"], attributes: { to: 1 } },
      { op: "Mul", inputs: ["count", "length"], outputs: ["total"] },
      { op: "Squeeze", inputs: ["total"], outputs: ["samples"] },
      { op: "Range", inputs: ["zero", "samples", "step"], outputs: ["time"] },
      { op: "Div", inputs: ["time", "length"], outputs: ["place"] },
      { op: "Floor", inputs: ["place"], outputs: ["index"] },
      { op: "Cast", inputs: ["index"], outputs: ["which"], attributes: { to: 7 } },
      { op: "Gather", inputs: ["pitch", "which"], outputs: ["frequency"], attributes: { axis: 0 } },
      { op: "Mul", inputs: ["frequency", "time"], outputs: ["turns"] },
      { op: "Mul", inputs: ["turns", "angle"], outputs: ["phase"] },
      { op: "Sin", inputs: ["phase"], outputs: ["wave"] },
      { op: "Mul", inputs: ["wave", "loudness"], outputs: ["quiet"] },
      { op: "Reshape", inputs: ["quiet", "wave_shape"], outputs: ["output"] },
    ],
    metadata: {
      model_type: "vits",
      comment: "coqui",
      language: "English",
      frontend: "characters",
      sample_rate: rate,
      n_speakers: speakers,
      add_blank: 0,
      use_eos_bos: 0,
      bos_id: 26,
      eos_id: 26,
      blank_id: 26,
    },
  });
  writeFileSync(join(folder, "model.onnx"), model);
  writeFileSync(join(folder, "tokens.txt"), numbered([...letters]));
}
