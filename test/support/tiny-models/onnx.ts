/** Writes ONNX graphs: the few messages of onnx.proto3 that a small model needs, encoded by hand. */

/** Element types of tensors, as ONNX numbers them. */
const elementTypes = { float: 1, int32: 6, int64: 7 } as const;
type ElementType = keyof typeof elementTypes;

/** An input or output; a dimension is a length, or the name of one that is known only when the model runs. */
export interface Port {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

export interface Constant {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

interface Operation {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** A number is an integer attribute, a list one of integers. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

export interface Graph {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly constants: readonly Constant[];
  readonly operations: readonly Operation[];
  readonly metadata: Readonly<Record<string, string | number>>;
}

/** Encodes a model of operator set 17. */
export function encodeOnnx(graph: Graph): Buffer {
  return message(
    integer(1, 8),
    text(2, "kuku-test"),
    part(7, encodeGraph(graph)),
    part(8, message(text(1, ""), integer(2, 17))),
    ...Object.entries(graph.metadata).map(([key, value]) =>
      part(14, message(text(1, key), text(2, String(value)))),
    ),
  );
}

function encodeGraph({ inputs, outputs, constants, operations }: Graph): Buffer {
  return message(
    ...operations.map((operation) => part(1, encodeOperation(operation))),
    text(2, "tiny"),
    ...constants.map((constant) => part(5, encodeConstant(constant))),
    ...inputs.map((port) => part(11, encodePort(port))),
    ...outputs.map((port) => part(12, encodePort(port))),
  );
}

function encodeOperation({ op, inputs, outputs, attributes = {} }: Operation): Buffer {
  return message(
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => {
      const list = typeof value === "number" ? [integer(3, value)] : value.map((each) => integer(8, each));
      return part(5, message(text(1, name), ...list, integer(20, typeof value === "number" ? 2 : 7)));
    }),
  );
}

function encodeConstant({ name, type, shape, values }: Constant): Buffer {
  const raw = {
    float: () => new Float32Array(values),
    int32: () => new Int32Array(values),
    int64: () => new BigInt64Array(values.map(BigInt)),
  }[type]();
  return message(
    ...shape.map((length) => integer(1, length)),
    integer(2, elementTypes[type]),
    text(8, name),
    part(9, Buffer.from(raw.buffer)),
  );
}

function encodePort({ name, type, shape }: Port): Buffer {
  const dimensions = shape.map((each) =>
    part(1, typeof each === "number" ? integer(1, each) : text(2, each)),
  );
  const tensor = message(integer(1, elementTypes[type]), part(2, message(...dimensions)));
  return message(text(1, name), part(2, part(1, tensor)));
}

const message = (...fields: readonly Buffer[]) => Buffer.concat(fields);
const integer = (field: number, value: number) => message(varint(field << 3), varint(value));
const part = (field: number, bytes: Buffer) => message(varint((field << 3) | 2), varint(bytes.length), bytes);
const text = (field: number, value: string) => part(field, Buffer.from(value));

/** A number in groups of seven bits, the lowest first; negative ones as 64 bits. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}
