/** The commands' output. */

/** The part of a terminal that a command uses; a process's streams fit. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  hasColors?(): boolean;
  write(text: string): unknown;
}

export interface Terminal {
  readonly out: Output;
  readonly error: Output;
}
