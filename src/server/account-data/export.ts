/** A copy of everything that is kept of a user, as one JSON document that is written while it is read. */

import type { AudioObjects } from "../../store/objects/objects.ts";
import type { ExportQueries } from "../../store/queries/export-queries.ts";
import type { AudioRecord, SessionRecord } from "../../store/records.ts";
import type { Store } from "../../store/store.ts";
import type { PersonaBook } from "../conversations/persona-book.ts";

export interface ExportSources {
  readonly store: Pick<
    Store,
    "listSessions" | "readConversation" | "readTurns" | "readDeliveries" | "findReport" | "listAudio"
  >;
  readonly queries: ExportQueries;
  readonly objects: Pick<AudioObjects, "open">;
  readonly personas: Pick<PersonaBook, "list">;
}

/** Sessions that are read at once; of them one at a time is in memory with all that was said in it. */
const pageSize = 50;

/**
 * The document, piece by piece; files stand in it as base64, in pieces, too, so that it is whole by itself: an address
 * would end with the account. What comes in while it is written may be missing.
 * @param at wall-clock ms
 * @throws StoreError, or what the audio objects fail with: the document ends in the middle then
 */
export async function* exportOf(sources: ExportSources, ownerId: string, at: number): AsyncGenerator<string> {
  const { queries, personas } = sources;
  const own = personas.list(ownerId).filter((each) => each.own);
  yield `{"format":"kuku-coach export 1","exportedAt":${JSON.stringify(new Date(at))}`;
  yield field("profile", told((await queries.profile(ownerId)) ?? { id: ownerId }));
  yield field("signIns", (await queries.signIns(ownerId)).map(told));
  yield field("keys", (await queries.keys(ownerId)).map(told));
  yield field(
    "personas",
    own.map(({ persona }) => persona),
  );
  yield field("usage", await queries.usage(ownerId));
  yield field("audit", (await queries.audit(ownerId)).map(told));
  yield ',"sessions":[';
  let first = true;
  for await (const session of sessionsOf(sources, ownerId)) {
    yield first ? "\n" : ",\n";
    first = false;
    yield* sessionDocument(sources, session);
  }
  yield "]}\n";
}

async function* sessionsOf({ store }: ExportSources, ownerId: string): AsyncGenerator<SessionRecord> {
  let cursor: string | undefined;
  do {
    const page = await store.listSessions({
      ownerId,
      limit: pageSize,
      ...(cursor !== undefined && { cursor }),
    });
    yield* page.entries;
    cursor = page.next;
  } while (cursor !== undefined);
}

async function* sessionDocument(sources: ExportSources, session: SessionRecord): AsyncGenerator<string> {
  const { store, queries } = sources;
  const { id, ownerId: _, ...record } = session;
  const conversation = await store.readConversation(id);
  const report = await store.findReport(id);
  yield `{"id":${JSON.stringify(id)},"session":${JSON.stringify(told(record))}`;
  yield field("items", (conversation?.items ?? []).map(told));
  yield field("state", conversation?.snapshot ?? null);
  yield field("turns", (await store.readTurns(id)).map(told));
  yield field("deliveries", (await store.readDeliveries(id)).map(told));
  yield field("report", report ? told(report) : null);
  yield field("actions", (await queries.actions(id)).map(told));
  yield ',"audio":[';
  const audio = await store.listAudio(id);
  for (const [index, each] of audio.entries()) {
    if (index > 0) yield ",";
    yield* audioDocument(sources, each);
  }
  yield "]}";
}

/** `base64`: the file in pieces, each to be read by itself; none where there is no file (any more). */
async function* audioDocument({ objects }: ExportSources, record: AudioRecord): AsyncGenerator<string> {
  const { key, kind, itemId, contentType, durationMs, createdAt } = record;
  const known = { file: key, kind, itemId, contentType, durationMs, createdAt };
  yield `{"audio":${JSON.stringify(told(known))},"base64":[`;
  const opened = await objects.open(key);
  if (opened)
    try {
      let first = true;
      for await (const chunk of opened.body) {
        yield `${first ? "" : ",\n"}"${Buffer.from(chunk).toString("base64")}"`;
        first = false;
      }
    } finally {
      opened.body.destroy();
    }
  yield "]}";
}

function field(name: string, value: unknown): string {
  return `,\n"${name}":${JSON.stringify(value)}`;
}

/** A record with its times as people read them. */
function told(record: object): Record<string, unknown> {
  const fields = Object.entries(record).map(([name, value]) => {
    const isTime = typeof value === "number" && /^at$|At$/.test(name);
    return [name, isTime ? new Date(value) : value];
  });
  return Object.fromEntries(fields);
}
