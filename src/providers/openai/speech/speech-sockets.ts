/** A small pool of warm Realtime sockets that read texts aloud. */
import type { CancelTimer } from "../../../lib/clock.ts";
import type { StageError } from "../../../lib/errors.ts";
import type { Upstream } from "../upstream.ts";
import { type SpeechRequest, type SpeechResponse, SpeechSocket } from "./speech-socket.ts";

export interface SpeechSocketsOptions {
  readonly upstream: Upstream;
  readonly model: string;
  /** Called when a socket failed, whether or not it was speaking. */
  readonly onFailure: (error: StageError) => void;
}

/** Sockets kept open while they are idle; busy ones are as many as there are texts read at once. */
const MOST_IDLE = 4;
/** An idle socket is closed after this long, ms. */
const IDLE_MS = 10 * 60_000;
/** A socket is used no longer than this, ms: the vendor ends a session after an hour. */
const LONGEST_LIFE_MS = 45 * 60_000;

export class SpeechSockets {
  readonly #options: SpeechSocketsOptions;
  readonly #all = new Set<SpeechSocket>();
  /** Idle sockets, the one used last at the end, each with the timer that closes it. */
  readonly #idle = new Map<SpeechSocket, CancelTimer>();
  #closed = false;

  constructor(options: SpeechSocketsOptions) {
    this.#options = options;
  }

  /** Open sockets, and those of them that speak or wait for a cancelled response to end. */
  get counts(): { readonly open: number; readonly busy: number } {
    return { open: this.#all.size, busy: [...this.#all].filter((socket) => socket.busy).length };
  }

  /** Opens a socket unless one is idle. */
  warm(): void {
    if (this.#idle.size === 0 && !this.#closed) this.#rest(this.#open());
  }

  /**
   * Asks for a response on an idle socket, else on a new one; `fresh`: on a new one in any case. `reused`: the socket had
   * been idle, and may be found closed.
   */
  speak(request: SpeechRequest, fresh: boolean): { response: SpeechResponse; reused: boolean } {
    const idle = fresh ? undefined : this.#idleFor(request.voice);
    const socket = idle ?? this.#open();
    this.#wake(socket);
    return { response: socket.speak(request), reused: idle !== undefined };
  }

  /** Ends all sockets; what is being read fails. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#all) socket.close();
  }

  #idleFor(voice: string): SpeechSocket | undefined {
    const now = this.#options.upstream.clock.now();
    for (const socket of [...this.#idle.keys()].reverse()) {
      if (now - socket.openedAt > LONGEST_LIFE_MS) socket.close();
      else if (socket.canSpeak(voice)) return socket;
    }
    return undefined;
  }

  #open(): SpeechSocket {
    const { upstream, model, onFailure } = this.#options;
    const socket = new SpeechSocket({
      upstream,
      model,
      onIdle: (idle) => this.#rest(idle),
      onEnd: (ended, error) => {
        this.#all.delete(ended);
        this.#wake(ended);
        if (error) onFailure(error);
      },
    });
    this.#all.add(socket);
    return socket;
  }

  /** Keeps an idle socket, in place of the one idle for longest where there are enough. */
  #rest(socket: SpeechSocket): void {
    if (this.#closed) return socket.close();
    const { clock } = this.#options.upstream;
    this.#idle.set(
      socket,
      clock.after(IDLE_MS, () => socket.close()),
    );
    const [oldest] = this.#idle.keys();
    if (this.#idle.size > MOST_IDLE) oldest?.close();
  }

  #wake(socket: SpeechSocket): void {
    this.#idle.get(socket)?.();
    this.#idle.delete(socket);
  }
}
