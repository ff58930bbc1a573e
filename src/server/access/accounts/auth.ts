/** better-auth as this server has it: e-mail and password over our tables, and nothing that was not asked for. */
import { hkdfSync } from "node:crypto";
import { betterAuth } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { APIError } from "better-auth/api";
import { bearer } from "better-auth/plugins";
import type { Clock } from "../../../lib/clock.ts";
import { newId, newSecret } from "../../../lib/ids.ts";
import type { Database } from "../../../store/database.ts";
import { accountDatabase } from "../../../store/queries/account-database.ts";
import { type Passwords, passwordLength } from "./passwords.ts";

/** How long a sign-in lasts that is not used, s; one that is used is prolonged once a day. */
const signInSeconds = 30 * 24 * 3600;
const prolongedAfterSeconds = 24 * 3600;
/** How long links in mails are good, s; their texts say so, too. */
export const linkSeconds = 3600;

/** Who mails are for. */
interface Recipient {
  readonly email: string;
}

export interface AuthOptions {
  readonly database: Database;
  /** 32 bytes or more, the same for all nodes. */
  readonly secret: string | Uint8Array;
  /** Whether people reach the server by https: then cookies go that way alone. */
  readonly secure: boolean;
  readonly signUp: boolean;
  readonly verifyEmail: boolean;
  readonly passwords: Passwords;
  readonly mails: {
    verify(user: Recipient, token: string): void;
    reset(user: Recipient, token: string): void;
    /** Somebody wants an account for an address that has one. */
    taken(user: Recipient): void;
  };
  /** A link that went to somebody's address was used. */
  readonly onReset: (userId: string) => Promise<void>;
  readonly clock: Clock;
}

/** Where the client's address is handed over: a header of our own making, which no client's request gets through with. */
export const addressHeader = "x-kuku-address";

export type Auth = ReturnType<typeof openAuth>;

/** A user as better-auth gives it. */
export interface AuthUser extends Recipient {
  readonly id: string;
  readonly name: string;
  readonly role?: string | null;
  readonly banned?: boolean | null;
  readonly banExpires?: Date | null;
}

/** Whether somebody may not come in. */
export function isBlocked(user: Pick<AuthUser, "banned" | "banExpires">, now: number): boolean {
  return user.banned === true && (!user.banExpires || user.banExpires.getTime() > now);
}

export function openAuth(options: AuthOptions) {
  const { mails, passwords, clock, secure } = options;
  const { db, schema } = accountDatabase(options.database);
  return betterAuth({
    appName: "Kuku Coach",
    // Never looked at: every link is made here (see messages.ts), and no router of its own is mounted.
    baseURL: "http://localhost",
    secret: derivedSecret(options.secret),
    database: drizzleAdapter(db, { provider: "pg", schema, transaction: false }),
    telemetry: { enabled: false },
    // Its lines quote addresses and tokens.
    logger: { disabled: true },
    rateLimit: { enabled: false },
    plugins: [bearer({ requireSignature: true })],
    user: { additionalFields: ownFields },
    session: { expiresIn: signInSeconds, updateAge: prolongedAfterSeconds, freshAge: 0 },
    verification: { storeIdentifier: "hashed" },
    emailAndPassword: {
      enabled: true,
      disableSignUp: !options.signUp,
      requireEmailVerification: options.verifyEmail,
      autoSignIn: true,
      minPasswordLength: passwordLength.least,
      maxPasswordLength: passwordLength.most,
      password: passwords,
      resetPasswordTokenExpiresIn: linkSeconds,
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: async ({ user, token }) => mails.reset(user, token),
      onPasswordReset: ({ user }) => options.onReset(user.id),
      onExistingUserSignUp: async ({ user }) => mails.taken(user),
    },
    emailVerification: {
      expiresIn: linkSeconds,
      sendOnSignUp: options.verifyEmail,
      sendVerificationEmail: async ({ user, token }) => mails.verify(user, token),
    },
    databaseHooks: {
      session: {
        create: {
          /** Whoever was blocked gets no sign-in, whichever way they came. */
          async before({ userId }, context) {
            const user: AuthUser | null | undefined =
              await context?.context.internalAdapter.findUserById(userId);
            if (user && isBlocked(user, clock.wallTime()))
              throw new APIError("FORBIDDEN", { code: "ACCOUNT_BLOCKED", message: "blocked" });
          },
        },
      },
    },
    advanced: {
      database: {
        joins: true,
        generateId: ({ model }) => (model === "user" ? newId("user") : newSecret()),
      },
      useSecureCookies: false,
      // The prefix has a browser see to it that no other host, and no page by http, sets our cookie.
      cookiePrefix: secure ? "__Host-kuku" : "kuku",
      defaultCookieAttributes: { httpOnly: true, sameSite: "lax", path: "/", secure },
      ipAddress: { ipAddressHeaders: [addressHeader] },
      disableOriginCheck: false,
    },
  });
}

/** Columns that better-auth itself does not know; none can be set by who they are about. */
const ownFields = {
  role: { type: "string", required: false, defaultValue: "user", input: false },
  banned: { type: "boolean", required: false, defaultValue: false, input: false },
  banReason: { type: "string", required: false, input: false },
  banExpires: { type: "date", required: false, input: false },
} as const;

/** Of its own purpose, so that nothing signed elsewhere with the same secret is taken for a sign-in. */
function derivedSecret(secret: string | Uint8Array): string {
  return Buffer.from(hkdfSync("sha256", secret, "", "kuku sign-ins", 32)).toString("hex");
}
