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
import { type AuthUser, isBlocked, linkSeconds, openAuth } from "./auth.ts";
import { openBackgroundQueue } from "./background-queue.ts";
import type { MailSender } from "./mail.ts";
import { openMailAllowance } from "./mail-allowance.ts";
import { linkTo, type Occasion, writeMail } from "./mail-texts.ts";
import { openPasswords, type Passwords } from "./passwords.ts";
import { calling } from "./refusals.ts";
import { type RequestContext, requestContext } from "./request-context.ts";
import { openSignInAttempts } from "./sign-in-attempts.ts";
import { openSignedIn, type SignedIn } from "./sign-ins.ts";
import { openPeople, type People } from "./users.ts";

/** How often sign-ins and links that are over are removed, ms. */
const tidyMs = 3_600_000;

export interface AccountsOptions {
  readonly database: Database;
  readonly access: Pick<AccessConfig, "signUp" | "verifyEmail">;
  /** 32 bytes or more, the same for all nodes; a key of its own is derived from it. */
  readonly secret: string | Uint8Array;
  /** Whether people reach the server by https. */
  readonly secure: boolean;
  readonly mail: MailSender;
  readonly limiter: Pick<Limiter, "attempt" | "failed" | "succeeded">;
  readonly clock: Clock;
  readonly log: Logger;
  /** For tests that count hashes. */
  readonly passwords?: Passwords;
}

/** Somebody has come in. */
export interface Entered {
  readonly user: AuthUser;
  /** Signed; a bearer token for programs. */
  readonly token: string;
  /** `Set-Cookie` headers for browsers. */
  readonly cookies: readonly string[];
}

interface NewAccount {
  /** In lower case. */
  readonly email: string;
  readonly password: string;
  readonly name: string;
}

/** Refuses by HttpError; StoreError where the database cannot be reached. */
export interface Accounts {
  /** Each call asks the database, so that a sign-in that was ended, and an account that was blocked, are known at once. */
  readonly signIns: SignIns;
  /** `verify`: the way in is the link that was mailed; the same answer, after the same work, where the address is taken. */
  signUp(asker: RequestContext, account: NewAccount): Promise<Entered | "verify">;
  signIn(
    asker: RequestContext,
    given: { readonly email: string; readonly password: string; readonly remember: boolean },
  ): Promise<Entered>;
  /** Ends the sign-in that is shown, if one is. @returns cookies that clear the browser's */
  signOut(asker: RequestContext): Promise<readonly string[]>;
  /** Mails a link behind the answer, if there is such an account. */
  requestReset(asker: RequestContext, email: string): Promise<void>;
  /** Ends every sign-in of the account, too. */
  reset(asker: RequestContext, given: { readonly token: string; readonly password: string }): Promise<void>;
  /** Mails the link once more behind the answer, if there is such an account, and it needs one. */
  requestVerification(asker: RequestContext, email: string): Promise<void>;
  verify(asker: RequestContext, token: string): Promise<void>;
  /** Whether this is the account's password, for what is asked twice; counts as an attempt to sign in. */
  passwordIs(userId: string, password: string, address: string | undefined): Promise<boolean>;
  /** What those who are signed in can do. */
  readonly signedIn: SignedIn;
  /** What the administrator's command does. */
  readonly people: People;
  /** Resolves once no mail is under way. */
  settled(): Promise<void>;
  /** The same, and lets go of what counts. Before the store closes. */
  close(): Promise<void>;
}

