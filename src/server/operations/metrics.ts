/** Metrics of the process for Prometheus. */
import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from "prom-client";
import type { StageError } from "../../lib/errors.ts";
import type { Journals } from "../../store/journal/journal.ts";
import type { WatchSession } from "../conversations/live-sessions.ts";
import type { OnAnswered } from "../http/answered.ts";
import { counters } from "./counters.ts";
import { requestMetrics } from "./request-metrics.ts";
import { turnMetrics } from "./turn-metrics.ts";

export interface Metrics {
  /** Counts sessions and what is said in them. */
  readonly watch: WatchSession;
  readonly onProviderFailure: (attempt: { readonly error: StageError }) => void;
  /** A voice said a sentence otherwise than it is written. */
  readonly onDeparture: () => void;
  readonly onAnswered: OnAnswered;
  /** An upgrade was refused, with this code. */
  readonly onRefused: (code: string) => void;
  /** Says where the number of open connections is to be read. */
  watchConnections(count: () => number): void;
  /** Says where the state of the journals is to be read. */
  watchStore(journals: Pick<Journals, "state">): void;
  /** Says where the number of log lines that were dropped is to be read. */
  watchLog(output: { readonly dropped: number }): void;
  /** Reads the metrics as of now, as values to be added to other processes'. */
  values(): Promise<readonly MetricObjectWithValues<MetricValue<string>>[]>;
  /** Reads the metrics as of now, in Prometheus' text format. */
  read(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/**
 * Interval at which the lag of the event loop is sampled, ms; what is told of the lag includes it. Each sample wakes the
 * process: at prom-client's 10 ms, that is most of what a server costs at which nobody talks.
 */
const lagSampleMs = 50;

/** Opens the facts, all empty. */
export function openMetrics(): Metrics {
  const register = new Registry();
  // Memory, CPU, garbage collection, and how late the event loop is.
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: lagSampleMs });
  const turns = turnMetrics(register);
  const refused = counters(register)(
    "kuku_upgrades_refused_total",
    "WebSocket upgrades that got an HTTP answer in place of a socket.",
    "code",
  );
  return {
    ...turns,
    onAnswered: requestMetrics(register),
    onRefused: (code) => refused.inc({ code }),
    watchConnections: (count) =>
      readGauge(register, { name: "kuku_connections", help: "Open WebSockets." }, count),
    watchStore(journals) {
      const sum = (name: string, help: string, value: (state: Journals["state"]) => number) =>
        readGauge(register, { name, help }, () => value(journals.state));
      const any = (name: string, help: string, value: (state: Journals["state"]) => boolean) =>
        readGauge(register, { name, help, over: "max" }, () => (value(journals.state) ? 1 : 0));
      sum("kuku_store_waiting_changes", "Changes that wait to be stored.", (state) => state.waiting);
      sum("kuku_store_waiting_bytes", "What they take of memory.", (state) => state.bytes);
      any(
        "kuku_store_failing",
        "1 while the database takes no changes.",
        ({ failingSince }) => failingSince !== undefined,
      );
      any("kuku_store_full", "1 while new sessions are refused, since too much waits.", ({ full }) => full);
    },
    watchLog: (output) => countDroppedLines(register, output),
    values: () => register.getMetricsAsJSON(),
    async read() {
      return { contentType: register.contentType, text: await register.metrics() };
    },
  };
}

/** Counts the lines of the log that were dropped. */
export function countDroppedLines(register: Registry, output: { readonly dropped: number }): void {
  new Counter({
    name: "kuku_log_lines_dropped_total",
    help: "Lines of the log that were dropped because their reader stood still.",
    registers: [register],
    collect() {
      this.reset();
      this.inc(output.dropped);
    },
  });
}

/** A gauge that is read when it is asked for. `over`: how several processes' values become one. */
function readGauge(
  register: Registry,
  { name, help, over = "sum" }: { name: string; help: string; over?: "sum" | "max" },
  value: () => number,
): void {
  new Gauge({
    name,
    help,
    aggregator: over,
    registers: [register],
    collect() {
      this.set(value());
    },
  });
}
