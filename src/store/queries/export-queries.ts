/** What is kept of a user beside their sessions, and of a session beside what the store answers: for a copy of it all. */
import { asc, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type { Database } from "../database.ts";
import { withStoreErrors } from "../failures.ts";
import { apiKeys, audit, signIns, usageDays, users } from "../schema/accounts-schema.ts";
import { actions } from "../schema/schema.ts";
import { present } from "./rows.ts";

/** Rows as plain JSON, without what opens anything: no password, no token, no key. */
type PlainRow = Readonly<Record<string, unknown>>;

/** Every method throws StoreError where the database cannot be reached. */
export interface ExportQueries {
  /** Undefined: nobody of this id has an account. */
  profile(ownerId: string): Promise<PlainRow | undefined>;
  /** Oldest first. */
  signIns(ownerId: string): Promise<readonly PlainRow[]>;
  keys(ownerId: string): Promise<readonly PlainRow[]>;
  usage(ownerId: string): Promise<readonly PlainRow[]>;
  /** What administrators did with them and read of theirs. */
  audit(ownerId: string): Promise<readonly PlainRow[]>;
  /** What the user committed to in a session, done or not. */
  actions(sessionId: string): Promise<readonly PlainRow[]>;
}

export function openExportQueries({ pool }: Pick<Database, "pool">): ExportQueries {
  const db = drizzle(pool);
  return {
    async profile(ownerId) {
      const { id, name, email, emailVerified, image, role, createdAt, updatedAt } = users;
      const columns = { id, name, email, emailVerified, image, role, createdAt, updatedAt };
      const [row] = await withStoreErrors(async () =>
        db.select(columns).from(users).where(eq(users.id, ownerId)),
      );
      return row && present(row);
    },
    async signIns(ownerId) {
      const { ipAddress, userAgent, createdAt, expiresAt } = signIns;
      const rows = await withStoreErrors(async () =>
        db
          .select({ ipAddress, userAgent, createdAt, expiresAt })
          .from(signIns)
          .where(eq(signIns.userId, ownerId))
          .orderBy(asc(signIns.createdAt)),
      );
      return rows.map(present);
    },
    async keys(ownerId) {
      const rows = await withStoreErrors(async () =>
        db.select().from(apiKeys).where(eq(apiKeys.ownerId, ownerId)).orderBy(asc(apiKeys.createdAt)),
      );
      return rows.map(({ hash: _, ownerId: __, ...key }) => present(key));
    },
    async usage(ownerId) {
      const rows = await withStoreErrors(async () =>
        db
          .select()
          .from(usageDays)
          .where(eq(usageDays.ownerId, ownerId))
          .orderBy(asc(usageDays.day), asc(usageDays.keyId)),
      );
      return rows.map(({ ownerId: _, ...day }) => day);
    },
    async audit(ownerId) {
      const rows = await withStoreErrors(async () =>
        db.select().from(audit).where(eq(audit.ownerId, ownerId)).orderBy(asc(audit.at), asc(audit.id)),
      );
      return rows.map(({ ownerId: _, ...row }) => present(row));
    },
    async actions(sessionId) {
      const rows = await withStoreErrors(async () =>
        db.select().from(actions).where(eq(actions.sessionId, sessionId)).orderBy(asc(actions.id)),
      );
      return rows.map(({ ownerId: _, sessionId: __, ...action }) => present(action));
    },
  };
}
