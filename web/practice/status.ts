/** The status line. */
import type { Turns } from "../../src/client/turns.ts";
import { t } from "../messages/index.ts";

export interface Standing {
  readonly phase: "idle" | "connecting" | "live" | "ending" | "closed";
  /** The connection was lost, and the session waits for it. */
  readonly away: boolean;
  /** The user holds the button. */
  readonly talking: boolean;
  /** The coach is being heard. */
  readonly speaking: boolean;
  readonly handsFree: boolean;
  /** Without a microphone there is nothing to hold. */
  readonly hasMicrophone: boolean;
  readonly turns: Turns;
}

/** The line. */
export function statusText({
  phase,
  away,
  talking,
  speaking,
  handsFree,
  hasMicrophone,
  turns,
}: Standing): string {
  if (phase === "connecting") return t.status.connecting;
  if (phase === "ending") return t.status.writing;
  if (phase !== "live") return turns.coaching.report ? t.status.ended : t.status.notConnected;
  if (away) return talking ? t.status.reconnectingTalking : t.status.reconnecting;
  const { utterance, reply } = turns.turns.at(-1) ?? {};
  if (talking) return t.status.listeningHeld;
  if (speaking) return handsFree && hasMicrophone ? t.status.speakingHandsFree : t.status.speaking;
  if (utterance?.state === "speaking") return t.status.listening;
  if (utterance && utterance.state !== "failed" && reply?.doneAt === undefined) return t.status.thinking;
  if (turns.coaching.wrapUp === "confirmed") return t.status.writing;
  if (!hasMicrophone) return t.status.yourTurnTyping;
  return handsFree ? t.status.yourTurnHandsFree : t.status.yourTurn;
}
