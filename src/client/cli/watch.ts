/** Beside a spoken turn: what has happened so far, and a way to wait for more of it. */
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { ClientClock } from "../clock.ts";
import type { ConnectionState } from "../line.ts";
import type { OpenSocket } from "../socket.ts";
import { followAudio, followTurns, noTurns, type Turns } from "../turns.ts";
import type { FailureCode } from "./outcome.ts";

/** Samples per second asked for of replies. */
export const replyRate = 24_000;

/** Progress of a talk; `at` in ms since the recording began to be spoken, 0 before. */
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

/** The state of a talk as the server's events build it, and a way to wait for it to change. */
export class TalkWatch {
  /** Reply audio received, in pieces, by response number. */
  readonly audio = new Map<number, Int16Array[]>();
  readonly #deps: TalkDeps;
  #turns = noTurns;
  /** Time at which the recording began to be spoken; NaN before. */
  #origin = Number.NaN;
  #failure: TalkFailure | undefined;
  #waiting: Array<() => void> = [];

  constructor(deps: TalkDeps) {
    this.#deps = deps;
  }

  get turns(): Turns {
    return this.#turns;
  }

  /** Time since `begin`, ms; 0 before. */
  at(): number {
    return Number.isNaN(this.#origin) ? 0 : this.#deps.clock.now() - this.#origin;
  }

  begin(): void {
    this.#origin = this.#deps.clock.now();
  }

  event(event: ServerEvent): void {
    this.#turns = followTurns(this.#turns, event, this.at());
    this.#deps.tell({ type: "event", at: this.at(), event }, this.#turns);
    this.look();
  }

  receivedAudio(responseNumber: number, startSample: number, pcm: Int16Array): void {
    this.#turns = followAudio(this.#turns, { responseNumber, startSample, pcm }, this.at());
    this.audio.set(responseNumber, [...(this.audio.get(responseNumber) ?? []), pcm]);
    const ms = (pcm.length * 1000) / replyRate;
    this.#deps.tell({ type: "audio", at: this.at(), response: responseNumber, ms }, this.#turns);
    this.look();
  }

  connection(state: ConnectionState): void {
    this.#deps.tell({ type: "connection", at: this.at(), state }, this.#turns);
  }

  /** Has every `until` look again. */
  look(): void {
    const looking = this.#waiting;
    this.#waiting = [];
    for (const again of looking) again();
  }

  fail(failure: TalkFailure): void {
    this.#failure ??= failure;
    this.look();
  }

  /** Resolves true once `fits`, false after `ms`; throws when the talk has failed. */
  async until(fits: () => boolean, ms: number): Promise<boolean> {
    let over = false;
    const stop = this.#deps.clock.after(ms, () => {
      over = true;
      this.look();
    });
    try {
      for (;;) {
        if (this.#failure) throw this.#failure;
        if (fits()) return true;
        if (over) return false;
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } finally {
      stop();
    }
  }
}
