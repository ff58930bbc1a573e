/** Identifies a client by its credentials: a client secret, an API key, a sign-in, or none. */
import type { Clock } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import type { FoundKey, Standing } from "../../store/queries/key-queries.ts";
import { StoreError } from "../../store/store.ts";
import type { AccessConfig, Quotas } from "../config/access-settings.ts";
import { type HttpError, protocolError } from "../net/http-error.ts";
import { isValid, type Keys, keyPrefix } from "./api-keys/api-keys.ts";
import {
  type ClientSecrets,
  defaultSecretScopes,
  namedEndUser,
  type SecretBearer,
  secretPrefix,
} from "./client-secrets.ts";
import { isGuest, openGuestCookies, passingGuest } from "./guests.ts";
import {
  type Authenticate,
  anonymousUser,
  type Credentials,
  localUser,
  type Principal,
  type Scope,
} from "./principal.ts";
import type { Limiter } from "./quotas/limiter.ts";

/** A signed-in user. */
interface SignedIn {
  readonly userId: string;
  readonly admin: boolean;
  /** The sign-in they used; client secrets made with it end with it. */
  readonly signInId?: string;
}

/** Reads sign-ins. */
export interface SignIns {
  /**
   * Finds the user of a bearer token or a cookie; undefined: there is none, or the sign-in has ended.
   * @throws StoreError when the database cannot be reached
   */
  read(credentials: Credentials): Promise<SignedIn | undefined>;
}

export interface IdentityOptions {
  readonly access: Pick<AccessConfig, "mode" | "anonymous" | "guests">;
  readonly secrets: Pick<ClientSecrets, "read">;
  readonly keys: Pick<Keys, "find" | "findById" | "standing">;
  /** Undefined: there are no accounts (mode `none`). */
  readonly signIns?: SignIns | undefined;
  readonly limiter: Pick<Limiter, "failed">;
  /** Signs guests' cookies: 32 random bytes, the same for all nodes (see `readSigningKey`). */
  readonly signingKey: Uint8Array;
  readonly clock: Clock;
}

/**
 * `unknown`: never issued, which counts as a failed attempt; `expired`: once valid, or signed with an `AUTH_SECRET` of
 * before, as far as can be told. Clients get the same answer.
 */
type Verdict = Principal | "unknown" | "expired";

/** Shape of a sign-in's bearer token: an id and its signature. */
const signInToken = /^[A-Za-z0-9]{32}\.[\w%+/=-]{43,60}$/;

/** The cookie of a sign-in. */
const signInCookie = /(?:^|;\s*)(?:__Host-|__Secure-)?kuku\.session_token=/;

/**
 * Makes the check of credentials. Credentials that are wrong are refused, never ignored in favour of lesser ones.
 * @returns a function that throws HttpError `invalid_credentials`, `rate_limit_exceeded` (wrong, and too many of its
 * address were), `store_unavailable`
 */
export function openIdentity(options: IdentityOptions): Authenticate {
  const { access, limiter } = options;
  const selectCheck = openChecks(options);
  const guestCookies = openGuestCookies(options.signingKey, options.clock);

  const withoutCredentials = async (credentials: Credentials, signal: AbortSignal): Promise<Principal> => {
    if (access.mode === "none") return (access.anonymous ? anonymousUser : localUser)(credentials, signal);
    if (!access.guests) throw refused("Sign in, or show a key.");
    const { cookie, keep, secure = false } = credentials;
    const known = guestCookies.read(cookie, secure);
    if (!known && !keep) return { id: passingGuest(), via: "guest" };
    const id = known?.id ?? newId("guest");
    if (!known || known.old) keep?.(guestCookies.make(id, secure));
    return { id, via: "guest" };
  };

  return async (credentials, signal) => {
    const { token, remoteAddress: address } = credentials;
    const check = selectCheck(credentials);
    if (!check) return withoutCredentials(credentials, signal);
    // Whatever else came from this address: it cannot be guessed, and somebody else's errors keep nobody out.
    const verdict = await withStoreErrors(check());
    if (typeof verdict === "object") return verdict;
    // Browsers send an expired cookie with every request of a page: it does not count as an attempt.
    if (token !== undefined && verdict === "unknown") await limiter.failed({ address });
    throw refused("These credentials are not known here, or no longer good.");
  };
}

