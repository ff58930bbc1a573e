/** Accounts: making one, signing in and out, passwords and the mails around them. Routes and the command line call it. */
import { createEmailVerificationToken } from "better-auth/api";
import type { CancelTimer, Clock } from "../../../lib/clock.ts";
import type { Database } from "../../../store/database.ts";
import { forgetExpired } from "../../../store/queries/account-database.ts";
import type { AccessConfig } from "../../config/access-settings.ts";
import type { Logger } from "../../logging/log.ts";
import { HttpError } from "../../net/http-error.ts";
import type { SignIns } from "../identity.ts";
import type { Limiter } from "../quotas/limiter.ts";
import { openAccountMails, type SendAccountMail } from "./account-mails.ts";
import { type Auth, type AuthUser, isBlocked, linkSeconds, openAuth } from "./auth.ts";
import { callAuth } from "./auth-errors.ts";
import { type BackgroundQueue, openBackgroundQueue } from "./background-queue.ts";
import type { MailSender } from "./mail.ts";
import { openMailAllowance } from "./mail-allowance.ts";
import { OwnAccount } from "./own-account.ts";
import { openPasswords, type Passwords } from "./passwords.ts";
import { type RequestContext, requestContext } from "./request-context.ts";
import { openSignInAttempts, type RunAttempt } from "./sign-in-attempts.ts";
import { UserAdministration } from "./users.ts";

/** Interval at which expired sign-ins and links are removed, ms. */
const cleanUpMs = 3_600_000;

export interface AccountsOptions {
  readonly database: Database;
  readonly access: Pick<AccessConfig, "signUp" | "verifyEmail">;
  /** 32 bytes or more, the same for all nodes; a key for sign-ins is derived from it. */
  readonly secret: string | Uint8Array;
  /** Whether people reach the server by https. */
  readonly secure: boolean;
  readonly mail: MailSender;
  readonly limiter: Pick<Limiter, "attempt" | "failed" | "succeeded">;
  readonly clock: Clock;
  readonly log: Logger;
  /** Default: scrypt. */
  readonly passwords?: Passwords;
}

/** A user who has just signed in. */
export interface SignInResult {
  readonly user: AuthUser;
  /** A signed bearer token, for programs. */
  readonly token: string;
  /** `Set-Cookie` headers for browsers. */
  readonly cookies: readonly string[];
}

export interface NewAccount {
  /** In lower case. */
  readonly email: string;
  readonly password: string;
  readonly name: string;
}

