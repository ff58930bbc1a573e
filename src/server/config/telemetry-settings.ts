/** Settings of telemetry: who may read the metrics, and where traces are sent. */
import { z } from "zod";
import { httpUrl, list, optional, secret, setting, type ValuesOf } from "./setting.ts";

/** `NAME=VALUE`, the value percent-encoded as in OpenTelemetry's own variable. */
const readHeader = (entry: string): [name: string, value: string] | undefined => {
  const at = entry.indexOf("=");
  const name = entry.slice(0, at).trim();
  if (at < 1 || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return undefined;
  try {
    return [name, decodeURIComponent(entry.slice(at + 1).trim())];
  } catch {
    return undefined;
  }
};

const headers = () =>
  list()
    .refine((entries) => entries.every(readHeader), { message: "must be NAME=VALUE, separated by commas" })
    .transform((entries) => Object.fromEntries(entries.flatMap((entry) => [readHeader(entry) ?? []])));

/** In the order of `.env.example`. */
export const telemetrySettings = {
  METRICS_TOKEN: secret(
    "Bearer token for /metrics, 16 characters or more; left out: only this machine may read it, and only while HOST is loopback.",
    z.string().regex(/^[!-~]{16,}$/, { message: "must be 16 characters or more, without spaces" }),
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(
    "OpenTelemetry collector that gets a trace of each turn over HTTP, such as http://127.0.0.1:4318; left out: none does.",
    httpUrl(),
  ),
  OTEL_EXPORTER_OTLP_HEADERS: {
    ...setting("Headers for it, NAME=VALUE, separated by commas.", "", headers()),
    secret: true,
  },
  OTEL_SERVICE_NAME: setting("What this server is called there.", "kuku-coach", z.string().min(1)),
};

type Values = ValuesOf<typeof telemetrySettings>;

/** The collector of traces. */
export interface TracesConfig {
  /** Without the `/v1/traces` behind it. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
}

export interface TelemetryConfig {
  readonly metricsToken?: string;
  /** Absent: no traces. */
  readonly traces?: TracesConfig;
}

/** Makes the telemetry configuration from checked values. */
export function readTelemetry(v: Values): TelemetryConfig {
  const { METRICS_TOKEN, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = v;
  const traces = endpoint !== undefined && {
    traces: { endpoint, headers: v.OTEL_EXPORTER_OTLP_HEADERS, serviceName: v.OTEL_SERVICE_NAME },
  };
  return { metricsToken: METRICS_TOKEN, ...traces };
}
