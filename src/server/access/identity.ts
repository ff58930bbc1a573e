/** Who a client is, by what it shows: a client secret, an API key, a sign-in, or nothing. */
import type { Clock } from "../../lib/clock.ts";
import type { FoundKey, Standing } from "../../store/queries/key-queries.ts";
import { StoreError } from "../../store/store.ts";
import type { AccessConfig, Quotas } from "../config/access-settings.ts";
import { type HttpError, protocolError } from "../net/http-error.ts";
import { isGood, type Keys, keyPrefix } from "./api-keys/api-keys.ts";
import { type ClientSecrets, type SecretBearer, secretPrefix, secretScopes } from "./client-secrets.ts";
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

/** Somebody who is signed in. */
interface SignedIn {
  readonly userId: string;
  readonly admin: boolean;
  /** Which of their sign-ins it is: what is made of it ends with it. */
  readonly signInId?: string;
}

/** Knows sign-ins. */
export interface SignIns {
  /**
   * Whose sign-in a bearer token or a cookie is; undefined: nobody's, or nobody's any more.
   * @throws StoreError when the database cannot be asked
   */
  read(credentials: Credentials): Promise<SignedIn | undefined>;
}

export interface IdentityOptions {
  readonly access: Pick<AccessConfig, "mode" | "anonymous" | "guests">;
  readonly secrets: Pick<ClientSecrets, "read">;
  readonly keys: Pick<Keys, "find" | "findById" | "standing">;
  /** Undefined: nobody signs in (mode `none`). */
  readonly signIns?: SignIns | undefined;
  readonly limiter: Pick<Limiter, "attempt" | "failed">;
  /** Signs guests' cookies: 32 random bytes, the same for all nodes (see `readSigningKey`). */
  readonly signingKey: Uint8Array;
  readonly clock: Clock;
}

/** `unknown`: never given out here, which counts as a guess; `over`: it was good once. Both are told the same. */
type Judged = Principal | "unknown" | "over";

/** The cookie of a sign-in, as accounts name it. */
const signInCookie = /(?:^|;\s*)(?:__Host-|__Secure-)?kuku\.session_token=/;

/**
 * The chain: what is shown decides, and what is shown and wrong is refused, never passed over for less.
 * @returns what throws HttpError `invalid_credentials`, `rate_limit_exceeded` (too many wrong ones), `store_unavailable`
 */
export function openIdentity(options: IdentityOptions): Authenticate {
  const { access, limiter } = options;
  const judge = openJudges(options);
  const guestCookies = openGuestCookies(options.signingKey);

  const unshown = async (credentials: Credentials, signal: AbortSignal): Promise<Principal> => {
    if (access.mode === "none") return (access.anonymous ? anonymousUser : localUser)(credentials, signal);
    if (!access.guests) throw refused("Sign in, or show a key.");
    const known = guestCookies.read(credentials.cookie);
    if (known !== undefined) return { id: known, via: "guest" };
    if (!credentials.keep) return { id: passingGuest(), via: "guest" };
    const { id, cookie } = guestCookies.make();
    credentials.keep(cookie);
    return { id, via: "guest" };
  };

  return async (credentials, signal) => {
    const { token, remoteAddress: address } = credentials;
    const judging = judge(credentials);
    if (!judging) return unshown(credentials, signal);
    // A cookie that is over comes along unasked with every request of a page: it is no guess.
    const guess = token !== undefined;
    if (guess) await limiter.attempt({ address });
    const judged = await toldAsAway(judging());
    if (typeof judged === "object") return judged;
    if (guess && judged === "unknown") await limiter.failed({ address });
    throw refused("These credentials are not known here, or no longer good.");
  };
}

