/** Fills a database with sessions, in the database itself: a hundred thousand take a minute or two. */
import type pg from "pg";

export interface Amounts {
  readonly sessions: number;
  readonly owners: number;
  /** Of one owner, beside those. */
  readonly ofOne: number;
  readonly itemsEach: number;
}

/** The owner with many sessions, and one with as many as everybody. */
export const bigOwner = "owner-big";
export const smallOwner = "owner-17";

/** How the words of the items are spread: each of `vocabulary` words, the first ones often and the last ones rarely. */
const vocabulary = 20_000;
const wordsEach = 20;
/** Added to every second item, and to one in ten thousand. */
export const frequentWord = "manager";
export const rareWord = "zeppelin";

/** Two years of sessions, up to now, ms. */
const span = 2 * 365 * 86_400_000;

/** Writes sessions, items, deliveries and reports; the database then knows their statistics. */
export async function fill(pool: pg.Pool, amounts: Amounts, now: number): Promise<void> {
  const total = amounts.sessions + amounts.ofOne;
  const client = await pool.connect();
  try {
    await client.query(
      "set synchronous_commit = off; set maintenance_work_mem = '512MB'; set work_mem = '64MB'",
    );
    await client.query(
      `insert into kuku.sessions (id, owner_id, persona, language, status, origin, stage, message_count, recorded,
         snapshot, created_at, updated_at, ended_at, end_reason)
       select 'session-' || lpad(n::text, 8, '0'),
         case when n <= $1 then $2 else 'owner-' || (n % $3) end,
         case when n % 3 = 0 then 'reader' else 'kuku' end, 'en-US',
         case when n % 20 = 0 then 'active' else 'ended' end, 'socket', 'goal', $4, false,
         jsonb_build_object('round', n % 12, 'note', repeat('something to keep ', 40)),
         at, at + 600000, case when n % 20 = 0 then null else at + 600000 end, 'finished'
       from (select n, $5::bigint - (random() * $6)::bigint as at from generate_series(1, $7::integer) n) s`,
      [amounts.ofOne, bigOwner, amounts.owners, amounts.itemsEach, now, span, total],
    );
    // The index on words is made at the end, which is several times as fast.
    await client.query("drop index kuku.items_words");
    await client.query(
      `insert into kuku.items (session_id, id, owner_id, position, role, text, entry, created_at, words)
       select s.id, 'item_' || n, s.owner_id, n, case when n % 2 = 1 then 'user' else 'assistant' end, t.text,
         jsonb_build_object('type', 'message', 'content', t.text), s.created_at + n * 20000,
         to_tsvector('simple', t.text) || array_to_tsvector(array['@' || s.owner_id])
       from kuku.sessions s cross join generate_series(1, $1::integer) n cross join lateral (
         select string_agg('word' || (power(random(), 3) * $2)::integer, ' ')
           || case when random() < 0.5 then ' ${frequentWord}' else '' end
           || case when random() < 0.0001 then ' ${rareWord}' else '' end as text
         from generate_series(1, $3::integer) where n > 0 and s.id is not null) t`,
      [amounts.itemsEach, vocabulary, wordsEach],
    );
    await client.query("create index items_words on kuku.items using gin (words)");
    await client.query(
      `insert into kuku.deliveries (session_id, item_id, at, metrics)
       select session_id, id, created_at, jsonb_build_object('rate', 90 + random() * 90, 'pauses', random() * 5,
         'pitch', 100 + random() * 120, 'loudness', random(), 'fillers', random() * 3)
       from kuku.items where role = 'user'`,
    );
    await client.query(
      `insert into kuku.actions (id, session_id, owner_id, text, created_at, done_at)
       select id || '-1', id, owner_id, 'do it', created_at, case when random() < 0.5 then created_at end
       from kuku.sessions where status = 'ended'`,
    );
    await client.query("vacuum analyze");
  } finally {
    client.release();
  }
}
