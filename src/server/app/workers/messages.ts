/** Messages between the primary process and its workers. */
import { join } from "node:path";
import type { MetricObjectWithValues, MetricValue } from "prom-client";
import type { Database } from "../../../store/database.ts";
import type { Composition } from "../compose.ts";
import type { StartConfig } from "../start-lines.ts";

/** Metrics of one process, as prom-client joins them. */
export type MetricsOfProcess = readonly MetricObjectWithValues<MetricValue<string>>[];

/** The socket file of a worker. */
export const socketOf = (folder: string, worker: number): string => join(folder, `${worker}.sock`);

/** Place of a worker among the others. */
export interface WorkerStart {
  readonly type: "start";
  /** The settings, with limits of the whole server divided. */
  readonly config: StartConfig;
  /** From 1; a worker that replaces another has its number. */
  readonly worker: number;
  readonly port: number;
  /** Folder of the socket files that workers listen on for each other; see `socketOf`. */
  readonly folder: string;
  /** Known to the workers alone. */
  readonly secret: string;
  /** Address of the primary's embedded database; undefined: there is a PostgreSQL. */
  readonly embeddedAt: Database["embeddedAt"];
  /** Cores that its threads may take. */
  readonly cores: number;
}

/** Messages of the primary to a worker. */
export type ToWorker =
  | WorkerStart
  /** With the connection's socket. */
  | { readonly type: "connection" }
  | { readonly type: "stop" }
  /** To be answered at once. */
  | { readonly type: "ping" }
  /** Workers that run, of those there should be. */
  | { readonly type: "running"; readonly running: number; readonly wanted: number }
  /** The worker that holds a session now; undefined: none. */
  | { readonly type: "holder"; readonly id: string; readonly worker: number | undefined }
  /** Personas that users make were changed by another worker; `personas_read` once they are read again. */
  | { readonly type: "read_personas"; readonly id: number }
  /** The answer to `personas_changed`. */
  | { readonly type: "personas_known"; readonly id: number }
  | { readonly type: "read_metrics"; readonly id: number }
  /** The answer to `collect_metrics`. */
  | { readonly type: "metrics"; readonly id: number; readonly text: string };

/** Messages of a worker to the primary. */
export type ToPrimary =
  | { readonly type: "ready"; readonly engines: Composition["engines"] }
  /** The start failed; `known`: `message` is a ConfigError's. */
  | { readonly type: "failed"; readonly message: string; readonly known: boolean }
  /** The answer to `ping`. */
  | { readonly type: "pong" }
  /** A connection has ended. */
  | { readonly type: "closed" }
  /** The worker takes no sessions just now or is being stopped, or takes them again. */
  | { readonly type: "draining"; readonly draining: boolean }
  /** The worker holds a session from now on, or no longer. */
  | { readonly type: "session"; readonly id: string; readonly held: boolean }
  /** The worker has changed the personas that users make, and asks to be told once the others know. */
  | { readonly type: "personas_changed"; readonly id: number }
  /** The answer to `read_personas`. */
  | { readonly type: "personas_read"; readonly id: number }
  /** Asks for the metrics of all. */
  | { readonly type: "collect_metrics"; readonly id: number }
  /** The answer to `read_metrics`. */
  | { readonly type: "own_metrics"; readonly id: number; readonly metrics: MetricsOfProcess };
