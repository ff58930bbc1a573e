/** Plain HTTP as Prometheus counts it: by the route's pattern, never by the path that was asked for. */
import { Histogram, type Registry } from "prom-client";
import type { OnAnswered } from "../http/answered.ts";
import { counters } from "./counters.ts";

const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const kilobyte = 1024;
const sizeBuckets = [16, 64, 256, 1024, 4096, 16_384, 65_536].map((size) => size * kilobyte);

/** Registers them; what it returns is told of each answer. */
export function requestMetrics(register: Registry): OnAnswered {
  const registers = [register];
  const durations = new Histogram({
    name: "kuku_http_request_duration_seconds",
    help: "HTTP requests, from their arrival to the end of their answer.",
    labelNames: ["method", "route", "status"],
    buckets: durationBuckets,
    registers,
  });
  const uploads = counters(register)(
    "kuku_uploads_total",
    "Recordings that were uploaded, by the answer's status.",
    "status",
  );
  const sizes = new Histogram({
    name: "kuku_upload_bytes",
    help: "Size of requests with a recording, where they said it.",
    buckets: sizeBuckets,
    registers,
  });
  return ({ method, route, status, ms, upload }) => {
    durations.observe({ method, route, status }, ms / 1000);
    if (!upload) return;
    uploads.inc({ status });
    if (upload.bytes !== undefined) sizes.observe(upload.bytes);
  };
}
