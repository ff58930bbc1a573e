/** Live sessions as the server streams them; comes back by itself when the stream ends or is lost. */
import type { LiveSession, Silent } from "./requests.ts";

export interface LiveState extends Silent {
  /** Undefined: none has come yet. */
  readonly sessions: readonly LiveSession[] | undefined;
  /** True while the stream is connected, so that what is shown is as of now. */
  readonly current: boolean;
}

/** Wait before the stream is asked for anew, where the browser does not do that itself, ms. */
const againMs = 3_000;

/**
 * Follows the live sessions until `close`. A browser comes back by itself after a stream that ended, and gives up after an
 * answer that is none (a restart behind a proxy, too many watchers): then it is asked for anew.
 */
export class LiveStream {
  readonly #onChange: (state: LiveState) => void;
  readonly #sessions = new Map<string, LiveSession>();
  #source: EventSource | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #silent: readonly string[] = [];
  #known = false;
  #current = false;

  constructor(onChange: (state: LiveState) => void) {
    this.#onChange = onChange;
    this.#open();
  }

  close(): void {
    clearTimeout(this.#again);
    this.#source?.close();
  }

  #open(): void {
    const source = new EventSource("/api/admin/sessions/stream");
    this.#source = source;
    const on = (type: string, take: (data: unknown) => void) =>
      source.addEventListener(type, (event: MessageEvent<string>) => {
        take(JSON.parse(event.data));
        this.#current = true;
        this.#tell();
      });
    on("snapshot", (data) => {
      const { sessions, silent } = data as Silent & { readonly sessions: readonly LiveSession[] };
      this.#known = true;
      this.#silent = silent;
      this.#sessions.clear();
      for (const session of sessions) this.#sessions.set(session.sessionId, session);
    });
    on("session", (data) => this.#sessions.set((data as LiveSession).sessionId, data as LiveSession));
    on("gone", (data) => this.#sessions.delete((data as LiveSession).sessionId));
    source.onerror = () => {
      this.#current = false;
      this.#tell();
      if (source.readyState === EventSource.CLOSED) this.#again = setTimeout(() => this.#open(), againMs);
    };
  }

  #tell(): void {
    const sessions = [...this.#sessions.values()].sort((a, b) => b.since.localeCompare(a.since));
    this.#onChange({
      sessions: this.#known ? sessions : undefined,
      silent: this.#silent,
      current: this.#current,
    });
  }
}
