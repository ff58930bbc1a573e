/** Punctuation models of the three tones' names: what follows a word, and how it begins, depend on the word alone. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeOnnx } from "./onnx.ts";

/** Pieces of the tones' names, by number; 1 and 2 stand around a text, 0 behind it. */
const pieces = ["<unk>", "<s>", "</s>", "▁low", "▁mid", "▁high"];
/** Longest text, pieces. */
const longest = 200;

const oneHot = (length: number, at: number) => Array.from({ length }, (_, i) => (i === at ? 1 : 0));

/** Writes a model of punctuation and casing (shaped as Edge-Punct-Casing): "low high mid" becomes "Low high, mid." */
export function writePunctuation(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const none = 0;
  const rows = (choose: (piece: string) => number) => pieces.flatMap((piece) => oneHot(4, choose(piece)));
  const capital = 2;
  const marks: Readonly<Record<string, number>> = { "▁high": 1, "▁mid": 2 };
  const shape = [pieces.length, 4];
  const model = encodeOnnx({
    inputs: [
      { name: "token_ids", type: "int32", shape: ["N", longest] },
      { name: "valid_ids", type: "int32", shape: ["N", longest] },
      { name: "label_lens", type: "int32", shape: ["N"] },
    ],
    outputs: [
      { name: "case_logits", type: "float", shape: ["W", 4] },
      { name: "punct_logits", type: "float", shape: ["W", 4] },
    ],
    constants: [
      { name: "row", type: "int64", shape: [1], values: [-1] },
      { name: "last_sign", type: "int32", shape: [], values: [2] },
      { name: "cases", type: "float", shape, values: rows((piece) => (piece === "▁low" ? capital : none)) },
      { name: "marks", type: "float", shape, values: rows((piece) => marks[piece] ?? none) },
    ],
    operations: [
      { op: "Reshape", inputs: ["token_ids", "row"], outputs: ["all"] },
      { op: "Greater", inputs: ["all", "last_sign"], outputs: ["is_word"] },
      { op: "Compress", inputs: ["all", "is_word"], outputs: ["words"], attributes: { axis: 0 } },
      { op: "Gather", inputs: ["cases", "words"], outputs: ["case_logits"], attributes: { axis: 0 } },
      { op: "Gather", inputs: ["marks", "words"], outputs: ["punct_logits"], attributes: { axis: 0 } },
    ],
    metadata: { COMMA: 1, PERIOD: 2, QUESTION: 3, UPPER: 1, CAP: 2, MIX_CASE: 3 },
  });
  writeFileSync(join(folder, "model.onnx"), model);
  writeFileSync(join(folder, "bpe.vocab"), pieces.map((piece, i) => `${piece}\t${-i}\n`).join(""));
}

/** Writes a model of punctuation alone (shaped as FunASR's CT-Transformer), whose marks are the Chinese ones. */
export function writeChinesePunctuation(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const tokens = ["low", "mid", "high", "<unk>"];
  const punctuations = ["<unk>", "_", "，", "。", "？", "、"];
  const marks: Readonly<Record<string, string>> = { high: "，", mid: "。" };
  const model = encodeOnnx({
    inputs: [
      { name: "inputs", type: "int32", shape: [1, "T"] },
      { name: "text_lengths", type: "int32", shape: [1] },
    ],
    outputs: [{ name: "logits", type: "float", shape: [1, "T", punctuations.length] }],
    constants: [
      {
        name: "marks",
        type: "float",
        shape: [tokens.length, punctuations.length],
        values: tokens.flatMap((token) =>
          oneHot(punctuations.length, punctuations.indexOf(marks[token] ?? "_")),
        ),
      },
    ],
    operations: [{ op: "Gather", inputs: ["marks", "inputs"], outputs: ["logits"], attributes: { axis: 0 } }],
    metadata: {
      model_type: "ct_transformer",
      tokens: tokens.join("|"),
      vocab_size: tokens.length,
      punctuations: punctuations.join("|"),
      unk_symbol: "<unk>",
    },
  });
  writeFileSync(join(folder, "model.onnx"), model);
}
