/** What is checked before a connection, let alone a session, exists: path, origin, sub-protocol, persona, credentials. */
import type { IncomingMessage } from "node:http";
import type { Clock } from "../../lib/clock.ts";
import { type ErrorCode, errorCodes } from "../../protocol/errors.ts";
import type { SessionUpdate } from "../../protocol/session-config.ts";
import { negotiateSubprotocol, readOffers, type Subprotocol } from "../../protocol/subprotocol.ts";
import type { Seen } from "../../session/outbound/outbound.ts";
import type { AudioPosition } from "../../session/outbound/replay-buffer.ts";
import type { Quotas } from "../config/access-settings.ts";
import { hostAllowed, originAllowed } from "../net/origin.ts";
import { isOwnOrigin } from "../net/same-origin.ts";

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
 * @throws Refused when it may not come in; anything else counts as a fault of the server. `signal` aborts at the
 * deadline or when the client has gone.
 */
export type Authenticate = (credentials: Credentials, signal: AbortSignal) => Promise<Principal>;

/** Lets everybody in as the one local user: right for a server on loopback, whose user it is. */
export const localUser: Authenticate = async () => ({ id: "local", role: "admin" });

/** Lets everybody in as the same user, who administers nothing: for a server that others reach, where that was insisted on. */
export const anonymousUser: Authenticate = async () => ({ id: "local" });

/** @throws Refused `insufficient_scope` for credentials that are not for this */
export function requireScope({ scopes: granted }: Principal, scope: Scope): void {
  if (granted && !granted.includes(scope))
    throw new Refused("insufficient_scope", `These credentials are not for this; it takes \`${scope}\`.`);
}

/** Whether somebody administers the server, with these credentials. */
export function administers({ role, scopes: granted }: Principal): boolean {
  return role === "admin" && (granted === undefined || granted.includes("admin"));
}

/** Why an upgrade gets an HTTP answer instead of a socket. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  readonly code: ErrorCode;
  /** Seconds after which to come again, where that helps. */
  readonly retryAfter: number | undefined;
  constructor(code: ErrorCode, message: string, options: { status?: number; retryAfter?: number } = {}) {
    super(message);
    this.code = code;
    const entry = errorCodes[code];
    this.status = options.status ?? ("status" in entry ? entry.status : 400);
    this.retryAfter = options.retryAfter;
  }
}

/** How a request names a session that is there already. */
export type NamedSession =
  | { readonly sessionId: string }
  /** A lost socket comes back. */
  | { readonly token: string; readonly seen: Seen };

/** What a valid request asks for. */
export interface Asked {
  /** A persona's id; undefined: there is none of the name that was asked for. */
  readonly persona: string | undefined;
  /** That name. */
  readonly model: string;
  /** A session that is there already. */
  readonly names: NamedSession | undefined;
  /** What the upgrade's answer names. */
  readonly subprotocol: Subprotocol | undefined;
  /** Whether `kuku.v1` is spoken. */
  readonly extension: boolean;
  readonly credentials: Credentials;
  /** Names of query parameters that mean nothing here, the first few, cut to a length fit for the log. */
  readonly unfollowed: readonly string[];
}

export interface AdmissionRules {
  readonly path: string;
  readonly allowedOrigins: readonly string[];
  readonly loopbackOnly: boolean;
  /** Where people reach this server, if it was said: whose pages show cookies. */
  readonly publicUrl?: string | undefined;
  /** The persona's id, or undefined where there is none of that name. */
  readonly findPersona: (name: string) => string | undefined;
  readonly defaultPersona: string;
}

/**
 * Reads an upgrade request.
 * @throws Refused, with the fitting status
 */
