/** The status line. */
import type { Turns } from "../src/client/turns.ts";

export interface Standing {
  readonly phase: "idle" | "connecting" | "live" | "closed";
  /** The connection was lost, and the session waits for it. */
  readonly away: boolean;
  /** The user holds the button. */
  readonly talking: boolean;
  /** The coach is being heard. */
  readonly speaking: boolean;
  readonly handsFree: boolean;
  readonly turns: Turns;
}

/** The line. */
export function statusText({ phase, away, talking, speaking, handsFree, turns }: Standing): string {
  if (phase === "connecting") return "Connecting…";
  if (phase !== "live") return turns.coaching.report ? "The session has ended" : "Not connected";
  if (away) return talking ? "Reconnecting… go on, what you say is kept" : "Reconnecting…";
  const { utterance, reply } = turns.turns.at(-1) ?? {};
  if (talking) return "Listening… let go, or tap again, when you have finished";
  if (speaking) return handsFree ? "Kuku is speaking; speak to interrupt" : "Kuku is speaking";
  if (utterance?.state === "speaking") return "Listening…";
  if (utterance && utterance.state !== "failed" && reply?.doneAt === undefined) return "Thinking…";
  if (turns.coaching.wrapUp === "confirmed") return "Writing down what you take with you…";
  if (handsFree) return "Your turn: just speak";
  return "Your turn: hold the button or the space bar";
}
