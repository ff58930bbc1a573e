/** What those who are signed in can do with their sign-ins and their password. */
import type { Clock } from "../../../lib/clock.ts";
import { HttpError } from "../../net/http-error.ts";
import { type Auth, type AuthUser, isBlocked } from "./auth.ts";
import { calling } from "./refusals.ts";
import type { RequestContext } from "./request-context.ts";
import type { Guess } from "./sign-in-attempts.ts";

/** One place where somebody is signed in. */
interface SignInPlace {
  readonly id: string;
  /** Whether it is the one that asks. */
  readonly current: boolean;
  readonly createdAt: Date;
  /** When it was last prolonged. */
  readonly updatedAt: Date;
  readonly expiresAt: Date;
  readonly address?: string;
  readonly userAgent?: string;
}

/** `userId` is who the guard let in; the sign-in that is shown must be theirs. */
export interface SignedIn {
  /** Who it is; prolongs the sign-in once a day. @throws HttpError 401 */
  who(
    asker: RequestContext,
    userId: string,
  ): Promise<{ readonly user: AuthUser; readonly cookies: readonly string[] }>;
  list(asker: RequestContext, userId: string): Promise<readonly SignInPlace[]>;
  /** @returns whether there was one of this id, and it was theirs */
  end(userId: string, id: string): Promise<boolean>;
  endOthers(asker: RequestContext, userId: string): Promise<void>;
  /** @returns cookies that clear the browser's */
  endAll(asker: RequestContext, userId: string): Promise<readonly string[]>;
  /** Ends every other sign-in; the one that asks goes on under a new token. @throws HttpError 403 for a wrong password */
  changePassword(
    asker: RequestContext,
    userId: string,
    given: { readonly current: string; readonly next: string },
  ): Promise<{ readonly token: string; readonly cookies: readonly string[] }>;
}

interface Around {
  readonly auth: Auth;
  readonly clock: Clock;
  readonly guess: Guess;
}

export function openSignedIn({ auth, clock, guess }: Around): SignedIn {
  const shown = async ({ headers }: RequestContext, userId: string) => {
    const answer = await calling(() => auth.api.getSession({ headers, returnHeaders: true }));
    const found = answer.response;
    if (found?.user.id !== userId || isBlocked(found.user, clock.wallTime()))
      throw new HttpError(401, "INVALID_CREDENTIALS", "You are not signed in any more.");
    return { ...found, cookies: answer.headers.getSetCookie() };
  };
  const places = async (userId: string) => {
    const { internalAdapter } = await auth.$context;
    return calling(() => internalAdapter.listSessions(userId, { onlyActiveSessions: true }));
  };

  return {
    who: shown,

    async list(asker, userId) {
      const { session: current } = await shown(asker, userId);
      const all = await places(userId);
      return all
        .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
        .map(({ id, createdAt, updatedAt, expiresAt, ipAddress, userAgent }) => ({
          id,
          current: id === current.id,
          createdAt,
          updatedAt,
          expiresAt,
          ...(ipAddress && { address: ipAddress }),
          ...(userAgent && { userAgent: userAgent.slice(0, 300) }),
        }));
    },

    async end(userId, id) {
      const place = (await places(userId)).find((each) => each.id === id);
      if (!place) return false;
      const { internalAdapter } = await auth.$context;
      await calling(() => internalAdapter.deleteSession(place.token));
      return true;
    },

    async endOthers({ headers }) {
      await calling(() => auth.api.revokeOtherSessions({ headers }));
    },

    async endAll({ headers }) {
      const answer = await calling(() => auth.api.revokeSessions({ headers, returnHeaders: true }));
      return answer.headers.getSetCookie();
    },

    async changePassword(asker, userId, { current, next }) {
      const { user } = await shown(asker, userId);
      const { headers, address } = asker;
      const body = { currentPassword: current, newPassword: next, revokeOtherSessions: true };
      const answer = await guess({ address, account: user.email }, () =>
        calling(() => auth.api.changePassword({ body, headers, returnHeaders: true })),
      );
      const token = answer.headers.get("set-auth-token");
      if (token === null) throw new Error("a changed password without a token");
      return { token, cookies: answer.headers.getSetCookie() };
    },
  };
}
