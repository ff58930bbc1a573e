/** Audit log of administrators' actions, each written before it is carried out. */
import { and, desc, eq, gte, lt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type { Clock } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import type { Database } from "../database.ts";
import { allWithStoreErrors } from "../failures.ts";
import { plainJson } from "../journal/plain-json.ts";
import type { Page } from "../records.ts";
import { audit } from "../schema/accounts-schema.ts";
import { fromCursor, present, toPage } from "./rows.ts";

interface NewAuditRecord {
  /** The administrator. */
  readonly actorId: string;
  /** Action, such as `session.messages`. */
  readonly action: string;
  /** Owner of the target. */
  readonly ownerId?: string;
  /** Object of the action, such as a session's id. */
  readonly target?: string;
  /** Plain JSON, without words of a conversation. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface AuditRecord extends NewAuditRecord {
  readonly id: string;
  /** Wall clock, ms. */
  readonly at: number;
}

interface AuditQuery {
  readonly actorId?: string;
  readonly ownerId?: string;
  readonly action?: string;
  /** Time at or after `from` and before `to`; wall clock, ms. */
  readonly from?: number;
  readonly to?: number;
  /** 1–100. */
  readonly limit: number;
  /** `next` of the previous page. */
  readonly cursor?: string;
}

export interface Audit {
  /**
   * Stores a record; the action must wait for this.
   * @throws StoreError when the database cannot be reached
   */
  write(record: NewAuditRecord): Promise<void>;
  /** Newest first. @throws StoreError */
  list(query: AuditQuery): Promise<Page<AuditRecord>>;
}

/** Opens the audit log on the store's database. */
export function openAudit(database: Database, clock: Clock): Audit {
  const db = drizzle(database.pool);
  return allWithStoreErrors({
    async write({ detail, ...record }) {
      const row = {
        ...record,
        id: newId("audit"),
        at: Math.round(clock.wallTime()),
        ...(detail && { detail: JSON.parse(plainJson(detail)) }),
      };
      await db.insert(audit).values(row);
    },
    async list({ actorId, ownerId, action, from, to, limit, cursor }) {
      const after = fromCursor(cursor, 2);
      const rows = await db
        .select()
        .from(audit)
        .where(
          and(
            actorId === undefined ? undefined : eq(audit.actorId, actorId),
            ownerId === undefined ? undefined : eq(audit.ownerId, ownerId),
            action === undefined ? undefined : eq(audit.action, action),
            from === undefined ? undefined : gte(audit.at, Math.ceil(from)),
            to === undefined ? undefined : lt(audit.at, Math.ceil(to)),
            after && sql`(${audit.at}, ${audit.id}) < (${after[0]}, ${after[1]})`,
          ),
        )
        .orderBy(desc(audit.at), desc(audit.id))
        .limit(limit + 1);
      const toEntry = (row: (typeof rows)[number]) => present(row) as AuditRecord;
      return toPage(rows, limit, { toEntry, keys: ({ at, id }) => [at, id] });
    },
  });
}
