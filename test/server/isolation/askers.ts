/** Those who ask in the matrix. */

/** In the order of the table's columns; `owner` is whose things everybody asks for. */
export const askers = [
  /** Shows nothing, where there are no guests. */
  "nobody",
  /** Are signed in. */
  "other",
  "owner",
  /** A key of the owner that was revoked, and a token for a browser that has expired. */
  "revoked",
  "expired",
  /** Is signed in, and administers the server. */
  "admin",
  /** A key of the owner that is there to look, and a token for a browser. */
  "reader",
  "secret",
  /** Client secrets of one key of the owner as two users, with all scopes but that for personas. */
  "alice",
  "bob",
  /** Shows nothing, where there are guests. */
  "guest",
] as const;
export type Asker = (typeof askers)[number];

/** Whose things there are: the owner's, and those of Alice, an end user of theirs. */
export type Maker = Extract<Asker, "owner" | "alice">;

/** Those with an account. */
export const people = ["owner", "other", "admin"] as const;
export type Person = (typeof people)[number];

export function isPerson(asker: Asker): asker is Person {
  return (people as readonly Asker[]).includes(asker);
}