/** Makes the function that selects the check for credentials; undefined: there are none that mean anything here. */
function openChecks(options: IdentityOptions) {
  const { access, secrets, keys, signIns, clock } = options;

  /** Whether an owner may connect, by the standing of their account; the local user has none. */
  const isAdmitted = (ownerId: string, { known, banned }: Standing) =>
    known ? !banned : isLocal(ownerId) && access.mode === "none";

  const bySecret = async (token: string): Promise<Verdict> => {
    const bearer = secrets.read(token);
    if (bearer === undefined) return "unknown";
    if (bearer === "expired") return "expired";
    const { ownerId, keyId, signInId } = bearer;
    if (isGuest(ownerId)) return access.guests ? principalOfSecret(bearer) : "expired";
    if (keyId !== undefined) {
      const found = await keys.findById(keyId);
      if (found?.key.ownerId !== ownerId || !isValid(found.key, clock.wallTime())) return "expired";
      if (!isAdmitted(ownerId, found.owner)) return "expired";
      return principalOfSecret(bearer, found.key.limits);
    }
    const local = isLocal(ownerId) && access.mode === "none";
    const admitted = local || isAdmitted(ownerId, await keys.standing(ownerId, signInId));
    return admitted ? principalOfSecret(bearer) : "expired";
  };

  const byKey = async (token: string): Promise<Verdict> => {
    const found = await keys.find(token);
    if (!found) return "unknown";
    const { key, owner } = found;
    return isValid(key, clock.wallTime()) && isAdmitted(key.ownerId, owner)
      ? principalOfKey(found, access)
      : "expired";
  };

  const bySignIn = async ({ token, cookie, remoteAddress }: Credentials): Promise<Verdict> => {
    // A cookie does not make up for a wrong token.
    const shown = token === undefined ? { token, cookie } : { token };
    const signedIn = token === "" ? undefined : await signIns?.read({ ...shown, remoteAddress });
    if (!signedIn) return signInToken.test(token ?? "") ? "expired" : "unknown";
    const { userId, admin, signInId } = signedIn;
    return {
      id: userId,
      via: "sign_in",
      role: admin ? "admin" : undefined,
      signInId,
    };
  };

  return (credentials: Credentials): (() => Promise<Verdict>) | undefined => {
    const { token, cookie } = credentials;
    if (token?.startsWith(secretPrefix)) return () => bySecret(token);
    if (token?.startsWith(keyPrefix)) return () => byKey(token);
    // Without accounts, any other token is one that the client's library insists on sending.
    if (access.mode === "none") return undefined;
    if (token !== undefined || signInCookie.test(cookie ?? "")) return () => bySignIn(credentials);
    return undefined;
  };
}

function isLocal(ownerId: string): boolean {
  return ownerId === "local";
}

/** Makes the principal of a client secret. One made by a guest stays a guest's, with a guest's limits and rights. */
export function principalOfSecret(bearer: SecretBearer, keyQuotas?: Quotas): Principal {
  const { secretId, ownerId, user, persona, keyId, signInId, limits, session, sessionFixed } = bearer;
  return {
    id: ownerId,
    via: isGuest(ownerId) ? "guest" : "secret",
    scopes: bearer.scopes ?? defaultSecretScopes,
    endUser: user === undefined ? `secret:${secretId}` : namedEndUser(user),
    keyId,
    signInId,
    secretId,
    quotas: limits,
    keyQuotas,
    persona,
    session,
    sessionFixed,
  };
}

function principalOfKey(
  { key: { id, ownerId, scopes, limits }, owner }: FoundKey,
  { mode, anonymous }: Pick<AccessConfig, "mode" | "anonymous">,
): Principal {
  const admin = owner.known ? owner.admin : mode === "none" && !anonymous;
  return {
    id: ownerId,
    via: "key",
    role: admin ? "admin" : undefined,
    scopes: scopes as readonly Scope[],
    keyId: id,
    quotas: limits,
  };
}

function refused(message: string): HttpError {
  return protocolError("invalid_credentials", message);
}

/** While the database is away credentials cannot be checked, which is answered by 503 in place of 401. */
async function withStoreErrors<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw protocolError("store_unavailable", "Credentials cannot be checked just now.", { retryAfter: 5 });
  }
}
