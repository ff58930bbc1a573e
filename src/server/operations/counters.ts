/** Counters for Prometheus. */
import { Counter, type Registry } from "prom-client";

/** Returns what registers a counter with `register`. */
export const counters =
  (register: Registry) =>
  <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers: [register] });
