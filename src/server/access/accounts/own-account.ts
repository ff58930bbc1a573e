/** Operations of signed-in users on their own sign-ins and password. */
import type { Clock } from "../../../lib/clock.ts";
import { HttpError } from "../../net/http-error.ts";
import { type Auth, type AuthUser, isBlocked } from "./auth.ts";
import { callAuth } from "./auth-errors.ts";
import type { RequestContext } from "./request-context.ts";
import type { RunAttempt } from "./sign-in-attempts.ts";

/** One of a user's sign-ins. */
export interface SignInEntry {
  readonly id: string;
  /** Whether the request was made with it. */
  readonly current: boolean;
  readonly createdAt: Date;
  /** Time at which it was last prolonged. */
  readonly updatedAt: Date;
  readonly expiresAt: Date;
  readonly address?: string;
  readonly userAgent?: string;
}

interface OwnAccountOptions {
  readonly auth: Auth;
  readonly clock: Clock;
  readonly runAttempt: RunAttempt;
}

/** `userId` is the principal of the request; the sign-in that the request shows must be theirs. */
export class OwnAccount {
  readonly #options: OwnAccountOptions;

  constructor(options: OwnAccountOptions) {
    this.#options = options;
  }

  /** Reads the user and the sign-in; prolongs it once a day. @throws HttpError 401 */
  async read({ headers }: RequestContext, userId: string) {
    const { auth, clock } = this.#options;
    const answer = await callAuth(() => auth.api.getSession({ headers, returnHeaders: true }));
    const found = answer.response;
    if (found?.user.id !== userId || isBlocked(found.user, clock.wallTime()))
      throw new HttpError(401, "INVALID_CREDENTIALS", "You are not signed in any more.");
    const user: AuthUser = found.user;
    return { user, signInId: found.session.id, cookies: answer.headers.getSetCookie() };
  }

  /** Lists the user's sign-ins, newest first. */
  async listSignIns(context: RequestContext, userId: string): Promise<readonly SignInEntry[]> {
    const { signInId } = await this.read(context, userId);
    const all = await this.#activeSignIns(userId);
    return all
      .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
      .map(({ id, createdAt, updatedAt, expiresAt, ipAddress, userAgent }) => ({
        id,
        current: id === signInId,
        createdAt,
        updatedAt,
        expiresAt,
        address: ipAddress || undefined,
        userAgent: userAgent ? userAgent.slice(0, 300) : undefined,
      }));
  }

  /** Ends one of the user's sign-ins. Returns false where they have none of this id. */
  async endSignIn(userId: string, id: string): Promise<boolean> {
    const signIn = (await this.#activeSignIns(userId)).find((each) => each.id === id);
    if (!signIn) return false;
    const { internalAdapter } = await this.#options.auth.$context;
    await callAuth(() => internalAdapter.deleteSession(signIn.token));
    return true;
  }

  async endOtherSignIns({ headers }: RequestContext): Promise<void> {
    await callAuth(() => this.#options.auth.api.revokeOtherSessions({ headers }));
  }

  /** @returns cookies that clear the browser's */
  async endAllSignIns({ headers }: RequestContext): Promise<readonly string[]> {
    const { auth } = this.#options;
    const answer = await callAuth(() => auth.api.revokeSessions({ headers, returnHeaders: true }));
    return answer.headers.getSetCookie();
  }

  /**
   * Changes the password and ends every other sign-in; the current one goes on under a new token.
   * @throws HttpError 403 for a wrong password
   */
  async changePassword(
    context: RequestContext,
    userId: string,
    { current, next }: { readonly current: string; readonly next: string },
  ): Promise<{ readonly token: string; readonly cookies: readonly string[] }> {
    const { auth, runAttempt } = this.#options;
    const { signInId: signIn } = await this.read(context, userId);
    const { headers } = context;
    const body = { currentPassword: current, newPassword: next, revokeOtherSessions: true };
    const answer = await runAttempt({ signIn }, () =>
      callAuth(() => auth.api.changePassword({ body, headers, returnHeaders: true })),
    );
    const token = answer.headers.get("set-auth-token");
    if (token === null) throw new Error("a changed password without a token");
    return { token, cookies: answer.headers.getSetCookie() };
  }

  async #activeSignIns(userId: string) {
    const { internalAdapter } = await this.#options.auth.$context;
    return callAuth(() => internalAdapter.listSessions(userId, { onlyActiveSessions: true }));
  }
}
