/** The last errors that this process logged, read from the log's own lines, so that they are redacted alike. */
import type { DestinationStream } from "pino";
import { z } from "zod";
import type { ErrorView } from "./live-schemas.ts";

export interface RecentErrors {
  /** Goes between the log and `next`, where every line is passed on. */
  tee(next: DestinationStream): DestinationStream;
  /** Newest first. */
  list(): readonly ErrorView[];
}

/** Lines of lesser levels are known by how they begin, and not looked into. */
const beginnings = ['{"level":"error"', '{"level":"fatal"'];
/** Longest message that is kept, characters. */
const longest = 500;

const cut = z.unknown().transform((value) => String(value).slice(0, longest));
const lineSchema = z.object({
  level: z.enum(["error", "fatal"]),
  time: z.iso.datetime(),
  msg: cut.optional(),
  session: z.string().optional(),
  request: z.string().optional(),
  err: z.object({ type: z.string(), message: cut, code: cut.optional() }).optional().catch(undefined),
});

/** Opens it. `most`: errors that are kept; the oldest goes first. */
export function openRecentErrors(most = 100): RecentErrors {
  const errors: ErrorView[] = [];
  return {
    tee: (next) => ({
      write(line) {
        next.write(line);
        if (!beginnings.some((beginning) => line.startsWith(beginning))) return;
        const error = readLine(line);
        if (error && errors.unshift(error) > most) errors.pop();
      },
    }),
    list: () => errors,
  };
}

function readLine(line: string): ErrorView | undefined {
  try {
    const { level, time, msg, session, request, err } = lineSchema.parse(JSON.parse(line));
    return {
      at: time,
      level,
      message: msg ?? err?.message ?? "",
      session,
      request,
      ...(err && {
        error: { type: err.type, message: err.message, code: err.code },
      }),
    };
  } catch {
    // A line that is none of the log's: it was passed on, and that is all it is due.
    return undefined;
  }
}
