/** Exports everything that is kept of a user as one JSON document, streamed while it is read. */
import type { AudioObjects } from "../../store/objects/objects.ts";
import type { ExportQueries } from "../../store/queries/export-queries.ts";
import type { AudioRecord, SessionRecord } from "../../store/records.ts";
import type { SessionsOf, Store } from "../../store/store.ts";
import type { PersonaBook } from "../conversations/persona-book.ts";

export interface ExportSources {
  readonly store: Pick<
    Store,
    | "listSessions"
    | "readConversation"
    | "readTurns"
    | "readDeliveries"
    | "readReadings"
    | "findReport"
    | "listAudio"
  >;
  readonly queries: ExportQueries;
  readonly objects: Pick<AudioObjects, "open">;
  readonly personas: Pick<PersonaBook, "list">;
}

/** Sessions read at once; the conversation of only one is in memory. */
const pageSize = 50;

/**
 * Yields the document in pieces. Audio files are embedded as base64, in pieces, too, since links would end with the
 * account. What is stored while the document is written may be missing.
 * @param at wall-clock ms
 * @throws StoreError, or the audio storage's error; the document is then truncated
 */
export async function* exportOf(sources: ExportSources, of: SessionsOf, at: number): AsyncGenerator<string> {
  yield `{"format":"kuku-coach export 1","exportedAt":${JSON.stringify(new Date(at))}`;
  yield* of.endUser === undefined ? accountDocument(sources, of.ownerId) : withoutAccount(of);
  yield ',"sessions":[';
  let first = true;
  for await (const session of sessionsOf(sources, of)) {
    yield first ? "\n" : ",\n";
    first = false;
    yield* sessionDocument(sources, session);
  }
  yield "]}\n";
}

async function* accountDocument(
  { queries, personas }: ExportSources,
  ownerId: string,
): AsyncGenerator<string> {
  const own = personas.list(ownerId).filter((each) => each.own);
  yield field("profile", withDates((await queries.profile(ownerId)) ?? { id: ownerId }));
  yield field("signIns", (await queries.signIns(ownerId)).map(withDates));
  yield field("keys", (await queries.keys(ownerId)).map(withDates));
  yield field(
    "personas",
    own.map(({ persona }) => persona),
  );
  yield field("usage", await queries.usage(ownerId));
  yield field("audit", (await queries.audit(ownerId)).map(withDates));
}

/** The fields of the account, for an end user of its owner's application, who is told nothing of it. */
function* withoutAccount({ endUser }: SessionsOf): Generator<string> {
  yield field("profile", { endUser });
  for (const name of ["signIns", "keys", "personas", "usage", "audit"]) yield field(name, []);
}

async function* sessionsOf({ store }: ExportSources, of: SessionsOf): AsyncGenerator<SessionRecord> {
  let cursor: string | undefined;
  do {
    const page = await store.listSessions({ ...of, limit: pageSize, cursor });
    yield* page.entries;
    cursor = page.next;
  } while (cursor !== undefined);
}

async function* sessionDocument(sources: ExportSources, session: SessionRecord): AsyncGenerator<string> {
  const { store, queries } = sources;
  const { id, ownerId: _, ...record } = session;
  const conversation = await store.readConversation(id);
  const report = await store.findReport(id);
  yield `{"id":${JSON.stringify(id)},"session":${JSON.stringify(withDates(record))}`;
  yield field("items", (conversation?.items ?? []).map(withDates));
  yield field("state", conversation?.snapshot ?? null);
  yield field("turns", (await store.readTurns(id)).map(withDates));
  yield field("deliveries", (await store.readDeliveries(id)).map(withDates));
  yield field("readings", (await store.readReadings(id)).map(withDates));
  yield field("report", report ? withDates(report) : null);
  yield field("actions", (await queries.actions(id)).map(withDates));
  yield ',"audio":[';
  const audio = await store.listAudio(id);
  for (const [index, each] of audio.entries()) {
    if (index > 0) yield ",";
    yield* audioDocument(sources, each);
  }
  yield "]}";
}

/** Yields one file; `base64` holds its pieces, each encoded for itself, and none where the file is gone. */
async function* audioDocument({ objects }: ExportSources, record: AudioRecord): AsyncGenerator<string> {
  const { key, kind, itemId, contentType, durationMs, createdAt } = record;
  const known = { file: key, kind, itemId, contentType, durationMs, createdAt };
  yield `{"audio":${JSON.stringify(withDates(known))},"base64":[`;
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

/** Copies a record with its times as ISO 8601. */
function withDates(record: object): Record<string, unknown> {
  const fields = Object.entries(record).map(([name, value]) => {
    const isTime = typeof value === "number" && /^at$|At$/.test(name);
    return [name, isTime ? new Date(value) : value];
  });
  return Object.fromEntries(fields);
}
