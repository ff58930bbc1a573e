/** Ids (a prefix for the kind, then a time-ordered UUID v7 without dashes) and secrets. */
import { createHash, randomBytes } from "node:crypto";
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

/** Event ids are numbered within the process: dozens are needed a second, and none has to be unguessable. */
const eventBase = v7().replaceAll("-", "").slice(0, 20);
let events = 0;

/** Makes a fresh id such as `item_0198c1f2…` (a session's: `session-0198c1f2-…`, as front ends know it); ids sort by time of creation. */
export const newId: NewId = (prefix) =>
  prefix === "event"
    ? `event_${eventBase}${(++events).toString(16).padStart(12, "0")}`
    : prefix === "session"
      ? `session-${v7()}`
      : `${prefix}_${v7().replaceAll("-", "")}`;

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
