/** Beside a spoken turn: what has happened so far, and a way to wait for more of it. */
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { ClientClock } from "../clock.ts";
import type { ConnectionState } from "../line.ts";
import type { OpenSocket } from "../socket.ts";
import { followAudio, followTurns, noTurns, type Turns } from "../turns.ts";
import type { FailureCode } from "./outcome.ts";

/** Samples per second asked for of replies. */
export const replyRate = 24_000;

/** What happens, as it happens; `at` in ms since the recording began to be spoken, 0 before. */
export type TalkNews =
  | { readonly type: "event"; readonly at: number; readonly event: ServerEvent }
  | { readonly type: "audio"; readonly at: number; readonly response: number; readonly ms: number }
  | { readonly type: "connection"; readonly at: number; readonly state: ConnectionState }
  /** `level` in dBFS. */
  | { readonly type: "spoken"; readonly at: number; readonly recordingMs: number; readonly level: number };

export interface TalkDeps {
  readonly clock: ClientClock;
  readonly openSocket: OpenSocket;
  readonly tell: (news: TalkNews, turns: Turns) => void;
}

/** Why a talk cannot go on. */
export class TalkFailure extends Error {
  readonly code: FailureCode;
  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** What is known so far, and a way to wait for more of it. */
export function openWatch(deps: TalkDeps) {
  let turns = noTurns;
  let origin = Number.NaN;
  let ended: TalkFailure | undefined;
  let waiting: Array<() => void> = [];
  const audio = new Map<number, Int16Array[]>();
  const at = () => (Number.isNaN(origin) ? 0 : deps.clock.now() - origin);
  const look = () => {
    const looking = waiting;
    waiting = [];
    for (const again of looking) again();
  };
  return {
    audio,
    at,
    get turns() {
      return turns;
    },
    begin() {
      origin = deps.clock.now();
    },
    event(event: ServerEvent) {
      turns = followTurns(turns, event, at());
      deps.tell({ type: "event", at: at(), event }, turns);
      look();
    },
    heard(responseNumber: number, startSample: number, pcm: Int16Array) {
      turns = followAudio(turns, { responseNumber, startSample, pcm }, at());
      audio.set(responseNumber, [...(audio.get(responseNumber) ?? []), pcm]);
      deps.tell(
        { type: "audio", at: at(), response: responseNumber, ms: (pcm.length * 1000) / replyRate },
        turns,
      );
      look();
    },
    connection(state: ConnectionState) {
      deps.tell({ type: "connection", at: at(), state }, turns);
    },
    look,
    fail(failure: TalkFailure) {
      ended ??= failure;
      look();
    },
    /** Resolves true once `fits`, false after `ms`; throws when the talk has failed. */
    async until(fits: () => boolean, ms: number): Promise<boolean> {
      let over = false;
      const stop = deps.clock.after(ms, () => {
        over = true;
        look();
      });
      try {
        for (;;) {
          if (ended) throw ended;
          if (fits()) return true;
          if (over) return false;
          await new Promise<void>((resolve) => waiting.push(resolve));
        }
      } finally {
        stop();
      }
    },
  };
}
/** See `openWatch`. */
export type Watch = ReturnType<typeof openWatch>;
