/** The sessions that this process holds: opened by a socket, taken up again for one that comes back, or for a request. */

import type { Persona } from "../../coach/personas/personas.ts";
import type { Report } from "../../coach/report/report.ts";
import type { Clock } from "../../lib/clock.ts";
import { hashSecret, newSecret } from "../../lib/ids.ts";
import type { Scope } from "../../lib/scope.ts";
import { openSession } from "../../session/actor.ts";
import type { Listener } from "../../session/outbound/outbound.ts";
import type { LiveSession } from "../../session/session.ts";
import type { Engines } from "../../session/session-context.ts";
import type { SessionLimits } from "../../session/turns/step-context.ts";
import type { SessionJournal } from "../../store/journal/journal.ts";
import type { SessionRecord } from "../../store/records.ts";
import { type Store, StoreError } from "../../store/store.ts";
import { newSessionId, reaches } from "../access/guests.ts";
import type { Principal } from "../access/principal.ts";
import type { Lease, Limiter } from "../access/quotas/limiter.ts";
import type { Logger } from "../logging/log.ts";
import { type HttpError, protocolError } from "../net/http-error.ts";
import { type Memory, recallEarlierSessions } from "./earlier-sessions.ts";
import type { NamedSession, SessionOpening } from "./session-opening.ts";

/** Follows a session from its opening, or its taking up, to its `closed`: to count it, to trace it. Never throws. */
export type WatchSession = (session: { readonly id: string; readonly persona: string }) => Listener;

export interface SessionRegistryOptions {
  readonly store: Store;
  readonly engines: Engines;
  readonly clock: Clock;
  readonly log: Logger;
  readonly scope: Scope;
  /** Names this process among those on the same database. */
  readonly nodeId: string;
  readonly limits: Partial<SessionLimits>;
  readonly draftAfterMs?: number | undefined;
  /** How long a `kuku.v1` session waits for a lost socket, ms; 0: not at all. */
  readonly graceMs: number;
  readonly findPersona: (id: string) => Persona | undefined;
  /** Lets a session that is there already become live; default: any may. */
  readonly begin?: Limiter["begin"] | undefined;
  /** Is shown each session as it is opened. */
  readonly attend?: (session: LiveSession, journal: SessionJournal) => void;
  /** A session has ended, and that is stored; `report`: it has written one itself. */
  readonly onEnded?: (sessionId: string, report: Report | undefined) => void;
  /** Who follows each session that is held here. */
  readonly watchers?: readonly WatchSession[];
}

export interface SessionRegistry {
  /** What a user's earlier sessions left open; undefined: nothing, or the store did not say in time. Never throws. */
  remember(ownerId: string): Promise<Memory | undefined>;
  /** A new one, for a socket. */
  open(opening: SessionOpening): LiveSession;
  /**
   * The one that a socket or a request means, taken up again where it is not live.
   * @throws HttpError `session_not_found`, `session_ended`, `session_elsewhere`, `store_unavailable`, and what the limits
   * of whoever means it say
   */
  find(named: NamedSession, principal: Principal, from?: From): Promise<LiveSession>;
  /** The live one of this id, if this process holds it. */
  live(sessionId: string): LiveSession | undefined;
  /** Live ones. */
  readonly count: number;
  /** All that are live here. */
  all(): Iterable<HeldSession>;
  /** Why no new session can be had just now; undefined: one can. */
  refusal(): HttpError | undefined;
}

/** Where a session is asked for from. */
interface From {
  readonly address?: string | undefined;
  /** Default: a socket, which is in its place from then on. To end one takes no leave. */
  readonly by?: "socket" | "message" | "end";
}

/** Who means a session, where they are, and what for. */
interface Asker extends From {
  readonly principal: Principal;
}

