/** Queries for the export of a user's data, beside those of the store. */
import { asc, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type { Database } from "../database.ts";
import { allWithStoreErrors } from "../failures.ts";
import { apiKeys, audit, signIns, usageDays, users } from "../schema/accounts-schema.ts";
import { actions } from "../schema/schema.ts";
import { present } from "./rows.ts";

/** A row as plain JSON, without secrets: no password, token or key hash. */
type PlainRow = Readonly<Record<string, unknown>>;

/** Every method throws StoreError where the database cannot be reached. */
export interface ExportQueries {
  /** Reads the account; undefined: there is none. */
  profile(ownerId: string): Promise<PlainRow | undefined>;
  /** Oldest first. */
  signIns(ownerId: string): Promise<readonly PlainRow[]>;
  keys(ownerId: string): Promise<readonly PlainRow[]>;
  usage(ownerId: string): Promise<readonly PlainRow[]>;
  /** Lists administrators' actions on the user's data. */
  audit(ownerId: string): Promise<readonly PlainRow[]>;
  /** Lists the actions of a session, done or not. */
  actions(sessionId: string): Promise<readonly PlainRow[]>;
}

export function openExportQueries({ pool }: Pick<Database, "pool">): ExportQueries {
  const db = drizzle(pool);
  return allWithStoreErrors<ExportQueries>({
    async profile(ownerId) {
      const { id, name, email, emailVerified, image, role, createdAt, updatedAt } = users;
      const columns = { id, name, email, emailVerified, image, role, createdAt, updatedAt };
      const [row] = await db.select(columns).from(users).where(eq(users.id, ownerId));
      return row && present(row);
    },
    async signIns(ownerId) {
      const { ipAddress, userAgent, createdAt, expiresAt } = signIns;
      const rows = await db
        .select({ ipAddress, userAgent, createdAt, expiresAt })
        .from(signIns)
        .where(eq(signIns.userId, ownerId))
        .orderBy(asc(signIns.createdAt));
      return rows.map(present);
    },
    async keys(ownerId) {
      const own = eq(apiKeys.ownerId, ownerId);
      const rows = await db.select().from(apiKeys).where(own).orderBy(asc(apiKeys.createdAt));
      return rows.map(({ hash: _, ownerId: __, ...key }) => present(key));
    },
    async usage(ownerId) {
      const order = [asc(usageDays.day), asc(usageDays.keyId)];
      const rows = await db
        .select()
        .from(usageDays)
        .where(eq(usageDays.ownerId, ownerId))
        .orderBy(...order);
      return rows.map(({ ownerId: _, ...day }) => day);
    },
    async audit(ownerId) {
      const own = eq(audit.ownerId, ownerId);
      const rows = await db.select().from(audit).where(own).orderBy(asc(audit.at), asc(audit.id));
      return rows.map(({ ownerId: _, ...row }) => present(row));
    },
    async actions(sessionId) {
      const own = eq(actions.sessionId, sessionId);
      const rows = await db.select().from(actions).where(own).orderBy(asc(actions.id));
      return rows.map(({ ownerId: _, sessionId: __, ...action }) => present(action));
    },
  });
}
