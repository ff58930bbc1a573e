/** Settings of turn detection: the three ways of the Realtime API. Part of the ears. */

/** Silence of a fixed length ends the turn. */
export interface ServerVad {
  readonly type: "server_vad";
  /** 0–1; higher wants louder, clearer speech. */
  readonly threshold: number;
  /** Audio kept from before the detected start, ms. */
  readonly prefixPaddingMs: number;
  /** Silence that ends the turn, ms. */
  readonly silenceMs: number;
  /** Silence that ends the turn once an expected text was read to its end, ms. @default `silenceMs` */
  readonly readToEndMs?: number | undefined;
}

/** Silence weighed with how the speech ended gives a thinking speaker time. */
export interface SemanticVad {
  readonly type: "semantic_vad";
  /** `auto` is `medium`. `low` waits longest. */
  readonly eagerness: "low" | "medium" | "high" | "auto";
}

/** `null` is push to talk: `commit` alone ends a turn. */
export type TurnDetection = ServerVad | SemanticVad | null;
