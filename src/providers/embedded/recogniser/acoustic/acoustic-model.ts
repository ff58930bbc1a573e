/** Recognition, step 2 of 5: reads the acoustic model of SoundSwallower's package into arrays for scoring. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

/** Positions of a phone in its word; the numbers are the model's own. */
export const WORD_INTERNAL = 0;
const WORD_BEGIN = 1;
const WORD_END = 2;
const WORD_SINGLE = 3;
/** Returns the position of phone `at` in a word of `length` phones. */
export const wordPosition = (at: number, length: number): number =>
  length === 1 ? WORD_SINGLE : at === 0 ? WORD_BEGIN : at === length - 1 ? WORD_END : WORD_INTERNAL;

/** Emitting states of each phone's hidden Markov model. */
export const STATES = 3;
export const STREAMS = 3;
export const STREAM_DIMS = 13;

/** How far right words may fall short of a model before they count as something else. */
export interface Tolerance {
  /** Nats by which the expected word may be worse than another reading and still count as read. */
  readonly margin: number;
  /** Nats a frame by which a voice may fall short of the best phones for the model to be fitted to it. */
  readonly strangest: number;
}

/** Of the English model, tuned by eval/reader. */
const ENGLISH: Tolerance = { margin: 25, strangest: 0.2 };

export interface AcousticModel {
  readonly tolerance: Tolerance;
  /** True: its means are fitted to a speaker who is known. */
  readonly adapted?: boolean;
  readonly phones: readonly string[];
  readonly phoneId: ReadonlyMap<string, number>;
  readonly silence: number;
  /** Number of Gaussians in each stream of a codebook. */
  readonly densities: number;
  readonly senones: number;
  /** Codebook (one per context-independent phone) of each senone. */
  readonly codebookOf: Uint8Array;
  /** [codebook][stream][density][dimension] */
  readonly means: Float32Array;
  /** Half the inverse variances, laid out as `means`. */
  readonly halfPrecisions: Float32Array;
  /** [codebook][stream][density]: log of the Gaussian's normaliser. */
  readonly normalisers: Float32Array;
  /** [senone][stream][density]: mixture weight, a natural logarithm in steps of `-MIXTURE_STEP`. */
  readonly mixture: Uint8Array;
  /** Log probability of staying in each state, and of leaving it: [phone][state]. */
  readonly stay: Float32Array;
  readonly leave: Float32Array;
  /** The three senones of a phone among its neighbours; falls back to other word positions, then to the phone alone. */
  senonesOf(phone: number, left: number, right: number, position: number): readonly number[];
}

/** Nats in one step of a mixture weight: the model's logarithms have base 1.0001 and are shifted by ten bits. */
export const MIXTURE_STEP = 1024 * Math.log(1.0001);
const VARIANCE_FLOOR = 1e-4;
const TRANSITION_FLOOR = 1e-4;

/**
 * Reads a PTM (phonetically tied mixture) model from a folder with `mdef`, `means`, `variances`, `sendump` and
 * `transition_matrices`, the file formats of CMU Sphinx; each may be compressed with Brotli, its name then ends in `.br`.
 * @throws Error where a file is missing or is not of that kind.
 */
export function loadAcousticModel(folder: string, tolerance = ENGLISH): AcousticModel {
  const read = (name: string): Buffer => {
    const file = join(folder, name);
    return existsSync(file) ? readFileSync(file) : brotliDecompressSync(readFileSync(`${file}.br`));
  };
  const definition = readDefinition(read("mdef"));
  const { values: means, shape } = readParameters(read("means"), 3);
  const variances = readParameters(read("variances"), 3).values;
  const densities = shape[2] as number;
  if (shape[1] !== STREAMS || shape[0] !== definition.phones.length)
    throw new Error(`${folder}: not a phonetically tied model with ${STREAMS} streams`);
  const gaussians = means.length / STREAM_DIMS;
  const halfPrecisions = new Float32Array(means.length);
  const normalisers = new Float32Array(gaussians);
  for (let g = 0; g < gaussians; g++) {
    let sum = 0;
    for (let d = 0; d < STREAM_DIMS; d++) {
      const variance = Math.max(VARIANCE_FLOOR, variances[g * STREAM_DIMS + d] as number);
      halfPrecisions[g * STREAM_DIMS + d] = 0.5 / variance;
      sum += Math.log(2 * Math.PI * variance);
    }
    normalisers[g] = -0.5 * sum;
  }
  const { stay, leave } = readTransitions(read("transition_matrices"));
  return {
    tolerance,
    phones: definition.phones,
    phoneId: new Map(definition.phones.map((name, id) => [name, id])),
    silence: definition.silence,
    densities,
    senones: definition.senones,
    codebookOf: definition.codebookOf,
    means,
    halfPrecisions,
    normalisers,
    mixture: readMixture(read("sendump"), densities, definition.senones),
    stay,
    leave,
    senonesOf: definition.senonesOf,
  };
}

