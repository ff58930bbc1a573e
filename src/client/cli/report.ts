/** The commands `kuku report` and `kuku sessions`: what is kept, printed or written as a page. */
import { writeFile } from "node:fs/promises";
import { askServer } from "../node/ask-server.ts";
import { AskError, readKept, type SessionView } from "../report/kept.ts";
import { reportPage } from "../report/report-page.ts";
import type { ReportArguments, SessionsArguments } from "./report-arguments.ts";
import { drawKept, drawSessions } from "./report-drawing.ts";
import { type Output, paint, type Terminal } from "./terminal.ts";

/** Runs one of them; answers the exit code: 0 success, 1 the server said no, 2 a file that cannot be written. */
export async function runReport(
  options: ReportArguments | SessionsArguments,
  { out, error }: Terminal,
): Promise<number> {
  try {
    if (options.command === "sessions") await listSessions(options, out);
    else await tellSession(options, out);
    return 0;
  } catch (failure) {
    if (failure instanceof AskError) {
      error.write(`kuku: ${failure.message}${advice(failure.code)}\n`);
      return 1;
    }
    const { code, syscall } = failure as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw failure;
    error.write(`kuku: ${"html" in options ? (options.html ?? "") : ""}: it cannot be written (${code})\n`);
    return 2;
  }
}

function advice(code: string): string {
  if (code === "UNREACHABLE") return "\nStart a server with: kuku start";
  return code === "INVALID_SESSION_ID" || code === "SESSION_NOT_FOUND"
    ? "\nList yours with: kuku sessions"
    : "";
}

const colours = (out: Output) => paint((out.isTTY && out.hasColors?.()) ?? false);

async function tellSession(options: ReportArguments, out: Output): Promise<void> {
  const kept = await readKept(askServer(options), options.session);
  if (options.html !== undefined) {
    await writeFile(options.html, reportPage(kept));
    out.write(`${options.html}\n`);
  } else out.write(`${options.json ? JSON.stringify(kept) : drawKept(kept, colours(out))}\n`);
}

async function listSessions(options: SessionsArguments, out: Output): Promise<void> {
  const ask = askServer(options);
  const { sessions } = (await ask(`/api/sessions?limit=${options.limit}`)) as { sessions: SessionView[] };
  if (options.json) for (const session of sessions) out.write(`${JSON.stringify(session)}\n`);
  else out.write(`${drawSessions(sessions, colours(out))}\n`);
}
