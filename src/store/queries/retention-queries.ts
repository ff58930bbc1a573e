/** Removal of rows that nobody asks for any more. */
import type { Database } from "../database.ts";
import { allWithStoreErrors } from "../failures.ts";
import { storeLimits } from "../limits.ts";

/** Every method takes wall-clock ms, removes or lists at most `limit` rows, and throws StoreError where the database is away. */
export interface RetentionQueries {
  /**
   * Deletes guests' sessions without a word of theirs, without audio, unchanged since `before`, that no living node
   * holds. Returns their number.
   */
  forgetWordless(before: number, limit: number): Promise<number>;
  /** Deletes rows of the audit from before. Returns their number. */
  forgetAudit(before: number, limit: number): Promise<number>;
  /** Lists accounts made before whose address is not confirmed, and that have made nothing. */
  unconfirmed(before: number, limit: number): Promise<readonly string[]>;
}

// A holder that takes the session over meanwhile has locked the row.
const wordless = `delete from kuku.sessions where id in (
  select s.id from kuku.sessions s
  where starts_with(s.owner_id, 'guest_') and s.updated_at < $1
    and (s.status = 'ended' or not exists (select from kuku.nodes n where n.id = s.node_id
      and n.seen_at > clock_timestamp() - ${storeLimits.aliveMs} * interval '1 millisecond'))
    and not exists (select from kuku.items i where i.session_id = s.id and i.role = 'user' and i.text <> '')
    and not exists (select from kuku.audio a where a.session_id = s.id)
  limit $2 for update of s skip locked)`;

const oldAudit = `delete from kuku.audit where id in (select id from kuku.audit where at < $1 order by at limit $2)`;

const unconfirmed = `select u.id from kuku.users u
  where not u.email_verified and u.role = 'user' and u.created_at < to_timestamp($1::float8 / 1000)
    and not exists (select from kuku.sessions s where s.owner_id = u.id)
    and not exists (select from kuku.api_keys k where k.owner_id = u.id)
  order by u.created_at limit $2`;

export function openRetentionQueries({ backgroundPool: pool }: Database): RetentionQueries {
  const remove = (statement: string) => async (before: number, limit: number) =>
    (await pool.query(statement, [Math.round(before), limit])).rowCount ?? 0;
  return allWithStoreErrors({
    forgetWordless: remove(wordless),
    forgetAudit: remove(oldAudit),
    async unconfirmed(before: number, limit: number) {
      const { rows } = await pool.query<{ id: string }>(unconfirmed, [Math.round(before), limit]);
      return rows.map(({ id }) => id);
    },
  });
}
