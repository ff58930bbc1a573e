/** The principal of a request, the scopes of its credentials, and the deadline for identifying it. */
import type { IncomingHttpHeaders } from "node:http";
import type { Clock } from "../../lib/clock.ts";
import { withTimeout } from "../../lib/timeout.ts";
import type { SessionType, SessionUpdate } from "../../protocol/session-config.ts";
import type { Quotas } from "../config/access-settings.ts";
import { HttpError, protocolError } from "../net/http-error.ts";

/** Scopes of credentials: to read one's own data, to talk, to erase, and to administer the server. */
export const scopes = ["read", "talk", "erase", "admin"] as const;

export type Scope = (typeof scopes)[number];

/**
 * Scopes of client secrets: of their own sessions to read, talk, erase, rate and export; and to make and remove personas
 * of whoever made the secret.
 */
export const secretScopes = ["read", "talk", "erase", "rate", "export", "personas"] as const;

export type SecretScope = (typeof secretScopes)[number];

/** The user, key or guest behind a request or a socket. */
export interface Principal {
  /** Owner id of all that is made; stable across connections. `local` where nobody signs in. */
  readonly id: string;
  /** Kind of the credentials; absent: none, and none were required. */
  readonly via?: "sign_in" | "key" | "secret" | "guest";
  /** Absent: a user. */
  readonly role?: "admin";
  /** Scopes of the credentials; absent: everything that the role may do. */
  readonly scopes?: readonly (Scope | SecretScope)[];
  /** The API key, shown itself or by a client secret that was made with it. */
  readonly keyId?: string;
  /** The sign-in; client secrets made with it end with it. */
  readonly signInId?: string;
  /** Limits of the credentials alone, below those of the user. */
  readonly quotas?: Quotas;
  /**
   * The end user of a client secret, whose sessions alone it makes and reaches (`SessionRecord.endUser`); absent: the
   * credentials reach all that the owner has.
   */
  readonly endUser?: string;
  /** The client secret; `quotas` are then its limits, … */
  readonly secretId?: string;
  /** … and these are those of the key that it was made with. */
  readonly keyQuotas?: Quotas;
  /** The persona that the credentials are restricted to; new sessions use it, whichever was requested. */
  readonly persona?: string;
  /** Initial settings of new sessions, as by a `session.update`. */
  readonly session?: SessionUpdate;
  /** Whether clients may not change those settings. */
  readonly sessionFixed?: boolean;
}

/** The credentials of a client; never logged. */
export interface Credentials {
  /**
   * From `Authorization: Bearer …` or a browser's token among the sub-protocols; undefined: none; empty: there is an
   * `Authorization`, but no token in it.
   */
  readonly token: string | undefined;
  /** The `Cookie` header, where the request comes from this server's own pages; undefined: none, or from elsewhere. */
  readonly cookie?: string | undefined;
  /** The client's address, taken from a trusted proxy's header where there is one. */
  readonly remoteAddress: string | undefined;
  /** Sends cookies (`Set-Cookie` headers) to the browser; absent: cookies cannot be set. */
  readonly keep?: (cookies: readonly string[]) => void;
  /** Whether the browser reaches the server by https. */
  readonly secure?: boolean;
}

/**
 * Identifies a client. `signal` aborts at the deadline or when the client has left.
 * @throws HttpError when the client is refused; any other error counts as a fault of the server
 */
export type Authenticate = (credentials: Credentials, signal: AbortSignal) => Promise<Principal>;

/** Identifies everybody as the one local user, an administrator: for a server on loopback. */
export const localUser: Authenticate = async () => ({ id: "local", role: "admin" });

/** Identifies everybody as the same user without rights of administration: for a server open to others (ALLOW_ANONYMOUS). */
export const anonymousUser: Authenticate = async () => ({ id: "local" });

/** @throws HttpError `insufficient_scope` for credentials without this scope */
export function requireScope({ scopes: granted }: Principal, scope: Scope | SecretScope): void {
  if (granted && !granted.includes(scope))
    throw protocolError("insufficient_scope", `These credentials are not for this; it takes \`${scope}\`.`);
}

/** @throws HttpError `insufficient_scope` for credentials that are restricted to another persona */
export function requirePersona({ persona: only }: Pick<Principal, "persona">, persona: string): void {
  if (only !== undefined && only !== persona)
    throw protocolError(
      "insufficient_scope",
      `These credentials are for the persona ${JSON.stringify(only)}.`,
    );
}

/** @throws HttpError `insufficient_scope` for credentials that are restricted to transcription sessions */
export function requireSessionType({ session }: Pick<Principal, "session">, type: SessionType): void {
  if (session?.type === "transcription" && type !== session.type)
    throw protocolError("insufficient_scope", "These credentials are for transcription sessions.");
}

/** Returns the owner and end user whose sessions the principal lists, searches and makes. */
export function ownSessions({ id, endUser }: Pick<Principal, "id" | "endUser">): {
  readonly ownerId: string;
  readonly endUser: string | undefined;
} {
  return { ownerId: id, endUser };
}

/** Whether the principal may administer the server with these credentials. */
export function administers({ role, scopes: granted }: Principal): boolean {
  return role === "admin" && (granted === undefined || granted.includes("admin"));
}

/** Returns the token of an `Authorization: Bearer …` header; empty where the header has none, undefined where there is no header. */
export function readBearer(header: string | undefined): string | undefined {
  return header === undefined ? undefined : (/^Bearer +(\S+) *$/i.exec(header)?.[1] ?? "");
}

/** Returns the token of a request: a bearer token, or that of Azure's header `api-key`; undefined: none is shown. */
export function readToken(headers: IncomingHttpHeaders): string | undefined {
  const { authorization, "api-key": key } = headers;
  return readBearer(authorization) ?? (Array.isArray(key) ? "" : key);
}

/**
 * Runs `authenticate` under its deadline.
 * @param options.gone aborts when the client has left, or with the HttpError that is to be answered
 * @param options.needs scope that the credentials must have
 * @throws HttpError 408 at the deadline, 403 without that scope; whatever `authenticate` throws
 */
export async function identify(
  authenticate: Authenticate,
  credentials: Credentials,
  options: {
    readonly clock: Clock;
    readonly deadlineMs: number;
    readonly gone: AbortSignal;
    readonly needs?: Scope;
  },
): Promise<Principal> {
  const { clock, deadlineMs, gone, needs } = options;
  const error = () => protocolError("authentication_timeout", "Authentication took too long.");
  const principal = await withTimeout({ clock, ms: deadlineMs, signal: gone, error }, (signal) =>
    authenticate(credentials, signal),
  ).catch((failure: unknown) => {
    if (!gone.aborted || failure !== gone.reason || failure instanceof HttpError) throw failure;
    throw protocolError("authentication_timeout", "The client left.");
  });
  if (needs) requireScope(principal, needs);
  return principal;
}
