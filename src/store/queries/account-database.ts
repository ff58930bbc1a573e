/** The accounts' tables in the shape of better-auth's adapter, so that the query builder stays within the store. */
import { DrizzleQueryError, relations } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type { Database } from "../database.ts";
import { withStoreErrors } from "../failures.ts";
import { credentials, signIns, users, verifications } from "../schema/accounts-schema.ts";

/** The tables by better-auth's names. */
const tables = { user: users, session: signIns, account: credentials, verification: verifications };

/**
 * Lets it read whose a sign-in is, and an account with its password, in one query each: the latter also because two
 * would take longer for an address that is known than for one that is not.
 */
const schema = {
  ...tables,
  ofUser: relations(users, ({ many }) => ({ accounts: many(credentials), sessions: many(signIns) })),
  ofSession: relations(signIns, ({ one }) => ({
    user: one(users, { fields: [signIns.userId], references: [users.id] }),
  })),
  ofAccount: relations(credentials, ({ one }) => ({
    user: one(users, { fields: [credentials.userId], references: [users.id] }),
  })),
};

/** Returns the arguments of better-auth's `drizzleAdapter`. */
export function accountDatabase({ pool }: Database) {
  return { db: drizzle(pool, { schema }), schema: tables };
}

/** Time that an expired sign-in is kept, ms: a clock that is wrong by less ends none for good. */
const expiredSignInMs = 60 * 86_400_000;

/**
 * Deletes sign-ins that expired 60 days ago, and expired verification links.
 * @param now wall-clock ms
 * @throws StoreError when the database cannot be asked
 */
export async function forgetExpired({ pool }: Database, now: number): Promise<void> {
  const before = { sign_ins: now - expiredSignInMs, verifications: now };
  for (const [table, at] of Object.entries(before))
    await withStoreErrors(() =>
      pool.query(`delete from kuku.${table} where expires_at < to_timestamp($1::double precision)`, [
        at / 1000,
      ]),
    );
}

/**
 * Runs a call of better-auth, which uses the database.
 * @throws StoreError when the database cannot be asked; its own error when it refused what it was given, without the
 * statement's values around it; whatever else the call threw
 */
export async function askedThrough<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const failed = queryError(error);
    if (failed === undefined) throw error;
    return withStoreErrors(() => Promise.reject(failed));
  }
}

/** Finds the query error inside better-auth's wrappers. */
function queryError(error: unknown): DrizzleQueryError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof DrizzleQueryError) return at;
  return undefined;
}
