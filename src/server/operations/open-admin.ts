/** An administrator's view of the nodes, put together: what the routes below /api/admin work with. */
import type { Clock } from "../../lib/clock.ts";
import type { Database } from "../../store/database.ts";
import { type AdminQueries, openAdminQueries } from "../../store/queries/admin-queries.ts";
import { type Audit, openAudit } from "../../store/queries/audit-queries.ts";
import type { RestServices } from "../api/services.ts";
import { toTime } from "../http/common-schemas.ts";
import { openActs } from "./directives.ts";
import type { Drain } from "./drain.ts";
import { type FeedLimits, type LiveFeed, openLiveFeed } from "./live-feed.ts";
import type { LiveView, NodeReport } from "./live-schemas.ts";
import { type NodeLimits, type Nodes, openNodes } from "./nodes.ts";
import { type Presence, viewOf } from "./presence.ts";
import type { ProviderHealth } from "./provider-health.ts";
import type { RecentErrors } from "./recent-errors.ts";

export interface AdminOptions {
  readonly database: Database;
  readonly nodeId: string;
  readonly version: string;
  readonly services: RestServices;
  readonly drain: Drain;
  readonly sightings: Presence;
  readonly providers: Pick<ProviderHealth, "list">;
  readonly errors: Pick<RecentErrors, "list">;
  readonly limits?: { readonly nodes?: Partial<NodeLimits>; readonly feed?: Partial<FeedLimits> };
}

/** What the routes work with. */
export interface AdminServices {
  readonly nodeId: string;
  readonly nodes: Nodes;
  readonly feed: LiveFeed;
  readonly audit: Audit;
  readonly queries: AdminQueries;
  readonly services: RestServices;
  readonly clock: Clock;
}

export interface Admin extends AdminServices {
  /** The server is being stopped: streams end, so that nothing waits for them. */
  letGo(): void;
  /** Before the store is closed. */
  close(): Promise<void>;
}

/** Live sessions and errors that one node tells of; more are counted, or left out. */
const mostSessions = 1000;
const mostErrors = 50;

/** Opens it: from now on the node does what administrators on other nodes ask of it. */
export function openAdmin(options: AdminOptions): Admin {
  const { database, nodeId, services, drain, sightings, limits } = options;
  const { clock, log, sessions } = services;
  const startedAt = toTime(clock.wallTime());
  const views = (): LiveView[] => {
    const told: LiveView[] = [];
    for (const held of sessions.all()) {
      if (told.length === mostSessions) break;
      told.push(viewOf(held, nodeId, sightings));
    }
    return told;
  };
  const report = (): NodeReport => ({
    node: nodeId,
    version: options.version,
    startedAt,
    draining: drain.on,
    count: sessions.count,
    brief: false,
    sessions: views(),
    providers: options.providers.list(),
    errors: options.errors.list().slice(0, mostErrors),
  });
  // What is done here may have to end streams of the feed, which looks through the nodes.
  let feed: LiveFeed | undefined;
  const act = openActs({ sessions, drain, clock, cut: (as) => feed?.cut(as) });
  const nodes = openNodes({
    database,
    nodeId,
    clock,
    log,
    report,
    act,
    ...(limits?.nodes && { limits: limits.nodes }),
  });
  feed = openLiveFeed({ nodes, clock, log, limits: limits?.feed });
  const { close } = feed;
  return {
    nodeId,
    nodes,
    feed,
    audit: openAudit(database, clock),
    queries: openAdminQueries(database),
    services,
    clock,
    letGo: close,
    async close() {
      close();
      drain.close();
      await nodes.stop();
    },
  };
}
