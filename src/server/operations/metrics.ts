/** Metrics of the process for Prometheus. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { StageError } from "../../lib/errors.ts";
import type { Journals } from "../../store/journal/journal.ts";
import type { WatchSession } from "../conversations/live-sessions.ts";
import type { OnAnswered } from "../http/answered.ts";
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
  /** Reads the metrics as of now, in Prometheus' text format. */
  read(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Opens the facts, all empty. */
export function openMetrics(): Metrics {
  const register = new Registry();
  // Memory, CPU, garbage collection, and how late the event loop is.
  collectDefaultMetrics({ register });
  const turns = turnMetrics(register);
  const refused = new Counter({
    name: "kuku_upgrades_refused_total",
    help: "WebSocket upgrades that got an HTTP answer in place of a socket.",
    labelNames: ["code"],
    registers: [register],
  });
  return {
    ...turns,
    onAnswered: requestMetrics(register),
    onRefused: (code) => refused.inc({ code }),
    watchConnections: (count) => readGauge(register, "kuku_connections", "Open WebSockets.", count),
    watchStore(journals) {
      const read = (name: string, help: string, value: (state: Journals["state"]) => number) =>
        readGauge(register, name, help, () => value(journals.state));
      read("kuku_store_waiting_changes", "Changes that wait to be stored.", (state) => state.waiting);
      read("kuku_store_waiting_bytes", "What they take of memory.", (state) => state.bytes);
      read("kuku_store_failing", "1 while the database takes no changes.", (state) =>
        state.failingSince === undefined ? 0 : 1,
      );
      read("kuku_store_full", "1 while new sessions are refused, since too much waits.", (state) =>
        state.full ? 1 : 0,
      );
    },
    watchLog(output) {
      new Counter({
        name: "kuku_log_lines_dropped_total",
        help: "Lines of the log that were dropped because their reader stood still.",
        registers: [register],
        collect() {
          this.reset();
          this.inc(output.dropped);
        },
      });
    },
    async read() {
      return { contentType: register.contentType, text: await register.metrics() };
    },
  };
}

/** A gauge that is read when it is asked for. */
function readGauge(register: Registry, name: string, help: string, value: () => number): void {
  new Gauge({
    name,
    help,
    registers: [register],
    collect() {
      this.set(value());
    },
  });
}