/** Every method throws HttpError for what is refused, and StoreError where the database cannot be reached. */
export class Accounts {
  /** Operations of users on their own sign-ins and password. */
  readonly ownAccount: OwnAccount;
  /** Operations of the administrator's command. */
  readonly users: UserAdministration;
  /** Reads sign-ins. Each call asks the database, so that an ended sign-in or a blocked account is known at once. */
  readonly signIns: SignIns = { read: (credentials) => this.#readSignIn(credentials) };
  readonly #options: AccountsOptions;
  readonly #queue: BackgroundQueue;
  readonly #passwords: Passwords;
  readonly #sendMail: SendAccountMail;
  readonly #auth: Auth;
  readonly #runAttempt: RunAttempt;
  readonly #allowance = openMailAllowance();
  #cancelCleanUp: CancelTimer = () => {};

  constructor(options: AccountsOptions) {
    const { limiter, clock, log, mail } = options;
    this.#options = options;
    this.#queue = openBackgroundQueue(log);
    this.#passwords = options.passwords ?? openPasswords();
    this.#sendMail = openAccountMails(mail, this.#queue);
    this.#auth = this.#openAuth();
    this.#runAttempt = openSignInAttempts(limiter);
    this.ownAccount = new OwnAccount({ auth: this.#auth, clock, runAttempt: this.#runAttempt });
    this.users = new UserAdministration({ auth: this.#auth, passwords: this.#passwords });
    this.#scheduleCleanUp();
  }

  /**
   * Makes an account and signs in; `verify`: a link was mailed that must be opened first. An address that is taken gets
   * the same answer, after the same work.
   */
  async signUp(
    context: RequestContext,
    { email, password, name }: NewAccount,
  ): Promise<SignInResult | "verify"> {
    const { access } = this.#options;
    if (access.signUp === "closed")
      throw new HttpError(403, "SIGN_UP_CLOSED", "Accounts are made by this server's administrator.");
    await this.#allowance.take(context.address, email);
    const { headers } = context;
    const body = { email, password, name };
    const hashed = Promise.withResolvers<void>();
    const done = requestContext.run({ ...context, onHashed: hashed.resolve }, () =>
      callAuth(() => this.#auth.api.signUpEmail({ body, headers, returnHeaders: true })),
    );
    if (!access.verifyEmail) return signInResult(await done);
    // What comes after the hash differs for an address that is taken, so the answer does not wait for it.
    this.#queue.run("sign-up", () => done);
    await Promise.race([done, hashed.promise]);
    return "verify";
  }

  async signIn(
    { headers, address }: RequestContext,
    given: { readonly email: string; readonly password: string; readonly remember: boolean },
  ): Promise<SignInResult> {
    const { email, password, remember } = given;
    const body = { email, password, rememberMe: remember };
    return this.#runAttempt({ address, account: email }, async () =>
      signInResult(await callAuth(() => this.#auth.api.signInEmail({ body, headers, returnHeaders: true }))),
    );
  }

  /** Ends the sign-in that the request shows, if any. @returns cookies that clear the browser's */
  async signOut({ headers }: RequestContext): Promise<readonly string[]> {
    const answer = await callAuth(() => this.#auth.api.signOut({ headers, returnHeaders: true }));
    return answer.headers.getSetCookie();
  }

  /** Mails a link for a new password after the answer, if there is such an account. */
  async requestReset(context: RequestContext, email: string): Promise<void> {
    await this.#allowance.take(context.address, email);
    this.#queue.run("reset", () =>
      requestContext.run(context, () =>
        callAuth(() => this.#auth.api.requestPasswordReset({ body: { email } })),
      ),
    );
  }

  /** Sets a new password by a mailed link, and ends every sign-in of the account, whose id is returned. */
  async reset(
    context: RequestContext,
    { token, password }: { readonly token: string; readonly password: string },
  ): Promise<string> {
    const { address } = context;
    const body = { token, newPassword: password };
    const { promise: whose, resolve: onReset } = Promise.withResolvers<string>();
    await this.#runAttempt({ address }, () =>
      requestContext.run({ ...context, onReset }, () =>
        callAuth(() => this.#auth.api.resetPassword({ body })),
      ),
    );
    return whose;
  }

  /** Mails the confirmation link again after the answer, if there is such an account and it is not confirmed. */
  async requestVerification(context: RequestContext, email: string): Promise<void> {
    await this.#allowance.take(context.address, email);
    this.#queue.run("verify", () =>
      requestContext.run(context, () => callAuth(() => this.#sendVerification(email))),
    );
  }

  async verify({ address }: RequestContext, token: string): Promise<void> {
    await this.#runAttempt({ address }, () =>
      callAuth(() => this.#auth.api.verifyEmail({ query: { token } })),
    );
  }

  /** Whether this is the password of an account that is signed in to. @throws HttpError after too many wrong ones */
  async passwordIs(userId: string, password: string, signIn: string): Promise<boolean> {
    const { limiter } = this.#options;
    const { internalAdapter } = await this.#auth.$context;
    const attempt = { signIn };
    await limiter.attempt(attempt);
    const credential = await callAuth(() => internalAdapter.findCredentialAccount(userId));
    const hash = credential?.password;
    const right = hash ? await this.#passwords.verify({ hash, password }) : false;
    await (right ? limiter.succeeded(attempt) : limiter.failed(attempt));
    return right;
  }

  /** Resolves once no mail is being sent. */
  settled(): Promise<void> {
    return this.#queue.settled();
  }

  /** Stops the timers and waits for mails; to be called before the store closes. */
  close(): Promise<void> {
    this.#cancelCleanUp();
    this.#allowance.close();
    return this.settled();
  }

  #openAuth(): Auth {
    const { access } = this.#options;
    const passwords = this.#passwords;
    return openAuth({
      ...this.#options,
      signUp: access.signUp === "open",
      verifyEmail: access.verifyEmail,
      passwords: {
        async hash(password) {
          const hash = await passwords.hash(password);
          requestContext.getStore()?.onHashed?.();
          return hash;
        },
        verify: passwords.verify,
      },
      mails: {
        verify: (user, token) => this.#sendMail("verify", user.email, token),
        reset: (user, token) => this.#sendMail("reset", user.email, token),
        taken: (user) => this.#sendMail("taken", user.email),
      },
      onReset: async (userId) => {
        // The link was mailed to the address, so whoever used it can read its mails.
        const { internalAdapter } = await this.#auth.$context;
        const user = await internalAdapter.updateUser(userId, { emailVerified: true });
        const { address, onReset } = requestContext.getStore() ?? {};
        onReset?.(userId);
        if (user) await this.#options.limiter.succeeded({ address, account: user.email });
      },
    });
  }

  async #readSignIn({ token, cookie }: Parameters<SignIns["read"]>[0]): ReturnType<SignIns["read"]> {
    const headers = new Headers();
    if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
    else if (cookie !== undefined) headers.set("cookie", cookie);
    else return undefined;
    const query = { disableRefresh: true };
    const found = await callAuth(() => this.#auth.api.getSession({ headers, query }));
    if (!found || isBlocked(found.user, this.#options.clock.wallTime())) return undefined;
    const { user, session } = found;
    return { userId: user.id, admin: user.role === "admin", signInId: session.id };
  }

  async #sendVerification(email: string): Promise<void> {
    const { internalAdapter, secret } = await this.#auth.$context;
    const user = (await internalAdapter.findUserByEmail(email))?.user;
    if (!user || user.emailVerified || !this.#options.access.verifyEmail) return;
    const claims = { userId: user.id };
    const token = await createEmailVerificationToken(secret, email, undefined, linkSeconds, claims);
    this.#sendMail("verify", email, token);
  }

  #scheduleCleanUp(): void {
    const { clock, database } = this.#options;
    this.#cancelCleanUp = clock.after(cleanUpMs, () => {
      this.#queue.run("removal of expired sign-ins", () => forgetExpired(database, clock.wallTime()));
      this.#scheduleCleanUp();
    });
  }
}

/** Reads what an endpoint of better-auth answers to a successful sign-in. */
function signInResult(answer: { response: { user: AuthUser }; headers: Headers }): SignInResult {
  const { response, headers } = answer;
  const token = headers.get("set-auth-token");
  if (token === null) throw new Error("a sign-in without a token");
  return { user: response.user, token, cookies: headers.getSetCookie() };
}