/** A Sphinx-3 parameter file: a text header, a byte-order mark, `dimensions` sizes, then vector lengths and floats. */
function readParameters(
  file: Buffer,
  dimensions: number,
  vectors = true,
): { values: Float32Array; shape: number[] } {
  let at = file.indexOf("endhdr\n") + 7;
  if (at < 7 || file.readUInt32LE(at) !== 0x11223344) throw new Error("not a little-endian parameter file");
  at += 4;
  const shape: number[] = [];
  for (let i = 0; i < dimensions; i++, at += 4) shape.push(file.readInt32LE(at));
  if (vectors) {
    for (let i = 0; i < (shape[1] as number); i++, at += 4)
      if (file.readInt32LE(at) !== STREAM_DIMS) throw new Error("unexpected feature layout");
  }
  const count = file.readInt32LE(at);
  at += 4;
  return {
    values: new Float32Array(file.buffer.slice(file.byteOffset + at, file.byteOffset + at + count * 4)),
    shape,
  };
}

function readTransitions(file: Buffer): { stay: Float32Array; leave: Float32Array } {
  const { values, shape } = readParameters(file, 3, false);
  const phones = shape[0] as number;
  const stay = new Float32Array(phones * STATES);
  const leave = new Float32Array(phones * STATES);
  for (let row = 0; row < phones * STATES; row++) {
    const from = row % STATES;
    const staying = values[row * (STATES + 1) + from] as number;
    const leaving = values[row * (STATES + 1) + from + 1] as number;
    const p = staying / (staying + leaving || 1);
    stay[row] = Math.log(Math.max(TRANSITION_FLOOR, p));
    leave[row] = Math.log(Math.max(TRANSITION_FLOOR, 1 - p));
  }
  return { stay, leave };
}

/** `sendump`: a run of length-prefixed strings ended by an empty one, two sizes, then bytes [stream][density][senone]. */
function readMixture(file: Buffer, densities: number, senones: number): Uint8Array {
  let at = 0;
  for (;;) {
    const length = file.readInt32LE(at);
    at += 4 + length;
    if (length === 0) break;
  }
  if (file.readInt32LE(at) !== densities || file.readInt32LE(at + 4) !== senones)
    throw new Error("mixture weights do not fit the model definition");
  at += 8;
  const mixture = new Uint8Array(senones * STREAMS * densities);
  for (let row = 0; row < STREAMS * densities; row++)
    for (let s = 0; s < senones; s++)
      mixture[s * STREAMS * densities + row] = file[at + row * senones + s] as number;
  return mixture;
}

const CONTEXTS = 64;

/** `mdef` in its binary form; the layout is described in the file's own header. */
function readDefinition(file: Buffer) {
  if (file.toString("latin1", 0, 4) !== "BMDF") throw new Error("not a binary model definition");
  let at = 12 + file.readInt32LE(8);
  const head = Array.from({ length: 10 }, (_, i) => file.readInt32LE(at + i * 4));
  const [
    basePhones = 0,
    allPhones = 0,
    states = 0,
    ,
    senones = 0,
    ,
    sequences = 0,
    ,
    treeNodes = 0,
    silence = 0,
  ] = head;
  if (states !== STATES || basePhones > CONTEXTS) throw new Error("unexpected model topology");
  at += 40;
  const phones: string[] = [];
  const namesAt = at;
  while (phones.length < basePhones) {
    const end = file.indexOf(0, at);
    phones.push(file.toString("latin1", at, end));
    at = end + 1;
  }
  at = namesAt + Math.ceil((at - namesAt) / 4) * 4 + treeNodes * 8;
  const entriesAt = at;
  const sequencesAt = entriesAt + allPhones * 12 + 4;
  const sequence = (id: number) =>
    Array.from({ length: STATES }, (_, i) => file.readUInt16LE(sequencesAt + (id * STATES + i) * 2));
  if (sequencesAt + sequences * STATES * 2 > file.length) throw new Error("model definition ends early");
  const codebookOf = new Uint8Array(senones);
  const alone: number[][] = [];
  const inContext = new Int32Array(4 * CONTEXTS ** 3).fill(-1);
  const key = (phone: number, left: number, right: number, position: number) =>
    ((position * CONTEXTS + phone) * CONTEXTS + left) * CONTEXTS + right;
  for (let id = 0; id < allPhones; id++) {
    const entry = entriesAt + id * 12;
    const ssid = file.readInt32LE(entry);
    const base = id < basePhones ? id : (file[entry + 9] as number);
    const states = sequence(ssid);
    for (const senone of states) codebookOf[senone] = base;
    if (id < basePhones) alone.push(states);
    else
      inContext[
        key(base, file[entry + 10] as number, file[entry + 11] as number, file[entry + 8] as number)
      ] = ssid;
  }
  const senonesOf = (phone: number, left: number, right: number, position: number): readonly number[] => {
    let ssid = inContext[key(phone, left, right, position)] as number;
    for (let other = 0; ssid < 0 && other < 4; other++)
      ssid = inContext[key(phone, left, right, other)] as number;
    return ssid < 0 ? (alone[phone] as number[]) : sequence(ssid);
  };
  return { phones, silence, senones, codebookOf, senonesOf };
}
