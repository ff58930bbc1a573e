/** Writes what waits of many sessions in one transaction: the one place where the store speaks SQL of its own at length. */
import type pg from "pg";
import type { RowTable, Waiting } from "./waiting.ts";

/** What waits of one session, and the holder that wrote it. */
export interface BatchEntry {
  readonly sessionId: string;
  readonly epoch: number;
  readonly waiting: Waiting;
}

/** Each takes all of a table's rows as one JSON array. Written twice, they leave what writing once leaves. */
const statements: Readonly<Record<RowTable, string>> = {
  opened: `
    insert into kuku.sessions
      (id, owner_id, persona, language, origin, recorded, created_at, updated_at, resume_hash, node_id)
    select id, owner_id, persona, language, origin, recorded, created_at, created_at, resume_hash, node_id
    from jsonb_to_recordset($1) as r(id text, owner_id text, persona text, language text, origin text,
      recorded boolean, created_at bigint, resume_hash text, node_id text)
    on conflict (id) do nothing`,
  removed: `
    delete from kuku.items i using jsonb_to_recordset($1) as r(session_id text, id text)
    where i.session_id = r.session_id and i.id = r.id`,
  items: `
    insert into kuku.items (session_id, id, owner_id, position, role, text, entry, created_at, audio_key, words)
    select session_id, id, owner_id, position, role, text, coalesce(entry, 'null'), created_at, audio_key,
      to_tsvector('simple', words) || array_to_tsvector(array['@' || owner_id])
    from jsonb_to_recordset($1) as r(session_id text, id text, owner_id text, position double precision, role text,
      text text, entry jsonb, created_at bigint, audio_key text, words text)
    on conflict (session_id, id) do update set position = excluded.position, role = excluded.role,
      text = excluded.text, entry = excluded.entry, created_at = excluded.created_at,
      audio_key = excluded.audio_key, words = excluded.words`,
  turns: `
    insert into kuku.turns (session_id, id, item_id, status, at, latency, usage, cost)
    select session_id, id, item_id, status, at, latency, usage, cost
    from jsonb_to_recordset($1) as r(session_id text, id text, item_id text, status text, at bigint,
      latency jsonb, usage jsonb, cost double precision)
    on conflict (session_id, id) do update set item_id = excluded.item_id, status = excluded.status,
      at = excluded.at, latency = excluded.latency, usage = excluded.usage, cost = excluded.cost`,
  deliveries: `
    insert into kuku.deliveries (session_id, item_id, at, metrics, contour)
    select session_id, item_id, at, metrics, contour
    from jsonb_to_recordset($1) as r(session_id text, item_id text, at bigint, metrics jsonb, contour jsonb)
    on conflict (session_id, item_id) do update set at = excluded.at, metrics = excluded.metrics,
      contour = excluded.contour`,
  audio: `
    insert into kuku.audio
      (session_id, key, kind, item_id, content_type, bytes, duration_ms, created_at, expires_at)
    select session_id, key, kind, item_id, content_type, bytes, duration_ms, created_at, expires_at
    from jsonb_to_recordset($1) as r(session_id text, key text, kind text, item_id text, content_type text,
      bytes bigint, duration_ms double precision, created_at bigint, expires_at bigint)
    on conflict (key) do update set item_id = excluded.item_id, content_type = excluded.content_type,
      bytes = excluded.bytes, duration_ms = excluded.duration_ms, expires_at = excluded.expires_at`,
  reports: `
    insert into kuku.reports (session_id, status, created_at, updated_at)
    select session_id, 'pending', created_at, created_at
    from jsonb_to_recordset($1) as r(session_id text, created_at bigint)
    on conflict (session_id) do nothing`,
};

/** The order matters: a session before what belongs to it. */
const rowTables: readonly RowTable[] = ["removed", "items", "turns", "deliveries", "audio", "reports"];

/** Those of the sessions that are still this holder's; locked until the end, in an order that all nodes keep to. */
const fence = `
  select s.id, s.epoch from kuku.sessions s
  join jsonb_to_recordset($1) as r(id text, epoch integer) on s.id = r.id and s.epoch = r.epoch
  order by s.id for no key update of s`;

const patch = `
  update kuku.sessions s set
    language = coalesce(r.language, s.language),
    stage = coalesce(r.stage, s.stage),
    awaiting_wrap_up = coalesce(r.awaiting_wrap_up, s.awaiting_wrap_up),
    message_count = coalesce(r.message_count, s.message_count),
    recorded = coalesce(r.recorded, s.recorded),
    snapshot = coalesce(r.snapshot, s.snapshot),
    resume_hash = coalesce(r.resume_hash, s.resume_hash),
    updated_at = greatest(r.updated_at, s.updated_at),
    node_id = case when r.released then null else s.node_id end,
    status = case when r.ended_at is null then s.status else 'ended' end,
    ended_at = coalesce(s.ended_at, r.ended_at),
    end_reason = coalesce(s.end_reason, r.end_reason)
  from jsonb_to_recordset($1) as r(id text, language text, stage text, awaiting_wrap_up boolean,
    message_count integer, recorded boolean, snapshot jsonb, resume_hash text, updated_at bigint, released boolean,
    ended_at bigint, end_reason text)
  where s.id = r.id`;

/**
 * Stores the entries, all or nothing, but for those of sessions that another holder has taken (or somebody erased).
 * @returns the entries that were stored
 * @throws the database's error; nothing was stored then, unless the connection broke just as it was
 */
export async function writeBatch(
  pool: pg.Pool,
  entries: readonly BatchEntry[],
): Promise<ReadonlySet<BatchEntry>> {
  return inTransaction(pool, async (client) => {
    await writeRows(client, "opened", entries);
    const fenced = entries.map(({ sessionId, epoch }) => ({ id: sessionId, epoch }));
    const { rows } = await client.query<{ id: string; epoch: number }>(fence, [JSON.stringify(fenced)]);
    const held = new Map(rows.map(({ id, epoch }) => [id, epoch]));
    const ours = entries.filter(({ sessionId, epoch }) => held.get(sessionId) === epoch);
    const patches = ours.filter(({ waiting }) => waiting.columns.size > 0).map(patchJson);
    if (patches.length > 0) await client.query(patch, [`[${patches.join(",")}]`]);
    for (const table of rowTables) await writeRows(client, table, ours);
    return new Set(ours);
  });
}

/**
 * Runs `work` in a transaction on one connection, which is dropped where anything failed.
 * @throws what `work` throws, or the database's error
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

async function writeRows(
  client: pg.PoolClient,
  table: RowTable,
  entries: readonly BatchEntry[],
): Promise<void> {
  const rows: string[] = [];
  for (const { waiting } of entries)
    for (const row of waiting.rows.values()) if (row.table === table) rows.push(row.json);
  if (rows.length > 0) await client.query(statements[table], [`[${rows.join(",")}]`]);
}

function patchJson({ sessionId, waiting }: BatchEntry): string {
  const columns = [...waiting.columns].map(([name, json]) => `"${name}":${json}`);
  return `{"id":${JSON.stringify(sessionId)},${columns.join(",")}}`;
}
