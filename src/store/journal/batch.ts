/** Writes the pending changes of many sessions in one transaction. */
import type pg from "pg";
import type { SessionPatch } from "../records.ts";
import { columnName, recordType, upsertStatement } from "../schema/row-sql.ts";
import { audio, deliveries, items, readings, reports, sessions, turns } from "../schema/schema.ts";
import { inTransaction } from "../transaction.ts";
import { unlessForbidden } from "./forbidden.ts";
import type { PendingChanges, RowTarget } from "./pending-changes.ts";

/** The changes of one session, and the epoch under which they were made. */
export interface BatchEntry {
  readonly sessionId: string;
  readonly epoch: number;
  readonly changes: PendingChanges;
}

/** The statements, each with all of a target's rows as one JSON array. Written twice, rows end the same as written once. */
const statements: Readonly<Record<RowTarget, string>> = {
  // A session that is there stays as it is.
  sessions: `${upsertStatement(sessions, {
    fields: [
      "id",
      "ownerId",
      "endUser",
      "persona",
      "language",
      "origin",
      "type",
      "recorded",
      "createdAt",
      "updatedAt",
      "resumeHash",
      "nodeId",
    ],
    key: ["id"],
    keep: [],
  })}${unlessForbidden}`,
  removedItems: `
    delete from kuku.items i using jsonb_to_recordset($1) as r(session_id text, id text)
    where i.session_id = r.session_id and i.id = r.id`,
  items: upsertStatement(items, {
    key: ["sessionId", "id"],
    keep: ["ownerId"],
    expressions: {
      // An entry may itself be null, which the column cannot.
      entry: "coalesce(entry, 'null')",
      words: "to_tsvector('simple', words) || array_to_tsvector(array['@' || owner_id])",
    },
  }),
  turns: upsertStatement(turns, { key: ["sessionId", "id"], keep: [] }),
  deliveries: upsertStatement(deliveries, { key: ["sessionId", "itemId"], keep: [] }),
  readings: upsertStatement(readings, { key: ["sessionId", "itemId"], keep: [] }),
  audio: upsertStatement(audio, { key: ["key"], keep: ["sessionId", "kind", "createdAt"] }),
  reports: upsertStatement(reports, {
    fields: ["sessionId", "status", "createdAt", "updatedAt"],
    key: ["sessionId"],
    keep: "all",
  }),
};

/** Rows that refer to a session, in the order of writing. */
const dependentTargets: readonly RowTarget[] = [
  "removedItems",
  "items",
  "turns",
  "deliveries",
  "readings",
  "audio",
  "reports",
];

/** Selects the sessions that are still held under the given epochs; locked until the end, in one order for all nodes. */
const lockHeld = `
  select s.id, s.epoch from kuku.sessions s
  join jsonb_to_recordset($1) as r(id text, epoch integer) on s.id = r.id and s.epoch = r.epoch
  order by s.id for no key update of s`;

const patchedFields = Object.keys({
  language: true,
  stage: true,
  awaitingWrapUp: true,
  messageCount: true,
  recorded: true,
  snapshot: true,
  resumeHash: true,
} satisfies Record<keyof SessionPatch, true>) as (keyof SessionPatch)[];

const patched = patchedFields.map((field) => {
  const column = columnName(sessions, field);
  return `${column} = coalesce(r.${column}, s.${column})`;
});

const patchSessions = `
  update kuku.sessions s set
    ${patched.join(", ")},
    updated_at = greatest(r.updated_at, s.updated_at),
    node_id = case when r.released then null else s.node_id end,
    status = case when r.ended_at is null then s.status else 'ended' end,
    ended_at = coalesce(s.ended_at, r.ended_at),
    end_reason = coalesce(s.end_reason, r.end_reason)
  from jsonb_to_recordset($1) as r(${recordType(sessions, ["id", ...patchedFields])},
    updated_at bigint, released boolean, ended_at bigint, end_reason text)
  where s.id = r.id`;

/**
 * Stores the entries, all or nothing, except those of sessions that another holder has taken or that were erased.
 * `onCommit`: see `inTransaction`.
 * @returns the entries that were stored
 * @throws the database's error; nothing was stored then, unless the connection broke during the commit
 */
export async function writeBatch(
  pool: pg.Pool,
  entries: readonly BatchEntry[],
  onCommit: () => void,
): Promise<ReadonlySet<BatchEntry>> {
  const work = async (client: pg.PoolClient) => {
    await writeRows(client, "sessions", entries);
    const epochs = entries.map(({ sessionId, epoch }) => ({ id: sessionId, epoch }));
    const { rows } = await client.query<{ id: string; epoch: number }>(lockHeld, [JSON.stringify(epochs)]);
    const held = new Map(rows.map(({ id, epoch }) => [id, epoch]));
    const writable = entries.filter(({ sessionId, epoch }) => held.get(sessionId) === epoch);
    const patches = writable.filter(({ changes }) => changes.columns.size > 0).map(patchJson);
    if (patches.length > 0) await client.query(patchSessions, [`[${patches.join(",")}]`]);
    for (const target of dependentTargets) await writeRows(client, target, writable);
    return new Set(writable);
  };
  return inTransaction(pool, work, onCommit);
}

async function writeRows(
  client: pg.PoolClient,
  target: RowTarget,
  entries: readonly BatchEntry[],
): Promise<void> {
  const rows: string[] = [];
  for (const { changes } of entries)
    for (const row of changes.rows.values()) if (row.target === target) rows.push(row.json);
  if (rows.length > 0) await client.query(statements[target], [`[${rows.join(",")}]`]);
}

function patchJson({ sessionId, changes }: BatchEntry): string {
  const columns = [...changes.columns].map(([name, json]) => `"${name}":${json}`);
  return `{"id":${JSON.stringify(sessionId)},${columns.join(",")}}`;
}
