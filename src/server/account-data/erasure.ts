/** Erases sessions and users: disowned in one step, then emptied; interrupted erasures are resumed. */
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
/** Time between two sweeps for interrupted erasures, ms. */
const sweepMs = 60_000;
/** Time between two searches for what other nodes stored of erased users, ms. */
const straysMs = 600_000;
/** Delay of the second erasure of a user, ms: usage is gathered for a while before it is stored. */
const lateMs = 30_000;
/** Sessions, and users, of one sweep. */
const mostAtOnce = 200;
/** Time that live sessions have to end and be stored, ms. */
const endMs = 10_000;
/** Time that the recording of a session that has just ended has to be written, ms. */
const recordingMs = 10_000;
/** Attempts at removing a session's audio, where more is stored meanwhile. */
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

/** Construct before the jobs start. */
export class Erasure {
  readonly #options: ErasureOptions;
  /** Sessions that a sweep has tried already: while the storage is away, the tables are not rewritten for them again. */
  readonly #tried = new Set<string>();
  readonly #lateErasures = new Set<CancelTimer>();
  #straysCheckedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ErasureOptions) {
    this.#options = options;
    options.jobs.work(jobName, { retryLimit: 0, timeoutSeconds: 600 }, () => this.sweep());
    options.jobs.schedule(jobName, sweepMs);
  }

  /**
   * Erases a session; a live one is ended first. False: nobody can reach the session and none of its words are left, but
   * some of its audio is, until the storage can be reached; later sweeps try again.
   * @throws StoreError when the database cannot be reached; the session is then unchanged
   */
  async session(sessionId: string): Promise<boolean> {
    const { scrub, queries } = this.#options;
    // Before anything else, so that it happens after whatever fails below.
    await scrub.due();
    await this.#endLive(({ session }) => session.id === sessionId, "finished");
    await queries.disown(sessionId);
    return this.#eraseSessions([sessionId]);
  }

  /**
   * Erases a user: the account, its credentials and everything the user made. None of it can be reached from the first
   * moment; resolves when nothing is left. False: some audio still is, as above.
   * @throws StoreError when the database cannot be reached; the account is then unchanged, but for personas
   */
  async user(ownerId: string): Promise<boolean> {
    const { scrub, queries, log } = this.#options;
    await scrub.due();
    await this.#removePersonas(ownerId);
    const isTheirs = (held: HeldSession) => held.ownerId === ownerId;
    await this.#endLive(isTheirs, "revoked");
    const ids = await queries.disownAll(ownerId);
    // Again, for what was made while the first ones ended.
    await this.#endLive(isTheirs, "revoked");
    await this.#removePersonas(ownerId);
    const late = await queries.disownAll(ownerId);
    log.info({ sessions: ids.length + late.length }, "user erased");
    if (ownerId.startsWith(accountPrefix)) this.#eraseLate(ownerId);
    return this.#eraseSessions([...ids, ...late]);
  }

  /** Resumes erasures that were interrupted. Also runs as a scheduled job. */
  async sweep(): Promise<void> {
    const { scrub, queries } = this.#options;
    await this.#eraseStrays();
    const ids = await queries.disowned(mostAtOnce);
    if (ids.some((id) => !this.#tried.has(id))) await scrub.due();
    for (const id of ids) {
      this.#tried.add(id);
      if (await eraseSession(this.#options, id)) this.#tried.delete(id);
    }
  }

  close(): void {
    for (const cancel of this.#lateErasures) cancel();
  }

  /** Removes what other nodes have stored of users who are erased. */
  async #eraseStrays(): Promise<void> {
    const { scrub, queries, clock } = this.#options;
    if (clock.now() - this.#straysCheckedAt < straysMs) return;
    this.#straysCheckedAt = clock.now();
    const owners = await queries.strays(mostAtOnce);
    for (const ownerId of owners) await queries.disownAll(ownerId);
    if ((await queries.strayJobs()) + owners.length > 0) await scrub.due();
  }

  /** Ends live sessions and waits until all that they have to store is stored, so that it is erased, too. */
  async #endLive(which: (held: HeldSession) => boolean, reason: CancelReason): Promise<void> {
    const { sessions, recorder, clock, log } = this.#options;
    const ending = [...sessions.all()].filter(which).map(async ({ session }) => {
      session.end(reason);
      await session.ended;
      await Promise.all([session.settled(endMs), recorder.settled(session.id)]);
    });
    if (!(await settlesWithin(clock, endMs, Promise.all(ending))))
      log.warn({}, "erased sessions did not end in time; they are stored no further");
  }

  async #removePersonas(ownerId: string): Promise<void> {
    const { personas } = this.#options;
    for (const { persona, own } of personas.list(ownerId))
      if (own) await personas.remove(ownerId, persona.id);
  }

  async #eraseSessions(ids: readonly string[]): Promise<boolean> {
    const { scrub, log } = this.#options;
    let complete = true;
    for (const id of ids) complete = (await eraseSession(this.#options, id)) && complete;
    // The scrub that was sent first may have begun already; it remains, should this one fail.
    await scrub.due().catch((error: unknown) => log.warn({ err: error }, "scrub not scheduled"));
    return complete;
  }

  /** Erases a user's usage that was still being gathered when the account was erased. */
  #eraseLate(ownerId: string): void {
    const { queries, clock, log } = this.#options;
    const cancel = clock.after(lateMs, () => {
      this.#lateErasures.delete(cancel);
      queries
        .disownAll(ownerId)
        .then((ids) => this.#eraseSessions(ids))
        .catch((error: unknown) => log.warn({ err: error }, "late erasure failed; a sweep retries it"));
    });
    this.#lateErasures.add(cancel);
  }
}

/** Removes a session that has no owner any more: words, then files, then the row. False: some audio is left. */
async function eraseSession(options: ErasureOptions, id: string): Promise<boolean> {
  const { queries, store, objects, recorder, clock, log } = options;
  await queries.blank(id);
  // A recording that is still being written would be stored behind its removal.
  if (!(await settlesWithin(clock, recordingMs, recorder.settled(id)))) {
    log.warn({ session: id }, "erased session's recording is still being written; a sweep retries");
    return false;
  }
  for (let round = 0; round < mostRounds; round++) {
    const audio = await store.listAudio(id);
    const removed = await Promise.allSettled(audio.map((each) => removeAudio(objects, each)));
    const failed = removed.find((each) => each.status === "rejected");
    if (failed) {
      log.error({ session: id, err: failed.reason }, "removing audio of an erased session failed");
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

/** Removes one audio object; a recording that a killed process left in parts has several. */
function removeAudio(objects: AudioObjects, { kind, key }: AudioRecord): Promise<void> {
  return kind === "recording" ? eraseRecording(objects, key) : objects.remove(key);
}