/** A live session, and whose it is. */
export interface HeldSession {
  readonly session: LiveSession;
  readonly ownerId: string;
  /** A persona's id. */
  readonly persona: string;
  /** The API key of whoever opened or last joined it, if it was with one. */
  readonly keyId?: string;
  /** Where they were signed in, if they were. */
  readonly signInId?: string;
  /** When it came to life here, wall-clock ms. */
  readonly since: number;
}

interface Held extends HeldSession {
  keyId?: string;
  signInId?: string;
}

/** Opens the book of them. */
export function openSessionRegistry(options: SessionRegistryOptions): SessionRegistry {
  const { store, clock, log, nodeId } = options;
  const held = new Map<string, Held>();
  const byToken = new Map<string, string>();
  const waking = new Map<string, Promise<Held>>();

  const resumeOf = (token: string) =>
    options.graceMs > 0 ? { resume: { token, graceMs: options.graceMs } } : {};
  const failing = () => store.journals.state.failingSince !== undefined;
  const shared = () => {
    const { engines, scope, limits, draftAfterMs } = options;
    return { engines, clock, log, scope, limits, draftAfterMs };
  };
  const hold = (
    session: LiveSession,
    persona: Persona,
    { id: ownerId, keyId, signInId }: Pick<Principal, "id" | "keyId" | "signInId">,
    resumeHash: string,
    lease: Lease | undefined,
  ): Held => {
    const since = clock.wallTime();
    const entry: Held = { session, ownerId, persona: persona.id, since };
    hangOn(entry, { keyId, signInId });
    held.set(session.id, entry);
    byToken.set(resumeHash, session.id);
    let report: Report | undefined;
    for (const watch of options.watchers ?? [])
      session.listen(watch({ id: session.id, persona: persona.id }));
    session.listen({
      event(event) {
        if (event.type === "coach.report") report = event;
      },
    });
    void session.ended.then(async () => {
      lease?.release();
      if (held.get(session.id) === entry) held.delete(session.id);
      byToken.delete(resumeHash);
      const stored = await session.settled();
      const due = session.over && stored === "saved" && session.state.entries.length > 0;
      if (due) options.onEnded?.(session.id, report);
    });
    return entry;
  };

  const remember = (ownerId: string) => recallEarlierSessions(ownerId, { store, clock });
  const take = async (record: SessionRecord, asker: Asker, known?: { token: string }): Promise<Held> => {
    const { principal, address, by } = asker;
    const lease = by === "end" ? undefined : await options.begin?.(principal, address);
    try {
      return await takeUp(record, lease, known);
    } catch (error) {
      lease?.release();
      throw error;
    }
  };
  const takeUp = async (
    record: SessionRecord,
    lease: Lease | undefined,
    known?: { token: string },
  ): Promise<Held> => {
    const { id, ownerId, persona: personaId, origin, language } = record;
    const persona = options.findPersona(personaId);
    if (!persona) throw protocolError("model_not_found", `There is no persona ${JSON.stringify(personaId)}.`);
    const memory = record.messageCount === 0 ? await remember(ownerId) : undefined;
    const claimed = await store.journals.claim(id, nodeId);
    if (!claimed) throw ended();
    const token = known?.token ?? newSecret();
    const resumeHash = hashSecret(token);
    if (!known) claimed.journal.write([{ type: "session", patch: { resumeHash } }]);
    const session = openSession({
      ...shared(),
      id,
      persona,
      language,
      extended: true,
      ...(memory && { memory }),
      persistence: { ...claimed, failing },
      ...(lease && { meter: lease.meter }),
      ...resumeOf(token),
      outlivesSocket: origin === "rest",
    });
    options.attend?.(session, claimed.journal);
    return hold(session, persona, { id: ownerId }, resumeHash, lease);
  };
  /** One claim at a time for a session, however many ask. */
  const wake = (record: SessionRecord, asker: Asker, known?: { token: string }): Promise<Held> => {
    const { id } = record;
    const entry = held.get(id);
    if (entry) return Promise.resolve(entry);
    const under = waking.get(id) ?? take(record, asker, known).finally(() => waking.delete(id));
    waking.set(id, under);
    return under;
  };
  /** One that is live here, and has not gone on elsewhere meanwhile: that one is let go of. */
  const heldHere = async (sessionId: string, { principal }: Asker): Promise<Held | undefined> => {
    const entry = held.get(sessionId);
    if (!entry) return undefined;
    if (!reaches(principal, entry.ownerId)) throw notFound();
    // While the database is away nobody can have taken it.
    const holder = await store.findHolder(sessionId).catch(() => nodeId);
    if (holder === undefined || holder === nodeId) return entry;
    entry.session.end("taken_over");
    await entry.session.ended;
    held.delete(sessionId);
    return undefined;
  };
  const lookUp = async (sessionId: string, asker: Asker): Promise<Held> => {
    const entry = await heldHere(sessionId, asker);
    if (entry) return entry;
    const record = await store.findSession(sessionId);
    if (!record || !reaches(asker.principal, record.ownerId)) throw notFound();
    if (record.status === "ended") throw ended();
    const holder = await store.findHolder(sessionId);
    if (holder !== undefined && holder !== nodeId)
      throw protocolError("session_elsewhere", "Another node holds this session at the moment.", {
        retryAfter: 5,
      });
    return wake(record, asker);
  };
  const lookUpToken = async (token: string, asker: Asker): Promise<Held> => {
    const hash = hashSecret(token);
    const entry = await heldHere(byToken.get(hash) ?? "", asker);
    if (entry) return entry;
    const record = await store.findResumable(hash);
    if (!record || !reaches(asker.principal, record.ownerId) || record.status === "ended") throw notFound();
    return wake(record, asker, { token });
  };

  return {
    remember,
    open({ link, principal, persona: personaId, extension, memory, lease }) {
      const persona = options.findPersona(personaId);
      if (!persona) throw new Error(`no persona ${personaId}`);
      const id = newSessionId(principal.id);
      const token = newSecret();
      const resumeHash = hashSecret(token);
      const journal = store.journals.open({
        id,
        ownerId: principal.id,
        persona: personaId,
        language: persona.language,
        origin: "socket",
        recorded: false,
        createdAt: clock.wallTime(),
        resumeHash,
        nodeId,
      });
      const session = openSession({
        ...shared(),
        id,
        link,
        persona,
        extended: extension,
        settings: principal.session,
        ...(memory && { memory }),
        persistence: { journal, failing },
        ...(lease && { meter: lease.meter }),
        ...resumeOf(token),
      });
      options.attend?.(session, journal);
      hold(session, persona, principal, resumeHash, lease);
      return session;
    },
    async find(named, principal, { address, by = "socket" } = {}) {
      const asker = { principal, address, by };
      const entry = await asked(
        "token" in named ? lookUpToken(named.token, asker) : lookUp(named.sessionId, asker),
      );
      if (by !== "socket") return entry.session;
      hangOn(entry, principal);
      return entry.session;
    },
    live: (sessionId) => held.get(sessionId)?.session,
    get count() {
      return held.size;
    },
    all: () => held.values(),
    refusal() {
      if (!store.journals.state.full) return undefined;
      return protocolError("overloaded", "More waits to be stored than can be held.", { retryAfter: 5 });
    },
  };
}

/** From now on it ends with what this socket came in with, and with nothing else. */
function hangOn(
  entry: Held,
  { keyId, signInId }: { readonly keyId?: string | undefined; readonly signInId?: string | undefined },
): void {
  delete entry.keyId;
  delete entry.signInId;
  if (keyId !== undefined) entry.keyId = keyId;
  if (signInId !== undefined) entry.signInId = signInId;
}

function notFound(): HttpError {
  return protocolError("session_not_found", "There is no such session.");
}

function ended(): HttpError {
  return protocolError("session_ended", "This session has ended.");
}

/** A store that cannot be asked is told as such. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw protocolError("store_unavailable", "What is stored cannot be read just now.", { retryAfter: 5 });
  }
}
