/** Requests of the account pages. */
import { AskError, openEnvelope } from "../../src/client/report/kept.ts";
import { tooManyCode } from "../errors.ts";
import { t } from "../messages/index.ts";

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
    throw new AskError("UNREACHABLE", t.errors.UNREACHABLE);
  }
  if (response.status === 429) throw new AskError(tooManyCode, tooMany(response.headers.get("retry-after")));
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

export interface Place {
  readonly id: string;
  readonly current: boolean;
  readonly lastUsedAt: string;
  readonly address?: string;
  readonly userAgent?: string;
}

/** Where the user is signed in. @throws AskError */
export async function readPlaces(): Promise<readonly Place[]> {
  return ((await request("GET", "/api/auth/sign-ins")) as { signIns: readonly Place[] }).signIns;
}

export type Scope = "read" | "talk" | "erase" | "admin";
/** How long a key is good for, days; empty: until it is revoked. */
export type Span = "30" | "90" | "365" | "";

export interface Key {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt?: string;
  readonly lastUsedAt?: string;
}

/** @throws AskError */
export async function readKeys(): Promise<readonly Key[]> {
  return ((await request("GET", "/api/keys")) as { keys: readonly Key[] }).keys;
}

function tooMany(retryAfter: string | null): string {
  return t.errors.tooMany(Math.ceil(Number(retryAfter ?? "60") / 60));
}
