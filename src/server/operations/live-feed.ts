/** Live sessions as they change, for those who watch them: one look a second for all watchers, as Server-Sent Events. */
import { Readable } from "node:stream";
import type { CancelTimer, Clock } from "../../lib/clock.ts";
import type { Principal } from "../access/principal.ts";
import type { Logger } from "../logging/log.ts";
import { HttpError, protocolError } from "../net/http-error.ts";
import type { LiveView } from "./live-schemas.ts";
import type { Nodes, Reports } from "./nodes.ts";

export interface FeedLimits {
  /** At once; more are refused. */
  readonly watchers: number;
  /** How often it looks, ms. */
  readonly tickMs: number;
  /** How often a watcher hears that the connection lives, ms. */
  readonly heartbeatMs: number;
  /** What may wait for a watcher that does not read; at more it is cut, bytes. */
  readonly waitingBytes: number;
  /** After this a watcher has to ask again, so that who may no longer look does not, ms. */
  readonly longestMs: number;
}

const feedLimits: FeedLimits = {
  watchers: 20,
  tickMs: 1000,
  heartbeatMs: 15_000,
  waitingBytes: 1024 * 1024,
  longestMs: 5 * 60_000,
};

/** An administrator who watches, by the credentials they showed. */
type WatchingAs = Pick<Principal, "id" | "keyId">;

/** Which of them a watcher wants; an absent field: all. */
export interface LiveFilter {
  readonly ownerId?: string | undefined;
  readonly node?: string | undefined;
}

export interface LiveFeed {
  /**
   * A stream of events: `snapshot`, then `session` for one that is new or has changed and `gone` for one that is not
   * live any more.
   * @throws HttpError 429 where as many watch as may, `server_draining`; StoreError
   */
  open(as: WatchingAs, filter: LiveFilter): Promise<Readable>;
  /** Streams that are open. */
  readonly watching: number;
  /** Ends the streams of one administrator, or of one of their keys. */
  cut(as: WatchingAs): void;
  /** Ends them all; no more are opened. */
  close(): void;
}

/** Views by session, each with its text, which is made once for all watchers. */
type Sample = ReadonlyMap<string, { readonly view: LiveView; readonly text: string }>;

interface Watcher {
  readonly as: WatchingAs;
  readonly stream: Readable;
  readonly filter: LiveFilter;
  /** What it was told of, by session. */
  sent: ReadonlyMap<string, string>;
  /** Clock times, ms. */
  lastAt: number;
  readonly until: number;
}

/** Opens it; it looks only while somebody watches. */
export function openLiveFeed(options: {
  readonly nodes: Pick<Nodes, "reports">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits?: Partial<FeedLimits> | undefined;
}): LiveFeed {
  const { nodes, clock, log } = options;
  const limits = { ...feedLimits, ...options.limits };
  const watchers = new Set<Watcher>();
  let opening = 0;
  let closed = false;
  let looking = false;
  let cancel: CancelTimer | undefined;

  const send = (watcher: Watcher, text: string) => {
    const { stream } = watcher;
    watcher.lastAt = clock.now();
    stream.push(text);
    if (stream.readableLength <= limits.waitingBytes) return;
    log.info("an administrator's page does not read; its stream is cut");
    leave(watcher);
    stream.destroy();
  };
  const end = (watcher: Watcher) => {
    leave(watcher);
    watcher.stream.push(null);
  };
  const tell = (watcher: Watcher, sample: Sample) => {
    const { sent, filter, until } = watcher;
    if (clock.now() >= until) return end(watcher);
    const wanted = select(sample, filter);
    const changes = [
      ...[...wanted].flatMap(([id, text]) => (sent.get(id) === text ? [] : event("session", text))),
      ...[...sent.keys()].flatMap((sessionId) =>
        wanted.has(sessionId) ? [] : event("gone", JSON.stringify({ sessionId })),
      ),
    ];
    watcher.sent = wanted;
    if (changes.length > 0) send(watcher, changes.join(""));
    else if (clock.now() - watcher.lastAt >= limits.heartbeatMs) send(watcher, ": still there\n\n");
  };
  const look = async () => {
    looking = true;
    try {
      const sample = sampleOf(await nodes.reports({ wait: false }));
      for (const watcher of watchers) tell(watcher, sample);
    } catch (error) {
      // What is known stands; the next look may do.
      log.debug({ err: error }, "live sessions of other nodes cannot be read");
    }
    looking = false;
    again();
  };
  const again = () => {
    if (watchers.size > 0 && !looking) cancel ??= clock.after(limits.tickMs, begin);
  };
  const begin = () => {
    cancel = undefined;
    void look();
  };
  const leave = (watcher: Watcher) => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    cancel?.();
    cancel = undefined;
  };
  const refuse = () => {
    if (closed) throw protocolError("server_draining", "The server is being stopped.", { retryAfter: 5 });
    if (watchers.size + opening >= limits.watchers)
      throw new HttpError(429, "TOO_MANY_WATCHERS", "As many watch as may.", { retryAfter: 30 });
  };

  return {
    async open({ id, keyId }, filter) {
      refuse();
      opening++;
      const told = await nodes.reports({ wait: true }).finally(() => opening--);
      refuse();
      const sent = select(sampleOf(told), filter);
      const stream = new Readable({ read() {} });
      const now = clock.now();
      const watcher: Watcher = {
        as: { id, ...(keyId !== undefined && { keyId }) },
        stream,
        filter,
        sent,
        lastAt: now,
        until: now + limits.longestMs,
      };
      watchers.add(watcher);
      stream.once("close", () => leave(watcher));
      const snapshot = `{"sessions":[${[...sent.values()].join(",")}],"silent":${JSON.stringify(told.silent)}}`;
      // A lost stream is asked for again after two seconds.
      send(watcher, `retry: 2000\n\n${event("snapshot", snapshot)}`);
      again();
      return stream;
    },
    get watching() {
      return watchers.size;
    },
    cut({ id, keyId }) {
      for (const watcher of watchers)
        if (watcher.as.id === id && (keyId === undefined || watcher.as.keyId === keyId)) end(watcher);
    },
    close() {
      closed = true;
      for (const watcher of watchers) end(watcher);
    },
  };
}

/** JSON has no line breaks of its own, so that a text is one `data` line. */
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

/** Whether a watcher or a list wants it. */
export function matches(view: LiveView, { ownerId, node }: LiveFilter): boolean {
  return (ownerId === undefined || view.ownerId === ownerId) && (node === undefined || view.node === node);
}
