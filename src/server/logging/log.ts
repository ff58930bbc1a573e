/** The process's log: one JSON object a line, with session and turn ids, without speech, text or secrets. */
import { type DestinationStream, type Logger, pino } from "pino";
import { redact, scrub } from "./redaction.ts";

export type { Logger };

/**
 * Opens the log.
 * @param level pino's level names, or `silent`
 * @param destination where lines go; the standard output by default
 */
export function openLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => redact(fields) as Record<string, unknown>,
    },
    // Errors are made plain by `redact`, which keeps less of them than pino would.
    serializers: { err: (error: unknown) => error },
    // Fields are redacted above; this catches secrets inside messages.
    hooks: { streamWrite: scrub },
  };
  return redactingChildren(destination ? pino(options, destination) : pino(options));
}

/** Redacts the bindings of child loggers, which pino's `formatters.log` does not see. Children inherit this. */
function redactingChildren(log: Logger): Logger {
  const { child } = log;
  log.child = function (this: Logger, bindings: object, ...rest: unknown[]) {
    return Reflect.apply(child, this, [redact(bindings), ...rest]);
  } as Logger["child"];
  return log;
}
