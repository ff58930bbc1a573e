/** Erasing: a session, or a user with everything. Taken away in one step, then emptied; what is cut is gone on with. */
import type { CancelTimer, Clock } from "../../lib/clock.ts";
import type { CancelReason } from "../../lib/scope.ts";
import { settlesWithin } from "../../lib/timeout.ts";
import { eraseRecording } from "../../pipeline/recording/parts.ts";
import type { Jobs } from "../../store/jobs.ts";
import type { AudioObjects } from "../../store/objects/objects.ts";
import { accountPrefix, type ErasureQueries } from "../../store/queries/erasure-queries.ts";
import type { AudioRecord } from "../../store/records.ts";
import type { Store } from "../../store/store.ts";
import type { PersonaBook } from "../conversations/persona-book.ts";
import type { Recorder } from "../conversations/recorder.ts";
import type { HeldSession, SessionRegistry } from "../conversations/session-registry.ts";
import type { Logger } from "../logging/log.ts";
import type { Scrub } from "./scrub.ts";

const jobName = "erase";
/** How often it is looked for what was cut, ms. */
const sweepMs = 60_000;
/** How often it is looked for what other nodes stored of users who are gone, ms. */
const straysMs = 600_000;
/** What was used is counted for a while before it is stored, also of somebody who is gone: that is erased later, ms. */
const lateMs = 30_000;
/** How many of each are dealt with in one sweep. */
const mostAtOnce = 200;
/** How long sessions that are live here have to end and to be stored, ms; later they are not stored any more. */
const endMs = 10_000;
/** How often a session's audio is looked for again, where more comes while it is removed. */
const mostRounds = 5;

export interface ErasureOptions {
  readonly store: Pick<Store, "listAudio">;
  readonly queries: ErasureQueries;
  readonly scrub: Pick<Scrub, "due">;
  readonly jobs: Jobs;
  readonly sessions: Pick<SessionRegistry, "all">;
  readonly recorder: Pick<Recorder, "settled">;
  readonly objects: AudioObjects;
  readonly personas: Pick<PersonaBook, "list" | "remove">;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Erasure {
  /**
   * Erases a session; one that is live here is ended first. False: nobody can reach it any more, and none of its words
   * are left, but some of its audio is until the storage can be reached; it is tried again.
   * @throws StoreError when the database cannot be reached; the session is as it was then
   */
  session(sessionId: string): Promise<boolean>;
  /**
   * Erases a user: the account, whatever opens it, and all that was ever made. From its first moment nothing of it can
   * be reached; resolves when nothing is left. False: some audio still is, as above.
   * @throws StoreError when the database cannot be reached; the account is as it was then, but for personas
   */
  user(ownerId: string): Promise<boolean>;
  /** Does at once what a sweep does: goes on with what was cut. */
  sweep(): Promise<void>;
  close(): void;
}

/** Opens it; before the jobs start. */
export function openErasure(options: ErasureOptions): Erasure {
  const { queries, scrub, jobs, sessions, recorder, personas, clock, log } = options;
  let straysAt = Number.NEGATIVE_INFINITY;
  /** What a sweep has tried already, so that storage that is away does not have the tables written anew each time. */
  const tried = new Set<string>();

  /** Whatever of these sessions waits to be stored is stored, so that it is found. */
  const endLive = async (which: (held: HeldSession) => boolean, reason: CancelReason) => {
    const ending = [...sessions.all()].filter(which).map(async ({ session }) => {
      session.end(reason);
      await session.ended;
      await Promise.all([session.settled(), recorder.settled(session.id)]);
    });
    if (!(await settlesWithin(clock, endMs, Promise.all(ending))))
      log.warn({}, "sessions that are erased do not end; they are not stored any more");
  };
  const forgetPersonas = async (ownerId: string) => {
    for (const { persona, own } of personas.list(ownerId))
      if (own) await personas.remove(ownerId, persona.id);
  };
  const emptyAll = async (ids: readonly string[]) => {
    let whole = true;
    for (const id of ids) whole = (await empty(options, id)) && whole;
    // The one that was sent before may have begun already; it is there, should this one not come through.
    await scrub
      .due()
      .catch((error: unknown) => log.warn({ err: error }, "what was erased is in files for now"));
    return whole;
  };

  const later = new Set<CancelTimer>();
  const eraseLate = (ownerId: string) => {
    const cancel = clock.after(lateMs, () => {
      later.delete(cancel);
      queries
        .disownAll(ownerId)
        .then(emptyAll)
        .catch((error: unknown) =>
          log.warn({ err: error }, "what came late of who is erased is left to a sweep"),
        );
    });
    later.add(cancel);
  };

  const erasure: Erasure = {
    async session(sessionId) {
      // Before anything else: whatever happens next, it is done after it.
      await scrub.due();
      await endLive(({ session }) => session.id === sessionId, "finished");
      // Of one that has ended a moment ago the recording may still be written.
      await recorder.settled(sessionId);
      await queries.disown(sessionId);
      return emptyAll([sessionId]);
    },
    async user(ownerId) {
      await scrub.due();
      await forgetPersonas(ownerId);
      const theirs = (held: HeldSession) => held.ownerId === ownerId;
      await endLive(theirs, "revoked");
      const ids = await queries.disownAll(ownerId);
      // Made while the first ones ended.
      await endLive(theirs, "revoked");
      await forgetPersonas(ownerId);
      const late = await queries.disownAll(ownerId);
      log.info({ sessions: ids.length + late.length }, "a user is erased");
      if (ownerId.startsWith(accountPrefix)) eraseLate(ownerId);
      return emptyAll([...ids, ...late]);
    },
    async sweep() {
      if (clock.now() - straysAt >= straysMs) {
        straysAt = clock.now();
        const owners = await queries.strays(mostAtOnce);
        for (const ownerId of owners) await queries.disownAll(ownerId);
        if ((await queries.strayJobs()) + owners.length > 0) await scrub.due();
      }
      const ids = await queries.disowned(mostAtOnce);
      if (ids.some((id) => !tried.has(id))) await scrub.due();
      for (const id of ids) {
        tried.add(id);
        if (await empty(options, id)) tried.delete(id);
      }
    },
    close() {
      for (const cancel of later) cancel();
    },
  };
  jobs.work(jobName, { retryLimit: 0, timeoutSeconds: 600 }, erasure.sweep);
  jobs.schedule(jobName, sweepMs);
  return erasure;
}

/** Removes what is left of a session that is nobody's: words, then files, then the row. */
async function empty({ queries, store, objects, log }: ErasureOptions, id: string): Promise<boolean> {
  await queries.blank(id);
  for (let round = 0; round < mostRounds; round++) {
    const audio = await store.listAudio(id);
    const removed = await Promise.allSettled(audio.map((each) => removeAudio(objects, each)));
    const failed = removed.find((each) => each.status === "rejected");
    if (failed) {
      log.error({ session: id, err: failed.reason }, "audio of an erased session could not be removed");
      return false;
    }
    const outcome = await queries.remove(
      id,
      audio.map(({ key }) => key),
    );
    if (outcome !== "more") return true;
  }
  return false;
}

/** A recording that a dead process left in parts has more than its key. */
function removeAudio(objects: AudioObjects, { kind, key }: AudioRecord): Promise<void> {
  return kind === "recording" ? eraseRecording(objects, key) : objects.remove(key);
}
