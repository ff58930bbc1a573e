/** Who makes a request, what their credentials are for, and the deadline under which that is found out. */
import type { Clock } from "../../lib/clock.ts";
import type { SessionUpdate } from "../../protocol/session-config.ts";
import type { Quotas } from "../config/access-settings.ts";
import { HttpError, protocolError } from "../net/http-error.ts";

/** What credentials may be for: to see what is one's own, to talk, to erase, and to administer the server. */
export const scopes = ["read", "talk", "erase", "admin"] as const;

export type Scope = (typeof scopes)[number];

/** Whoever asks, or holds the socket. */
export interface Principal {
  /** Owner of all they make; stable across connections. `local` where nobody has to say who they are. */
  readonly id: string;
  /** What they showed; absent: nothing, and nothing was asked for. */
  readonly via?: "sign_in" | "key" | "secret" | "guest";
  /** Absent: a user. */
  readonly role?: "admin";
  /** What their credentials are for; absent: all that their role may do. */
  readonly scopes?: readonly Scope[];
  /** The API key they showed, or that their client secret was made with. */
  readonly keyId?: string;
  /** Where they are signed in: what they make of it (a client secret) ends with it. */
  readonly signInId?: string;
  /** Limits of their credentials alone, below those of the user. */
  readonly quotas?: Quotas;
  /** The client secret they showed, whose limits `quotas` are then; … */
  readonly secretId?: string;
  /** … and those of the key that it was made with. */
  readonly keyQuotas?: Quotas;
  /** The persona that their credentials are for; new sessions are opened with it, whatever was asked. */
  readonly persona?: string;
  /** What new sessions of their sockets begin with, as by a `session.update`. */
  readonly session?: SessionUpdate;
}

/** What a client showed: handed to `Authenticate`, never logged. */
export interface Credentials {
  /**
   * From `Authorization: Bearer …` or a browser's token among the sub-protocols; undefined: none; empty: there is an
   * `Authorization`, but no token in it.
   */
  readonly token: string | undefined;
  /** The `Cookie` header, where the request comes from this server's own pages; undefined: none, or from elsewhere. */
  readonly cookie?: string | undefined;
  /** Where the client is, as far as proxies are believed. */
  readonly remoteAddress: string | undefined;
  /** Has the browser keep a cookie (a `Set-Cookie` header); absent: none can be kept. */
  readonly keep?: (cookie: string) => void;
}

/**
 * Says who a client is.
 * @throws HttpError when it may not come in; anything else counts as a fault of the server. `signal` aborts at the
 * deadline or when the client has gone.
 */
export type Authenticate = (credentials: Credentials, signal: AbortSignal) => Promise<Principal>;

/** Lets everybody in as the one local user: right for a server on loopback, whose user it is. */
export const localUser: Authenticate = async () => ({ id: "local", role: "admin" });

/** Lets everybody in as the same user, who administers nothing: for a server that others reach, where that was insisted on. */
export const anonymousUser: Authenticate = async () => ({ id: "local" });

/** @throws HttpError `insufficient_scope` for credentials that are not for this */
export function requireScope({ scopes: granted }: Principal, scope: Scope): void {
  if (granted && !granted.includes(scope))
    throw protocolError("insufficient_scope", `These credentials are not for this; it takes \`${scope}\`.`);
}

/** Whether somebody administers the server, with these credentials. */
export function administers({ role, scopes: granted }: Principal): boolean {
  return role === "admin" && (granted === undefined || granted.includes("admin"));
}

/** The token of an `Authorization: Bearer …` header; empty where the header has none, undefined where there is no header. */
export function readBearer(header: string | undefined): string | undefined {
  return header === undefined ? undefined : (/^Bearer +(\S+) *$/i.exec(header)?.[1] ?? "");
}

/**
 * Runs `authenticate` under its deadline.
 * @param options.gone aborts when the client has left, or with the HttpError that is to be answered
 * @param options.needs what the credentials must be for
 * @throws HttpError: what `authenticate` refused with, 408 at the deadline, 403 without that scope; whatever else it threw
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
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (refused: HttpError) => {
    controller.abort(refused);
    reject(refused);
  };
  const onGone = () => {
    const { reason } = options.gone;
    stop(reason instanceof HttpError ? reason : protocolError("authentication_timeout", "The client left."));
  };
  const cancel = options.clock.after(options.deadlineMs, () =>
    stop(protocolError("authentication_timeout", "Authentication took too long.")),
  );
  options.gone.addEventListener("abort", onGone, { once: true });
  try {
    const principal = await Promise.race([promise, authenticate(credentials, controller.signal)]);
    if (options.needs) requireScope(principal, options.needs);
    return principal;
  } finally {
    cancel();
    options.gone.removeEventListener("abort", onGone);
  }
}