export function readUpgrade(request: IncomingMessage, rules: AdmissionRules): Asked {
  const base = "ws://server";
  const target = request.url ?? "/";
  if (target.startsWith("//") || !URL.canParse(target, base))
    throw new Refused("not_found", "The request's path cannot be read.");
  const url = new URL(target, base);
  if (url.pathname !== rules.path)
    throw new Refused("not_found", `There is no WebSocket at this path; it is ${rules.path}.`);
  if (request.method !== "GET")
    throw new Refused("upgrade_required", "A WebSocket upgrade uses GET.", { status: 405 });
  const { origin, host } = request.headers;
  const { allowedOrigins: allowed, loopbackOnly, publicUrl } = rules;
  if (!originAllowed({ origin, host, allowed, loopbackOnly, publicUrl }))
    throw new Refused("origin_not_allowed", "Pages of this origin may not connect (see ALLOWED_ORIGINS).");
  if (!hostAllowed({ host, allowed, loopbackOnly, publicUrl }))
    throw new Refused(
      "origin_not_allowed",
      "This server has another name (see PUBLIC_URL, ALLOWED_ORIGINS).",
    );
  const negotiated = negotiateSubprotocol(readOffers(request.headers["sec-websocket-protocol"]));
  if (!negotiated.ok) throw new Refused(negotiated.code, negotiated.message);
  // A browser says on every upgrade which page asks, and asks for any page: without that a cookie is worth nothing.
  const encrypted = "encrypted" in request.socket;
  const cookie = isOwnOrigin({ origin, host, encrypted, publicUrl }) ? request.headers.cookie : undefined;
  return {
    ...readPersona(url.searchParams, rules),
    names: readNamed(url.searchParams),
    subprotocol: negotiated.subprotocol,
    extension: negotiated.extension,
    credentials: {
      token: readBearer(request.headers.authorization) ?? negotiated.token,
      cookie,
      remoteAddress: request.socket.remoteAddress,
    },
    unfollowed: unfollowedIn(url.searchParams),
  };
}

/** Names that clients of the vendor's API send; here they mean the default persona. */
export const vendorModel = /^gpt-[\w.-]*$/;

const parameters = ["model", "session_id", "resume", "last_event", "audio_from"];

/** Clients of the vendor's API and of its resellers send many more: `temperature`, `intent`, `api-version`. */
function unfollowedIn(query: URLSearchParams): string[] {
  const unknown = [...new Set(query.keys())].filter((name) => !parameters.includes(name));
  return unknown.slice(0, 10).map((name) => name.slice(0, 60));
}

function readNamed(query: URLSearchParams): NamedSession | undefined {
  const sessionId = query.get("session_id");
  const token = query.get("resume");
  const returning = ["last_event", "audio_from"].find((name) => query.has(name));
  if (token === null && returning !== undefined)
    throw new Refused("invalid_query", `Query parameter \`${returning}\` goes with \`resume\`.`);
  if (token !== null && sessionId !== null)
    throw new Refused("invalid_query", "Query parameters `resume` and `session_id` do not go together.");
  if (token === null) return sessionId === null ? undefined : { sessionId };
  const lastEvent = query.get("last_event") ?? "";
  const audioFrom = readAudioFrom(query.get("audio_from"));
  return { token, seen: { lastEvent, ...(audioFrom && { audioFrom }) } };
}

function readAudioFrom(text: string | null): AudioPosition | undefined {
  if (text === null) return undefined;
  const parts = /^(\d{1,9}):(\d{1,10})$/.exec(text);
  if (!parts)
    throw new Refused("invalid_query", "`audio_from` must be a response's number and a sample: 3:48000.");
  return { responseNumber: Number(parts[1]), sample: Number(parts[2]) };
}

function readPersona(query: URLSearchParams, rules: AdmissionRules): Pick<Asked, "persona" | "model"> {
  const model = query.get("model") || rules.defaultPersona;
  const persona = vendorModel.test(model) ? rules.defaultPersona : rules.findPersona(model);
  return { persona, model: model.slice(0, 60) };
}

/**
 * The persona of a new session, once it is known who asks: whether there is one that somebody has made for themselves is
 * nobody else's to know.
 * @throws Refused `model_not_found`
 */
export function choosePersona({ persona, model }: Asked, principal: Principal): string {
  const chosen = principal.persona ?? persona;
  if (chosen === undefined)
    throw new Refused("model_not_found", `There is no persona ${JSON.stringify(model)}.`);
  return chosen;
}

/** The token of an `Authorization: Bearer …` header; empty where the header has none, undefined where there is no header. */
export function readBearer(header: string | undefined): string | undefined {
  return header === undefined ? undefined : (/^Bearer +(\S+) *$/i.exec(header)?.[1] ?? "");
}

/**
 * Runs `authenticate` under its deadline.
 * @param options.gone aborts when the client has left, or with the Refused that is to be answered
 * @param options.needs what the credentials must be for
 * @throws Refused: what `authenticate` refused with, 408 at the deadline, 403 without that scope; whatever else it threw
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
  const stop = (refused: Refused) => {
    controller.abort(refused);
    reject(refused);
  };
  const onGone = () => {
    const { reason } = options.gone;
    stop(reason instanceof Refused ? reason : new Refused("authentication_timeout", "The client left."));
  };
  const cancel = options.clock.after(options.deadlineMs, () =>
    stop(new Refused("authentication_timeout", "Authentication took too long.")),
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
