/** better-auth as this server uses it: e-mail and password over its own tables, everything else off. */
import { hkdfSync } from "node:crypto";
import { betterAuth, type GenericEndpointContext } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { APIError } from "better-auth/api";
import { bearer } from "better-auth/plugins";
import type { Clock } from "../../../lib/clock.ts";
import { newId, newSecret } from "../../../lib/ids.ts";
import type { Database } from "../../../store/database.ts";
import { accountDatabase } from "../../../store/queries/account-database.ts";
import { passwordLength } from "./password-length.ts";
import type { Passwords } from "./passwords.ts";
import { addressHeader } from "./request-context.ts";

/** Lifetime of an unused sign-in, s; one in use is prolonged once a day. */
const signInSeconds = 30 * 24 * 3600;
const prolongedAfterSeconds = 24 * 3600;
/** Lifetime of links in mails, s; the texts of the mails say so. */
export const linkSeconds = 3600;

/** The addressee of a mail. */
interface Recipient {
  readonly email: string;
}

export interface AuthOptions {
  readonly database: Database;
  /** 32 bytes or more, the same for all nodes. */
  readonly secret: string | Uint8Array;
  /** Whether people reach the server by https; cookies then travel by https alone. */
  readonly secure: boolean;
  readonly signUp: boolean;
  readonly verifyEmail: boolean;
  readonly passwords: Passwords;
  readonly mails: {
    verify(user: Recipient, token: string): void;
    reset(user: Recipient, token: string): void;
    /** Somebody signs up with an address that has an account. */
    taken(user: Recipient): void;
  };
  /** Called when a password was reset by a mailed link. */
  readonly onReset: (userId: string) => Promise<void>;
  readonly clock: Clock;
}

export type Auth = ReturnType<typeof openAuth>;

/** A user as better-auth returns it. */
export interface AuthUser extends Recipient {
  readonly id: string;
  readonly name: string;
  readonly role?: string | null;
  readonly banned?: boolean | null;
  readonly banExpires?: Date | null;
}

/** Whether the user may not sign in. */
export function isBlocked(user: Pick<AuthUser, "banned" | "banExpires">, now: number): boolean {
  return user.banned === true && (!user.banExpires || user.banExpires.getTime() > now);
}

export function openAuth(options: AuthOptions) {
  const { db, schema } = accountDatabase(options.database);
  return betterAuth({
    appName: "Kuku Coach",
    // Never looked at: every link is made by account-mails.ts, and no router of better-auth is mounted.
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
    ...emailOptions(options),
    databaseHooks: {
      session: { create: { before: refuseBlocked(options.clock) }, delete: { before: keepExpired } },
    },
    advanced: {
      database: {
        joins: true,
        generateId: ({ model }) => (model === "user" ? newId("user") : newSecret()),
      },
      ...cookieOptions(options.secure),
      ipAddress: { ipAddressHeaders: [addressHeader] },
      disableOriginCheck: false,
    },
  });
}

function emailOptions({ signUp, verifyEmail, passwords, mails, onReset }: AuthOptions) {
  return {
    emailAndPassword: {
      enabled: true,
      disableSignUp: !signUp,
      requireEmailVerification: verifyEmail,
      autoSignIn: true,
      minPasswordLength: passwordLength.least,
      maxPasswordLength: passwordLength.most,
      password: passwords,
      resetPasswordTokenExpiresIn: linkSeconds,
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: async ({ user, token }: MailRequest) => mails.reset(user, token),
      onPasswordReset: ({ user }: { user: { id: string } }) => onReset(user.id),
      onExistingUserSignUp: async ({ user }: { user: Recipient }) => mails.taken(user),
    },
    emailVerification: {
      expiresIn: linkSeconds,
      sendOnSignUp: verifyEmail,
      sendVerificationEmail: async ({ user, token }: MailRequest) => mails.verify(user, token),
    },
  };
}

function cookieOptions(secure: boolean) {
  return {
    useSecureCookies: false,
    // With this prefix browsers let no other host, and no page loaded by http, set the cookie.
    cookiePrefix: secure ? "__Host-kuku" : "kuku",
    defaultCookieAttributes: { httpOnly: true, sameSite: "lax", path: "/", secure } as const,
  };
}

/** Refuses a sign-in to a blocked user, however they sign in. */
function refuseBlocked(clock: Clock) {
  return async ({ userId }: { userId: string }, context: GenericEndpointContext | null) => {
    const user: AuthUser | null | undefined = await context?.context.internalAdapter.findUserById(userId);
    if (user && isBlocked(user, clock.wallTime()))
      throw new APIError("FORBIDDEN", { code: "ACCOUNT_BLOCKED", message: "blocked" });
  };
}

/**
 * Keeps a sign-in that was found expired, which better-auth deletes at once: where the clock was wrong for a while, it is
 * good again afterwards. `forgetExpired` deletes it later.
 */
async function keepExpired(_: unknown, context: GenericEndpointContext | null): Promise<boolean> {
  return context?.path !== "/get-session";
}

interface MailRequest {
  readonly user: Recipient;
  readonly token: string;
}

/** Columns that better-auth does not know by itself; no request can set them. */
const ownFields = {
  role: { type: "string", required: false, defaultValue: "user", input: false },
  banned: { type: "boolean", required: false, defaultValue: false, input: false },
  banReason: { type: "string", required: false, input: false },
  banExpires: { type: "date", required: false, input: false },
} as const;

/** Derives a key for sign-ins, so that nothing signed for another purpose with the same secret passes for one. */
function derivedSecret(secret: string | Uint8Array): string {
  return Buffer.from(hkdfSync("sha256", secret, "", "kuku sign-ins", 32)).toString("hex");
}
