/** Ids: a prefix that says what it names, then a time-ordered UUID (v7) without dashes. And names nobody can guess. */
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

/** Makes ids; injected so that tests can count instead. */
export type NewId = (prefix: IdPrefix) => string;

/** Events are numbered within the process: there are dozens a second, and nobody has to guess their ids. */
const eventBase = v7().replaceAll("-", "").slice(0, 20);
let events = 0;

/** A fresh id such as `item_0198c1f2…`, a session's `session-0198c1f2-…` as front ends know it; sorts by the time it was made. */
export const newId: NewId = (prefix) =>
  prefix === "event"
    ? `event_${eventBase}${(++events).toString(16).padStart(12, "0")}`
    : prefix === "session"
      ? `session-${v7()}`
      : `${prefix}_${v7().replaceAll("-", "")}`;

/** 160 bits from the system's generator as 40 hexadecimal digits: who knows it was told it. */
export function newSecret(): string {
  return randomBytes(20).toString("hex");
}

/** SHA-256 of a secret, hexadecimal: what is kept of it. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Ids for tests: `item_1`, `item_2`, … counted per prefix. */
export function countingIds(): NewId {
  const counts = new Map<IdPrefix, number>();
  return (prefix) => {
    const next = (counts.get(prefix) ?? 0) + 1;
    counts.set(prefix, next);
    return `${prefix}_${next}`;
  };
}
