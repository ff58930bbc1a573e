/** Streams live sessions to administrators as Server-Sent Events: one sample a second serves all watchers. */
import { Readable } from "node:stream";
import type { CancelTimer, Clock } from "../../lib/clock.ts";
import type { Principal } from "../access/principal.ts";
import type { Logger } from "../logging/log.ts";
import { HttpError, protocolError } from "../net/http-error.ts";
import type { LiveView } from "./live-schemas.ts";
import type { Nodes, Reports } from "./nodes.ts";

export interface FeedLimits {
  /** Watchers at once; more are refused. */
  readonly watchers: number;
  /** From one sample to the next, ms. */
  readonly tickMs: number;
  /** Silence after which a watcher is sent a heartbeat, ms. */
  readonly heartbeatMs: number;
  /** Bytes that may wait for a watcher that does not read; beyond, its stream is cut. */
  readonly waitingBytes: number;
  /** Longest life of a stream, ms; asking again checks the credentials anew. */
  readonly longestMs: number;
}

const feedLimits: FeedLimits = {
  watchers: 20,
  tickMs: 1000,
  heartbeatMs: 15_000,
  waitingBytes: 1024 * 1024,
  longestMs: 5 * 60_000,
};

/** The administrator who watches, by credentials. */
type WatchingAs = Pick<Principal, "id" | "keyId">;

/** Selects sessions; an absent field selects all. */
export interface LiveFilter {
  readonly ownerId?: string | undefined;
  readonly node?: string | undefined;
}

export interface LiveFeedOptions {
  readonly nodes: Pick<Nodes, "reports">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits?: Partial<FeedLimits> | undefined;
}

/** Views by session, each with its text, which is made once for all watchers. */
type Sample = ReadonlyMap<string, { readonly view: LiveView; readonly text: string }>;

interface Watcher {
  readonly as: WatchingAs;
  readonly stream: Readable;
  readonly filter: LiveFilter;
  /** The views that the watcher has been sent, as text, by session. */
  sent: ReadonlyMap<string, string>;
  /** Clock times, ms. */
  lastAt: number;
  readonly until: number;
}

/** The streams of live sessions. Samples are taken only while at least one stream is open. */
export class LiveFeed {
  readonly #nodes: Pick<Nodes, "reports">;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #limits: FeedLimits;
  readonly #watchers = new Set<Watcher>();
  #opening = 0;
  #closed = false;
  #sampling = false;
  #cancelTick: CancelTimer | undefined;

  constructor({ nodes, clock, log, limits }: LiveFeedOptions) {
    this.#nodes = nodes;
    this.#clock = clock;
    this.#log = log;
    this.#limits = { ...feedLimits, ...limits };
  }

  /**
   * Opens a stream of events: `snapshot`, then `session` for a session that is new or has changed and `gone` for one that
   * is not live any more.
   * @throws HttpError 429 where as many watch as may, 503 `server_draining`; StoreError
   */
  async open({ id, keyId }: WatchingAs, filter: LiveFilter): Promise<Readable> {
    this.#refuse();
    this.#opening++;
    const reports = await this.#nodes.reports({ wait: true }).finally(() => this.#opening--);
    this.#refuse();
    const sent = select(sampleOf(reports), filter);
    const stream = new Readable({ read() {} });
    const now = this.#clock.now();
    const until = now + this.#limits.longestMs;
    const watcher: Watcher = { as: { id, keyId }, stream, filter, sent, lastAt: now, until };
    this.#watchers.add(watcher);
    stream.once("close", () => this.#remove(watcher));
    const snapshot = `{"sessions":[${[...sent.values()].join(",")}],"silent":${JSON.stringify(reports.silent)}}`;
    // An EventSource reconnects two seconds after its stream is lost.
    this.#send(watcher, `retry: 2000\n\n${event("snapshot", snapshot)}`);
    this.#schedule();
    return stream;
  }

  /** Streams that are open. */
  get watching(): number {
    return this.#watchers.size;
  }

  /** Ends the streams of one administrator, or of one of their keys. */
  cut({ id, keyId }: WatchingAs): void {
    for (const watcher of this.#watchers)
      if (watcher.as.id === id && (keyId === undefined || watcher.as.keyId === keyId)) this.#end(watcher);
  }

  /** Ends all streams; no more are opened. */
  close(): void {
    this.#closed = true;
    for (const watcher of this.#watchers) this.#end(watcher);
  }

  #refuse(): void {
    if (this.#closed)
      throw protocolError("server_draining", "The server is being stopped.", { retryAfter: 5 });
    if (this.#watchers.size + this.#opening >= this.#limits.watchers)
      throw new HttpError(429, "TOO_MANY_WATCHERS", "As many watch as may.", { retryAfter: 30 });
  }

  #schedule(): void {
    if (this.#watchers.size === 0 || this.#sampling) return;
    this.#cancelTick ??= this.#clock.after(this.#limits.tickMs, () => {
      this.#cancelTick = undefined;
      void this.#sample();
    });
  }

  async #sample(): Promise<void> {
    this.#sampling = true;
    try {
      const sample = sampleOf(await this.#nodes.reports({ wait: false }));
      for (const watcher of this.#watchers) this.#update(watcher, sample);
    } catch (error) {
      // Watchers keep their last state; the next sample may succeed.
      this.#log.debug({ err: error }, "reading other nodes' live sessions failed");
    }
    this.#sampling = false;
    this.#schedule();
  }

  /** Sends a watcher what changed since its last update, or a heartbeat when one is due. */
  #update(watcher: Watcher, sample: Sample): void {
    const { sent, filter, until } = watcher;
    if (this.#clock.now() >= until) return this.#end(watcher);
    const selected = select(sample, filter);
    const changes = [
      ...[...selected].flatMap(([id, text]) => (sent.get(id) === text ? [] : event("session", text))),
      ...[...sent.keys()].flatMap((sessionId) =>
        selected.has(sessionId) ? [] : event("gone", JSON.stringify({ sessionId })),
      ),
    ];
    watcher.sent = selected;
    if (changes.length > 0) this.#send(watcher, changes.join(""));
    else if (this.#clock.now() - watcher.lastAt >= this.#limits.heartbeatMs)
      this.#send(watcher, ": still there\n\n");
  }

  #send(watcher: Watcher, text: string): void {
    const { stream } = watcher;
    watcher.lastAt = this.#clock.now();
    stream.push(text);
    if (stream.readableLength <= this.#limits.waitingBytes) return;
    this.#log.info("live-feed stream cut: its client does not read");
    this.#remove(watcher);
    stream.destroy();
  }

  #end(watcher: Watcher): void {
    this.#remove(watcher);
    watcher.stream.push(null);
  }

  #remove(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return;
    this.#cancelTick?.();
    this.#cancelTick = undefined;
  }
}

/** Formats an event; JSON has no line breaks, so that a text is one `data` line. */
function event(type: string, text: string): string {
  return `event: ${type}\ndata: ${text}\n\n`;
}

function sampleOf({ reports }: Reports): Sample {
  const views = reports.flatMap(({ sessions }) => sessions);
  return new Map(views.map((view) => [view.sessionId, { view, text: JSON.stringify(view) }]));
}

function select(sample: Sample, filter: LiveFilter): ReadonlyMap<string, string> {
  const wanted = [...sample].filter(([, { view }]) => matches(view, filter));
  return new Map(wanted.map(([id, { text }]) => [id, text]));
}

/** Whether a filter selects a session. */
export function matches(view: LiveView, { ownerId, node }: LiveFilter): boolean {
  return (ownerId === undefined || view.ownerId === ownerId) && (node === undefined || view.node === node);
}
