/** Asking the server that the page is from. */
import { AskError, openEnvelope } from "../src/client/report/kept.ts";
import { t } from "./messages/index.ts";

/** Returns the answer's `data`; a `body` is posted. @throws AskError */
export async function askHere(path: string, body?: unknown): Promise<unknown> {
  const posted = body !== undefined && {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  let response: Response;
  try {
    response = await fetch(path, posted || {});
  } catch {
    throw new AskError("UNREACHABLE", t.errors.UNREACHABLE);
  }
  return openEnvelope(await response.json().catch(() => undefined));
}
