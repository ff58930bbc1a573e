/** Ids (a prefix for the kind, then a time-ordered UUID v7 without dashes) and secrets. */
import { createHash, randomBytes, randomFillSync } from "node:crypto";
import { v7 } from "uuid";

export type IdPrefix =
  | "session"
  | "conv"
  | "item"
  | "resp"
  | "event"
  | "req"
  | "call"
  | "turn"
  | "node"
  | "user"
  | "key"
  | "guest"
  | "audit"
  | "directive";

/** Generates ids; injected so that tests can count instead. */
export type NewId = (prefix: IdPrefix) => string;

/** Random bytes of ids, drawn for 256 of them at once: a draw for each would be most of what an id costs. */
const drawn = new Uint8Array(256 * 16);
let used = drawn.length;

function draw(): Uint8Array {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  used += 16;
  return drawn.subarray(used - 16, used);
}

let lastMs = 0;
/** Counts the ids of one millisecond, from a random number on; 31 bits. */
let sequence = 0;

/** Makes a UUID v7 that sorts behind all that this process has made before. */
function uuid(): string {
  const random = draw();
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    sequence = new DataView(random.buffer, random.byteOffset).getUint32(6) >>> 2;
  } else sequence++;
  return v7({ random, msecs: lastMs, seq: sequence });
}

/** Event ids are numbered within the process: dozens are needed a second, and none has to be unguessable. */
const eventBase = uuid().replaceAll("-", "").slice(0, 20);
let events = 0;

/** Makes a fresh id such as `item_0198c1f2…` (a session's: `session-0198c1f2-…`, as front ends know it); ids sort by time of creation. */
export const newId: NewId = (prefix) =>
  prefix === "event"
    ? `event_${eventBase}${(++events).toString(16).padStart(12, "0")}`
    : prefix === "session"
      ? `session-${uuid()}`
      : `${prefix}_${uuid().replaceAll("-", "")}`;

/** Makes a secret: 160 bits from the system's random generator as 40 hexadecimal digits. */
export function newSecret(): string {
  return randomBytes(20).toString("hex");
}

/** Returns the SHA-256 of a secret, hexadecimal: the only form in which a secret is stored. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Makes a generator for tests: `item_1`, `item_2`, … counted per prefix. */
export function countingIds(): NewId {
  const counts = new Map<IdPrefix, number>();
  return (prefix) => {
    const next = (counts.get(prefix) ?? 0) + 1;
    counts.set(prefix, next);
    return `${prefix}_${next}`;
  };
}
