/** Usage by day (UTC), owner and key: added up by the nodes, read by administrators. */
import { and, asc, desc, eq, gte, lte } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type { Database } from "../database.ts";
import { allWithStoreErrors } from "../failures.ts";
import { usageDays } from "../schema/accounts-schema.ts";
import { inTransactionOnce } from "../transaction.ts";

/** Sums of usage. */
export interface UsageSums {
  readonly sessions: number;
  readonly turns: number;
  /** Input audio, s. */
  readonly audioSeconds: number;
  /** Tokens of the reply model. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Characters synthesized. */
  readonly characters: number;
  /** In the currency of the configured prices. */
  readonly cost: number;
}

/** One day's use by one owner with one key. */
export interface UsageDay extends UsageSums {
  /** Day (UTC), as in `2026-11-23`. */
  readonly day: string;
  readonly ownerId: string;
  /** Empty: without one. */
  readonly keyId: string;
}

export interface UsageQuery {
  /** First and last day (UTC), such as `2026-11-23`; the last one included. */
  readonly from: string;
  readonly to: string;
  readonly ownerId?: string;
}

/** Every method throws StoreError when the database cannot be asked. */
export interface UsageDays {
  /**
   * Adds to the sums; `rows` has at most one row for each day, owner and key.
   * @throws CommitInDoubt where they may be added
   */
  add(rows: readonly UsageDay[]): Promise<void>;
  /** The latest days first; within a day by owner and key. `limit`: rows at most; default 1000. */
  days(query: UsageQuery & { readonly limit?: number }): Promise<readonly UsageDay[]>;
}

/** Rows come from one JSON array and are written in one order on all nodes, which avoids deadlocks. */
const addDays = `
  insert into kuku.usage_days as u
    (day, owner_id, key_id, sessions, turns, audio_seconds, input_tokens, output_tokens, characters, cost)
  select day, "ownerId", "keyId", sessions, turns, "audioSeconds", "inputTokens", "outputTokens", characters, cost
  from jsonb_to_recordset($1) as r(day text, "ownerId" text, "keyId" text, sessions integer, turns integer,
    "audioSeconds" double precision, "inputTokens" bigint, "outputTokens" bigint, characters bigint,
    cost double precision)
  order by day, "ownerId", "keyId"
  on conflict (day, owner_id, key_id) do update set sessions = u.sessions + excluded.sessions,
    turns = u.turns + excluded.turns, audio_seconds = u.audio_seconds + excluded.audio_seconds,
    input_tokens = u.input_tokens + excluded.input_tokens, output_tokens = u.output_tokens + excluded.output_tokens,
    characters = u.characters + excluded.characters, cost = u.cost + excluded.cost`;

/** Opens the days on the store's database. */
export function openUsage({ pool, backgroundPool }: Pick<Database, "pool" | "backgroundPool">): UsageDays {
  const db = drizzle(pool);
  return allWithStoreErrors<UsageDays>({
    async add(rows) {
      if (rows.length === 0) return;
      await inTransactionOnce(backgroundPool, (client) => client.query(addDays, [JSON.stringify(rows)]));
    },
    days: async ({ from, to, ownerId, limit = 1000 }) =>
      db
        .select()
        .from(usageDays)
        .where(
          and(
            gte(usageDays.day, from),
            lte(usageDays.day, to),
            ownerId === undefined ? undefined : eq(usageDays.ownerId, ownerId),
          ),
        )
        .orderBy(desc(usageDays.day), asc(usageDays.ownerId), asc(usageDays.keyId))
        .limit(limit),
  });
}