export function openAccounts(options: AccountsOptions): Accounts {
  const { access, limiter, clock, log, mail } = options;
  const errands = openBackgroundQueue(log);
  const passwords = options.passwords ?? openPasswords();
  const post = (occasion: Occasion, email: string, token?: string) => {
    const at = requestContext.getStore();
    if (!at) throw new Error("a mail that nobody asked for");
    if (at.onLink) return at.onLink(linkTo(at.base, occasion, token));
    const written = writeMail(occasion, { to: email, ...at, ...(token !== undefined && { token }) });
    errands.run(`${occasion} mail`, () => mail.send(written));
  };
  const auth = openAuth({
    ...options,
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
      verify: (user, token) => post("verify", user.email, token),
      reset: (user, token) => post("reset", user.email, token),
      taken: (user) => post("taken", user.email),
    },
    async onReset(userId) {
      // Whoever used the link reads what is sent to the address.
      await (await auth.$context).internalAdapter.updateUser(userId, { emailVerified: true });
    },
  });
  const guess = openSignInAttempts(limiter);
  const allowance = openMailAllowance();
  let cancelTidying: CancelTimer = () => {};
  const tidy = () => {
    cancelTidying = clock.after(tidyMs, () => {
      errands.run("removal of what is over", () => forgetExpired(options.database, clock.wallTime()));
      tidy();
    });
  };
  tidy();

  return {
    signIns: {
      async read({ token, cookie }) {
        const headers = new Headers();
        if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
        else if (cookie !== undefined) headers.set("cookie", cookie);
        else return undefined;
        const found = await calling(() => auth.api.getSession({ headers, query: { disableRefresh: true } }));
        if (!found || isBlocked(found.user, clock.wallTime())) return undefined;
        const { user, session } = found;
        return { userId: user.id, admin: user.role === "admin", signInId: session.id };
      },
    },

    async signUp(asker, { email, password, name }) {
      if (access.signUp === "closed")
        throw new HttpError(403, "SIGN_UP_CLOSED", "Accounts are made by this server's administrator.");
      await allowance.take(asker.address, email);
      const { headers } = asker;
      const hashed = Promise.withResolvers<void>();
      const done = requestContext.run({ ...asker, onHashed: hashed.resolve }, () =>
        calling(() =>
          auth.api.signUpEmail({ body: { email, password, name }, headers, returnHeaders: true }),
        ),
      );
      if (!access.verifyEmail) return entered(await done);
      // What comes after the hash differs for an address that is taken, so the answer does not wait for it.
      errands.run("sign-up", () => done);
      await Promise.race([done, hashed.promise]);
      return "verify";
    },

    async signIn({ headers, address }, { email, password, remember }) {
      const body = { email, password, rememberMe: remember };
      return guess({ address, account: email }, async () =>
        entered(await calling(() => auth.api.signInEmail({ body, headers, returnHeaders: true }))),
      );
    },

    async signOut({ headers }) {
      const answer = await calling(() => auth.api.signOut({ headers, returnHeaders: true }));
      return answer.headers.getSetCookie();
    },

    async requestReset(asker, email) {
      await allowance.take(asker.address, email);
      errands.run("reset", () =>
        requestContext.run(asker, () => calling(() => auth.api.requestPasswordReset({ body: { email } }))),
      );
    },

    async reset({ address }, { token, password }) {
      const body = { token, newPassword: password };
      await guess({ address }, () => calling(() => auth.api.resetPassword({ body })));
    },

    async requestVerification(asker, email) {
      await allowance.take(asker.address, email);
      errands.run("verify", () =>
        requestContext.run(asker, () =>
          calling(async () => {
            const { internalAdapter, secret } = await auth.$context;
            const user = (await internalAdapter.findUserByEmail(email))?.user;
            if (!user || user.emailVerified || !access.verifyEmail) return;
            const claims = { userId: user.id };
            post(
              "verify",
              email,
              await createEmailVerificationToken(secret, email, undefined, linkSeconds, claims),
            );
          }),
        ),
      );
    },

    async verify({ address }, token) {
      await guess({ address }, () => calling(() => auth.api.verifyEmail({ query: { token } })));
    },

    async passwordIs(userId, password, address) {
      const { internalAdapter } = await auth.$context;
      const user = await calling(() => internalAdapter.findUserById(userId));
      if (!user) return false;
      const attempt = { address, account: user.email };
      await limiter.attempt(attempt);
      const credential = await calling(() => internalAdapter.findCredentialAccount(userId));
      const hash = credential?.password;
      const right = hash ? await passwords.verify({ hash, password }) : false;
      await (right ? limiter.succeeded(attempt) : limiter.failed(attempt));
      return right;
    },

    signedIn: openSignedIn({ auth, clock, guess }),
    people: openPeople({ auth, passwords }),
    settled: errands.settled,
    close() {
      cancelTidying();
      allowance.close();
      return errands.settled();
    },
  };
}

/** What an endpoint of better-auth answers once somebody has come in. */
function entered({
  response,
  headers,
}: {
  readonly response: { readonly user: AuthUser };
  readonly headers: Headers;
}): Entered {
  const token = headers.get("set-auth-token");
  if (token === null) throw new Error("a sign-in without a token");
  return { user: response.user, token, cookies: headers.getSetCookie() };
}
