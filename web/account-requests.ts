/** Requests of the account pages. */
import { AskError, openEnvelope } from "../src/client/report/kept.ts";

export interface AccessSettings {
  readonly mode: "accounts" | "none";
  readonly signUp: boolean;
  readonly guests: boolean;
}

export interface Me {
  readonly id: string;
  readonly email?: string;
  readonly name?: string;
  readonly role: "user" | "admin";
  readonly via: "sign_in" | "key" | "secret" | "guest" | "none";
  readonly guest: boolean;
}

/** Returns the answer's `data`. @throws AskError */
export async function request(
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: object,
): Promise<unknown> {
  const sent = body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  let response: Response;
  try {
    response = await fetch(path, { method, ...sent });
  } catch {
    throw new AskError("UNREACHABLE", "The server cannot be reached. Try again.");
  }
  if (response.status === 429) throw new AskError("TOO_MANY", tooMany(response.headers.get("retry-after")));
  return openEnvelope(await response.json().catch(() => undefined));
}

/** The signed-in user; undefined: nobody. @throws AskError */
export async function readMe(): Promise<Me | undefined> {
  try {
    return (await request("GET", "/api/me")) as Me;
  } catch (error) {
    if (error instanceof AskError && error.code === "INVALID_CREDENTIALS") return undefined;
    throw error;
  }
}

export async function readSettings(): Promise<AccessSettings> {
  return (await request("GET", "/api/auth/settings")) as AccessSettings;
}

/** An error in words for people. */
export function wordsFor(error: unknown): string {
  if (error instanceof AskError) return error.message;
  console.error(error);
  return "That did not work. Reload the page and try again.";
}

function tooMany(retryAfter: string | null): string {
  const minutes = Math.ceil(Number(retryAfter ?? "60") / 60);
  return `Too many tries. Try again in ${minutes <= 1 ? "a minute" : `${minutes} minutes`}.`;
}
