/** An administrator's view of the nodes, put together from the store, the live sessions and the other nodes. */
import type { Clock } from "../../lib/clock.ts";
import type { Database } from "../../store/database.ts";
import { type AdminQueries, openAdminQueries } from "../../store/queries/admin-queries.ts";
import { type Audit, openAudit } from "../../store/queries/audit-queries.ts";
import type { SessionRegistry } from "../conversations/session-registry.ts";
import { toOptionalTime, toTime } from "../http/common-schemas.ts";
import type { Logger } from "../logging/log.ts";
import { openActs } from "./directives.ts";
import type { Drain } from "./drain.ts";
import { type FeedLimits, LiveFeed } from "./live-feed.ts";
import type { LiveView, NodeReport } from "./live-schemas.ts";
import { type NodeLimits, type Nodes, openNodes } from "./nodes.ts";
import { OwnerNames } from "./owner-names.ts";
import { type Presence, viewOf } from "./presence.ts";
import type { ProviderHealth } from "./provider-health.ts";
import type { RecentErrors } from "./recent-errors.ts";

export interface AdministrationOptions {
  readonly database: Database;
  readonly nodeId: string;
  readonly version: string;
  readonly sessions: SessionRegistry;
  readonly drain: Drain;
  readonly presence: Presence;
  readonly providers: Pick<ProviderHealth, "list">;
  readonly errors: Pick<RecentErrors, "list">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits?: { readonly nodes?: Partial<NodeLimits>; readonly feed?: Partial<FeedLimits> };
}

export interface Administration {
  readonly nodeId: string;
  readonly nodes: Nodes;
  /** The nodes' reports, with the names of the sessions' owners. */
  readonly live: Pick<Nodes, "reports">;
  readonly feed: LiveFeed;
  readonly audit: Audit;
  readonly queries: AdminQueries;
  readonly clock: Clock;
  /** Ends the streams of the feed when the server stops, so that nothing waits for them. */
  endStreams(): void;
  /** Stops taking part; to be called before the store is closed. */
  close(): Promise<void>;
}

/** Live sessions and errors that one node reports; more sessions are only counted, more errors left out. */
const mostSessions = 1000;
const mostErrors = 50;

/** Opens the view; from now on the node does what administrators on other nodes ask of it. */
export function openAdministration(options: AdministrationOptions): Administration {
  const { database, nodeId, sessions, drain, clock, log, limits } = options;
  // A directive may end streams of the feed, and the feed reads through the nodes.
  let feed: LiveFeed | undefined;
  const act = openActs({ sessions, drain, clock, cut: (as) => feed?.cut(as) });
  const report = reporterOf(options);
  const nodes = openNodes({ database, nodeId, clock, log, report, act, limits: limits?.nodes });
  const queries = openAdminQueries(database);
  const live = new OwnerNames({ queries, clock }).naming(nodes);
  const opened = new LiveFeed({ nodes: live, clock, log, limits: limits?.feed });
  feed = opened;
  return {
    nodeId,
    nodes,
    live,
    feed: opened,
    audit: openAudit(database, clock),
    queries,
    clock,
    endStreams: () => opened.close(),
    async close() {
      opened.close();
      drain.close();
      await nodes.stop();
    },
  };
}

/** Reports what this node does, as of each call. */
function reporterOf(options: AdministrationOptions): () => NodeReport {
  const { nodeId, version, sessions, drain, presence, providers, errors, clock } = options;
  const startedAt = toTime(clock.wallTime());
  const views = (): LiveView[] => {
    const list: LiveView[] = [];
    for (const held of sessions.all()) {
      if (list.length === mostSessions) break;
      list.push(viewOf(held, nodeId, presence));
    }
    return list;
  };
  return () => ({
    node: nodeId,
    version,
    startedAt,
    draining: drain.on,
    drainsUntil: toOptionalTime(drain.until),
    count: sessions.count,
    brief: false,
    sessions: views(),
    providers: providers.list(),
    errors: errors.list().slice(0, mostErrors),
    latencies: presence.latencies.list(),
  });
}
