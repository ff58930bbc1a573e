/** The words after `kuku report` and `kuku sessions`, read into what to do. Pure. */
import { parseArgs } from "node:util";
import { isServerAddress, localServer } from "../address.ts";

/** Arguments that name the server and the credentials. */
interface ServerArguments {
  /** The server's address. */
  readonly url: string;
  readonly token?: string;
  readonly insecure: boolean;
  readonly json: boolean;
}

export interface ReportArguments extends ServerArguments {
  readonly command: "report";
  readonly session: string;
  /** Path of the HTML page to write; absent: text on standard output. */
  readonly html?: string;
}

export interface SessionsArguments extends ServerArguments {
  readonly command: "sessions";
  /** At most so many, 1–100. */
  readonly limit: number;
}

type Read = ReportArguments | SessionsArguments | { readonly command: "usage"; readonly message: string };

export const reportHelp = `kuku report SESSION [options]

Prints what is kept of a session: the coach's report and how you spoke.

  --html FILE         write it as a page that needs nothing else, with every utterance drawn
  --json              one JSON object

kuku sessions [options]

Lists your sessions, newest first.

  --limit COUNT       at most so many (default 20)
  --json              one JSON object a line

Both take:
  --url URL           the server (default http://127.0.0.1:8000)
  --token TOKEN       credentials, where the server asks for them
  --insecure          accept a self-made certificate`;

const options = {
  url: { type: "string", default: localServer },
  token: { type: "string" },
  insecure: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  html: { type: "string" },
  limit: { type: "string" },
} as const;

/** Reads the arguments behind the command's name. */
export function readReportArguments(command: "report" | "sessions", argv: readonly string[]): Read {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const message = complaint(command, values, positionals);
    if (message !== undefined) return { command: "usage", message };
    const { url, token, insecure, json, html, limit } = values;
    const server = { url, insecure, json, token };
    if (command === "sessions") return { command, ...server, limit: Number(limit ?? 20) };
    return { command, ...server, session: positionals[0] as string, html };
  } catch (error) {
    return { command: "usage", message: (error as Error).message.split(". ")[0] ?? "" };
  }
}

function complaint(
  command: "report" | "sessions",
  { url, html, json, limit }: { url: string; html?: string; json: boolean; limit?: string },
  positionals: readonly string[],
): string | undefined {
  const most = command === "report" ? 1 : 0;
  const extra = positionals[most];
  if (!isServerAddress(url)) return `--url: "${url}" is no http:, https:, ws: or wss: address`;
  if (extra !== undefined) return `"${extra}" is one too many`;
  if (command === "sessions") {
    if (html !== undefined) return "--html is for kuku report";
    const count = Number(limit ?? 20);
    const fits = Number.isInteger(count) && count >= 1 && count <= 100;
    return fits ? undefined : `--limit: "${limit}" is no number from 1 to 100`;
  }
  if (limit !== undefined) return "--limit is for kuku sessions";
  if (positionals.length === 0) return "which session? kuku sessions lists them";
  return json && html !== undefined ? "--json or --html, not both" : undefined;
}
