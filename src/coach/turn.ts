/** One turn of the user as the coach takes it: an utterance that was heard, or a typed message. */
import type { Transcript } from "../pipeline/ports.ts";
import type { Command, Delivery } from "../pipeline/speech.ts";

export interface CoachTurn {
  /** Of an utterance. */
  readonly transcript?: Transcript & { readonly command?: Command };
  readonly delivery?: Delivery;
  /** Of a typed message. */
  readonly text?: string;
}
