/** The tables of accounts in the shape that better-auth's adapter takes them; the query builder does not leave this room. */
import { DrizzleQueryError, relations } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type { Database } from "../database.ts";
import { withStoreErrors } from "../failures.ts";
import { credentials, signIns, users, verifications } from "../schema/accounts-schema.ts";

/** better-auth's names for our tables. */
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

/** What `drizzleAdapter` of better-auth is made with. */
export function accountDatabase({ pool }: Database) {
  return { db: drizzle(pool, { schema }), schema: tables };
}

/**
 * Removes sign-ins that are over and links that nobody followed in time.
 * @param now wall-clock ms
 * @throws StoreError when the database cannot be asked
 */
export async function forgetExpired({ pool }: Database, now: number): Promise<void> {
  for (const table of ["sign_ins", "verifications"])
    await withStoreErrors(() =>
      pool.query(`delete from kuku.${table} where expires_at < to_timestamp($1::double precision)`, [
        now / 1000,
      ]),
    );
}

/**
 * Runs a call that asks the database by way of better-auth.
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

/** better-auth wraps what it does not expect. */
function queryError(error: unknown): DrizzleQueryError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof DrizzleQueryError) return at;
  return undefined;
}
