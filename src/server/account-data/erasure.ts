/** Erases sessions and users: disowned in one step, then emptied; interrupted erasures are resumed. */
import type { CancelTimer, Clock } from "../../lib/clock.ts";
import type { CancelReason } from "../../lib/scope.ts";
import { settlesWithin } from "../../lib/timeout.ts";
import { eraseRecording } from "../../pipeline/recording/parts.ts";
import type { Jobs } from "../../store/jobs.ts";
import type { Journals } from "../../store/journal/journal.ts";
import type { AudioObjects } from "../../store/objects/objects.ts";
import { accountPrefix, type ErasedAudio, type ErasureQueries } from "../../store/queries/erasure-queries.ts";
import type { SessionsOf } from "../../store/store.ts";
import type { HeldSession } from "../conversations/live-sessions.ts";
import type { PersonaBook } from "../conversations/persona-book.ts";
import type { Recorder } from "../conversations/recorder.ts";
import type { SessionRegistry } from "../conversations/session-registry.ts";
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
/** Time that a batch which has some of a session has to be written, ms. */
const batchMs = 1_000;
/** Time that the recording of a session that has just ended has to be written, ms. */
const recordingMs = 10_000;
/** Attempts at removing a session's audio, where more is stored meanwhile. */
const mostRounds = 5;

export interface ErasureOptions {
  readonly store: { readonly journals: Pick<Journals, "discard" | "pendingOf"> };
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
    this.#endLive(({ session }) => session.id === sessionId, "finished");
    await queries.disown(sessionId);
    return this.#eraseSessions([sessionId]);
  }

  /**
   * Keeps a session that is not there from being stored by another node that is about to; one that is there stays.
   * @throws StoreError when the database cannot be reached
   */
  forbid(sessionId: string, by: SessionsOf): Promise<void> {
    return this.#options.queries.forbid(sessionId, by);
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
    this.#endLive(isTheirs, "revoked");
    const ids = [...(await queries.disownAll(ownerId)), ...(await this.#disownPending(ownerId))];
    // Again, for what was made meanwhile.
    this.#endLive(isTheirs, "revoked");
    await this.#removePersonas(ownerId);
    ids.push(...(await queries.disownAll(ownerId)), ...(await this.#disownPending(ownerId)));
    const all = [...new Set(ids)];
    log.info({ sessions: all.length }, "user erased");
    if (ownerId.startsWith(accountPrefix)) this.#eraseLate(ownerId);
    return this.#eraseSessions(all);
  }

  /** Disowns what this node has not stored of a user yet. Returns the sessions. */
  async #disownPending(ownerId: string): Promise<readonly string[]> {
    const { store, queries } = this.#options;
    const ids = store.journals.pendingOf(ownerId);
    for (const id of ids) await queries.disown(id);
    return ids;
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

  /** Ends live sessions, which is not waited for: of a disowned one nothing is stored. */
  #endLive(which: (held: HeldSession) => boolean, reason: CancelReason): void {
    for (const held of [...this.#options.sessions.all()].filter(which)) held.session.end(reason);
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
  let audio = await queries.blank(id);
  const discarded = settlesWithin(clock, batchMs, store.journals.discard(id));
  // A recording that is still being written would be stored behind its removal.
  if (!(await settlesWithin(clock, recordingMs, recorder.settled(id)))) {
    log.warn({ session: id }, "erased session's recording is still being written; a sweep retries");
    return false;
  }
  for (let round = 0; round < mostRounds; round++) {
    const removed = await Promise.allSettled(audio.map((each) => removeAudio(objects, each)));
    const failed = removed.find((each) => each.status === "rejected");
    if (failed) {
      log.error({ session: id, err: failed.reason }, "removing audio of an erased session failed");
      return false;
    }
    // The row keeps a batch that has some of the session from storing that; a sweep removes the row.
    if (!(await discarded)) return true;
    const outcome = await queries.remove(
      id,
      audio.map(({ key }) => key),
    );
    if (outcome !== "more") return true;
    audio = await queries.blank(id);
  }
  return false;
}

/** Removes one audio object; a recording that a killed process left in parts has several. */
function removeAudio(objects: AudioObjects, { kind, key }: ErasedAudio): Promise<void> {
  return kind === "recording" ? eraseRecording(objects, key) : objects.remove(key);
}
