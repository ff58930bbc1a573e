/** Queries about the records of stored audio; the files are in the audio objects. */
import { and, asc, eq, getTableColumns, inArray, lte, not } from "drizzle-orm";
import { isHeld } from "../journal/claim.ts";
import { plainText } from "../journal/plain-json.ts";
import { audio, sessions } from "../schema/schema.ts";
import type { Store } from "../store.ts";
import { type Queries, toAudio } from "./rows.ts";

type AudioQueries = Pick<
  Store,
  "saveAudio" | "findAudio" | "listAudio" | "expiredAudio" | "forgetAudio" | "unfinishedRecordings"
>;

/** `aliveMs`: time after its last heartbeat during which a node counts as alive. */
export function audioQueries(db: Queries, aliveMs: number): AudioQueries {
  return {
    async saveAudio(sessionId, record) {
      const row = {
        ...record,
        sessionId,
        contentType: plainText(record.contentType),
        bytes: Math.round(record.bytes),
        createdAt: Math.round(record.createdAt),
        expiresAt: record.expiresAt === undefined ? null : Math.round(record.expiresAt),
      };
      await db.insert(audio).values(row).onConflictDoUpdate({ target: audio.key, set: row });
    },
    async findAudio(key) {
      const [row] = await db.select().from(audio).where(eq(audio.key, key));
      return row && toAudio(row);
    },
    async listAudio(sessionId, kind) {
      const rows = await db
        .select()
        .from(audio)
        .where(and(eq(audio.sessionId, sessionId), kind && eq(audio.kind, kind)))
        .orderBy(asc(audio.createdAt), asc(audio.key));
      return rows.map(toAudio);
    },
    async expiredAudio(now, limit) {
      const rows = await db
        .select({ key: audio.key })
        .from(audio)
        .where(lte(audio.expiresAt, Math.round(now)))
        .orderBy(asc(audio.expiresAt))
        .limit(limit);
      return rows.map(({ key }) => key);
    },
    async unfinishedRecordings(limit) {
      const rows = await db
        .select(getTableColumns(audio))
        .from(audio)
        .innerJoin(sessions, eq(sessions.id, audio.sessionId))
        .where(and(eq(audio.kind, "recording"), eq(audio.bytes, 0), not(isHeld(aliveMs))))
        .orderBy(asc(audio.createdAt))
        .limit(limit);
      return rows.map(toAudio);
    },
    async forgetAudio(keys) {
      if (keys.length > 0) await db.delete(audio).where(inArray(audio.key, [...keys]));
    },
  };
}