/** Says how to judge what is shown; undefined: nothing that means anything here. Asks nobody yet. */
function openJudges(options: IdentityOptions) {
  const { access, secrets, keys, signIns, clock } = options;

  /** Whether somebody may come in, by what the accounts say; the local user has no account. */
  const isWelcome = (ownerId: string, { known, banned }: Standing) =>
    known ? !banned : isLocal(ownerId) && access.mode === "none";

  const bySecret = async (token: string): Promise<Judged> => {
    const bearer = secrets.read(token);
    if (bearer === undefined) return "unknown";
    if (bearer === "expired") return "over";
    const { ownerId, keyId, signInId } = bearer;
    if (isGuest(ownerId)) return access.guests ? ofSecret(bearer) : "over";
    if (keyId !== undefined) {
      const found = await keys.findById(keyId);
      if (found?.key.ownerId !== ownerId || !isGood(found.key, clock.wallTime())) return "over";
      if (!isWelcome(ownerId, found.owner)) return "over";
      return ofSecret(bearer, found.key.limits);
    }
    const local = isLocal(ownerId) && access.mode === "none";
    const welcome = local || isWelcome(ownerId, await keys.standing(ownerId, signInId));
    return welcome ? ofSecret(bearer) : "over";
  };

  const byKey = async (token: string): Promise<Judged> => {
    const found = await keys.find(token);
    if (!found) return "unknown";
    const { key, owner } = found;
    return isGood(key, clock.wallTime()) && isWelcome(key.ownerId, owner) ? ofKey(found, access) : "over";
  };

  const bySignIn = async ({ token, cookie, remoteAddress }: Credentials): Promise<Judged> => {
    // A token that is wrong is not made good by a cookie.
    const shown = token === undefined ? { token, cookie } : { token };
    const signedIn = token === "" ? undefined : await signIns?.read({ ...shown, remoteAddress });
    if (!signedIn) return "unknown";
    const { userId, admin, signInId } = signedIn;
    return {
      id: userId,
      via: "sign_in",
      ...(admin && { role: "admin" }),
      ...(signInId !== undefined && { signInId }),
    };
  };

  return (credentials: Credentials): (() => Promise<Judged>) | undefined => {
    const { token, cookie } = credentials;
    if (token?.startsWith(secretPrefix)) return () => bySecret(token);
    if (token?.startsWith(keyPrefix)) return () => byKey(token);
    // Where nobody signs in, a token is one that the client's library insists on.
    if (access.mode === "none") return undefined;
    if (token !== undefined || signInCookie.test(cookie ?? "")) return () => bySignIn(credentials);
    return undefined;
  };
}

function isLocal(ownerId: string): boolean {
  return ownerId === "local";
}

/** A guest's stays a guest, for limits and for what guests may do. */
function ofSecret(bearer: SecretBearer, keyQuotas?: Quotas): Principal {
  const { secretId, ownerId, persona, keyId, signInId, limits, session, scopes = secretScopes } = bearer;
  return {
    id: ownerId,
    via: isGuest(ownerId) ? "guest" : "secret",
    scopes,
    ...(keyId !== undefined && { keyId }),
    ...(signInId !== undefined && { signInId }),
    ...(secretId !== undefined && { secretId }),
    ...(limits && { quotas: limits }),
    ...(keyQuotas && { keyQuotas }),
    ...(persona !== undefined && { persona }),
    ...(session && { session }),
  };
}

function ofKey(
  { key: { id, ownerId, scopes, limits }, owner }: FoundKey,
  { mode, anonymous }: Pick<AccessConfig, "mode" | "anonymous">,
): Principal {
  const admin = owner.known ? owner.admin : mode === "none" && !anonymous;
  return {
    id: ownerId,
    via: "key",
    ...(admin && { role: "admin" }),
    scopes: scopes as readonly Scope[],
    keyId: id,
    ...(limits && { quotas: limits }),
  };
}

function refused(message: string): HttpError {
  return protocolError("invalid_credentials", message);
}

/** Whether credentials are good cannot be said while the database is away: that is not their fault. */
async function toldAsAway<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw protocolError("store_unavailable", "Credentials cannot be checked just now.", { retryAfter: 5 });
  }
}
