/** Registry of the sessions that are live in this process: opened by a socket, or activated for a returning socket or a request. */

import type { Persona } from "../../coach/personas/personas.ts";
import type { Report } from "../../coach/report/report.ts";
import type { Clock } from "../../lib/clock.ts";
import { hashSecret, newSecret } from "../../lib/ids.ts";
import type { Scope } from "../../lib/scope.ts";
import { settlesWithin } from "../../lib/timeout.ts";
import type { SessionType } from "../../protocol/session-config.ts";
import { openSession } from "../../session/actor.ts";
import type { Listener } from "../../session/outbound/outbound.ts";
import type { LiveSession } from "../../session/session.ts";
import type { Engines } from "../../session/session-context.ts";
import type { SessionLimits } from "../../session/turns/step-context.ts";
import type { SessionJournal } from "../../store/journal/journal.ts";
import type { SessionRecord } from "../../store/records.ts";
import { type SessionsOf, type Store, StoreError } from "../../store/store.ts";
import { nameOfEndUser } from "../access/client-secrets.ts";
import { newSessionId, reaches } from "../access/guests.ts";
import { ownSessions, type Principal, requirePersona, requireSessionType } from "../access/principal.ts";
import type { Lease, Limiter } from "../access/quotas/limiter.ts";
import type { Logger } from "../logging/log.ts";
import { HttpError, protocolError } from "../net/http-error.ts";
import { type Memory, recallEarlierSessions } from "./earlier-sessions.ts";
import type { NamedSession, SessionOpening } from "./session-opening.ts";
import { UserTexts } from "./user-texts.ts";

/** Follows a session from its opening or activation to its `closed`, for metrics and traces. Never throws. */
export type WatchSession = (session: { readonly id: string; readonly persona: string }) => Listener;

export interface SessionRegistryOptions {
  readonly store: Store;
  readonly engines: Engines;
  readonly clock: Clock;
  readonly log: Logger;
  readonly scope: Scope;
  /** Id of this process among those on the same database. */
  readonly nodeId: string;
  readonly limits: Partial<SessionLimits>;
  /** Bytes of the items in one user's live conversations; undefined: no limit. */
  readonly conversationBytesPerUser?: number | undefined;
  readonly draftAfterMs?: number | undefined;
  /** Time that a `kuku.v1` session waits for a lost socket, ms; 0: none. */
  readonly graceMs: number;
  readonly findPersona: (id: string, ownerId: string) => Persona | undefined;
  /** Grants the lease of a stored session that becomes live; default: no limit. */
  readonly begin?: Limiter["begin"] | undefined;
  /** Called with each session as it is opened or activated. */
  readonly attend?: (session: LiveSession, journal: SessionJournal) => void;
  /** Called when a session's end is stored; `report`: the one that the session itself has made. */
  readonly onEnded?: (sessionId: string, report: Report | undefined) => void;
  /** Followers of each session that is live here. */
  readonly watchers?: readonly WatchSession[];
}

export interface SessionRegistry {
  /** Reads the open actions of earlier sessions of the same end user; undefined: none, or not in time. Never throws. */
  remember(of: SessionsOf): Promise<Memory | undefined>;
  /** Opens a new session for a socket. */
  open(opening: SessionOpening): LiveSession;
  /**
   * Finds the session that a socket or a request names, and activates it where it is not live.
   * @throws HttpError `session_not_found`, `insufficient_scope` (of another persona), `session_ended`,
   * `session_elsewhere`, `store_unavailable`, and the refusals of the principal's limits
   */
  find(named: NamedSession, principal: Principal, from?: From): Promise<LiveSession>;
  /** Returns the session if it is live in this process. */
  live(sessionId: string): LiveSession | undefined;
  /** Returns whose a session is that is live in this process and has not ended, and its persona. */
  ownerOf(sessionId: string): Pick<HeldSession, "ownerId" | "endUser" | "persona" | "type"> | undefined;
  /** Number of live sessions. */
  readonly count: number;
  /** All live sessions of this process. */
  all(): Iterable<HeldSession>;
  /** Reason why no new session can be opened now; undefined: one can. */
  refusal(): HttpError | undefined;
}

/** Origin and purpose of a request for a session. */
interface From {
  readonly address?: string | undefined;
  /** Default `socket`, whose credentials the session depends on from then on. `end` needs no lease. */
  readonly by?: "socket" | "message" | "end";
  /** Type that the session must have; default: any. */
  readonly type?: SessionType | undefined;
}

interface RequestContext extends From {
  readonly principal: Principal;
}

/** A live session and its owner. */
export interface HeldSession {
  readonly session: LiveSession;
  readonly ownerId: string;
  /** See `SessionRecord.endUser`. */
  readonly endUser?: string | undefined;
  /** A persona's id. */
  readonly persona: string;
  readonly type: SessionType;
  /** The API key with which the session was opened or last joined, if any. */
  readonly keyId?: string;
  /** The sign-in with which the session was opened or last joined, if any. */
  readonly signInId?: string;
  /** Time since when it is live here, wall-clock ms. */
  readonly since: number;
}

type Held = { -readonly [Name in keyof HeldSession]: HeldSession[Name] };

/** Longest wait for what this node has of a session to be stored, ms. */
const storingMs = 1_000;

/** A resume token that a client knows already. */
interface KnownToken {
  readonly token: string;
}

/** Opens the registry of a process. */
export function openSessionRegistry(options: SessionRegistryOptions): SessionRegistry {
  return new LiveSessions(options);
}

/** The methods are properties, since they are handed on one by one. */
class LiveSessions implements SessionRegistry {
  readonly #options: SessionRegistryOptions;
  readonly #held = new Map<string, Held>();
  /** Session ids by the hash of their resume token. */
  readonly #byToken = new Map<string, string>();
  /** Activations under way, by session. */
  readonly #activating = new Map<string, Promise<Held>>();
  readonly #texts: UserTexts;

  constructor(options: SessionRegistryOptions) {
    this.#options = options;
    this.#texts = new UserTexts(options.conversationBytesPerUser);
  }

  readonly remember = (of: SessionsOf): Promise<Memory | undefined> =>
    recallEarlierSessions(of, this.#options);

  readonly open = ({
    link,
    principal,
    persona: personaId,
    type = "realtime",
    extension,
    memory,
    lease,
  }: SessionOpening): LiveSession => {
    const persona = this.#options.findPersona(personaId, principal.id);
    if (!persona) throw new Error(`no persona ${personaId}`);
    const { store, clock, nodeId, attend } = this.#options;
    const id = newSessionId(principal.id);
    const token = newSecret();
    const resumeHash = hashSecret(token);
    const journal = store.journals.open({
      id,
      ...ownSessions(principal),
      persona: personaId,
      language: persona.language,
      origin: "socket",
      type,
      recorded: false,
      createdAt: clock.wallTime(),
      resumeHash,
      nodeId,
    });
    const session = openSession({
      ...this.#sharedOptions(token, ownSessions(principal)),
      id,
      link,
      persona,
      type,
      extended: extension,
      settings: principal.session,
      settingsFixed: principal.sessionFixed,
      memory,
      persistence: { journal, failing: this.#storeFails },
      meter: lease?.meter,
    });
    attend?.(session, journal);
    this.#hold(session, persona, principal, { journal, resumeHash, lease });
    return session;
  };

  readonly find = async (
    named: NamedSession,
    principal: Principal,
    { address, by = "socket", type }: From = {},
  ): Promise<LiveSession> => {
    const context = { principal, address, by, type };
    const found = await withStoreRefusals(
      "token" in named ? this.#findByToken(named.token, context) : this.#findById(named.sessionId, context),
    );
    if (by === "socket") bindCredentials(found, principal);
    return found.session;
  };

  readonly live = (sessionId: string): LiveSession | undefined => this.#held.get(sessionId)?.session;

  readonly ownerOf = (sessionId: string): HeldSession | undefined => {
    const held = this.#held.get(sessionId);
    return held?.session.over === false ? held : undefined;
  };

  get count(): number {
    return this.#held.size;
  }

  readonly all = (): Iterable<HeldSession> => this.#held.values();

  readonly refusal = (): HttpError | undefined => {
    if (!this.#options.store.journals.state.full) return undefined;
    return protocolError("overloaded", "More waits to be stored than can be held.", { retryAfter: 5 });
  };

  readonly #storeFails = () => this.#options.store.journals.state.failingSince !== undefined;

  /** Options that all sessions of this process have in common; `token` brings a lost socket back. */
  #sharedOptions(token: string, { ownerId, endUser }: SessionsOf) {
    const { engines, clock, log, scope, limits, draftAfterMs, graceMs } = this.#options;
    const resume = graceMs > 0 ? { token, graceMs } : undefined;
    const name = nameOfEndUser(endUser ?? undefined);
    const userText = this.#texts.open(name === undefined ? ownerId : `${ownerId} ${name}`);
    return { engines, clock, log, scope, limits, draftAfterMs, resume, userText };
  }

  /** Registers a live session until its end. */
  #hold(
    session: LiveSession,
    persona: Persona,
    { id: ownerId, endUser, keyId, signInId }: Pick<Principal, "id" | "endUser" | "keyId" | "signInId">,
    {
      journal,
      resumeHash,
      lease,
    }: { readonly journal: SessionJournal; readonly resumeHash: string; readonly lease: Lease | undefined },
  ): Held {
    const { clock, watchers = [], onEnded } = this.#options;
    const { type } = session.state;
    const held: Held = { session, ownerId, endUser, persona: persona.id, type, since: clock.wallTime() };
    bindCredentials(held, { keyId, signInId });
    this.#held.set(session.id, held);
    this.#byToken.set(resumeHash, session.id);
    let report: Report | undefined;
    for (const watch of watchers) session.listen(watch({ id: session.id, persona: persona.id }));
    session.listen({
      event(event) {
        if (event.type === "coach.report") report = event;
      },
    });
    void session.ended.then(async () => {
      lease?.release();
      if (this.#held.get(session.id) === held) this.#held.delete(session.id);
      // However long the database is away: nobody waits for this.
      const stored = await journal.settled();
      if (!this.#held.has(session.id)) this.#byToken.delete(resumeHash);
      const told = type === "realtime" && session.state.entries.length > 0;
      const due = told && session.over && stored === "saved";
      if (due) onEnded?.(session.id, report);
    });
    return held;
  }

  async #findById(sessionId: string, context: RequestContext): Promise<Held> {
    const held = await this.#findHeld(sessionId, context);
    if (held) return held;
    const { store, nodeId } = this.#options;
    await this.#untilStored(sessionId, context);
    const record = await store.findSession(sessionId);
    if (!record) throw notFound();
    checkReach(context, record);
    if (record.status === "ended") throw ended();
    const holder = await store.findHolder(sessionId);
    if (holder !== undefined && holder !== nodeId)
      throw protocolError("session_elsewhere", "Another node holds this session at the moment.", {
        retryAfter: 5,
      });
    return this.#activate(record, context);
  }

  async #findByToken(token: string, context: RequestContext): Promise<Held> {
    const hash = hashSecret(token);
    const sessionId = this.#byToken.get(hash) ?? "";
    const held = await this.#findHeld(sessionId, context);
    if (held) return held;
    await this.#untilStored(sessionId, context);
    const record = await this.#options.store.findResumable(hash);
    if (!record || record.status === "ended") throw notFound();
    checkReach(context, record);
    return this.#activate(record, context, { token });
  }

  /**
   * Waits until what this node has of a session that is live no more is stored, for a second at most.
   * @throws StoreError where it is not by then
   */
  async #untilStored(sessionId: string, { principal }: RequestContext): Promise<void> {
    const { store, clock } = this.#options;
    const pending = store.journals.pending(sessionId);
    if (!pending || !reaches(principal, pending)) return;
    const away = store.journals.state.failingSince !== undefined;
    if (away || !(await settlesWithin(clock, storingMs, pending.settled())))
      throw new StoreError("the session is not stored yet");
  }

  /** Returns the live session, unless another node has taken it over meanwhile: then this node's is ended. */
  async #findHeld(sessionId: string, context: RequestContext): Promise<Held | undefined> {
    const held = this.#held.get(sessionId);
    if (!held) return undefined;
    checkReach(context, held);
    const { store, nodeId } = this.#options;
    // While the database is away no node can have taken it.
    const holder = await store.findHolder(sessionId).catch(() => nodeId);
    if (holder === undefined || holder === nodeId) return held;
    held.session.end("taken_over");
    await held.session.ended;
    this.#held.delete(sessionId);
    return undefined;
  }

  /** Makes a stored session live; concurrent requests for one session share one claim. */
  #activate(record: SessionRecord, context: RequestContext, known?: KnownToken): Promise<Held> {
    const { id } = record;
    const held = this.#held.get(id);
    if (held) return Promise.resolve(held);
    const activating =
      this.#activating.get(id) ??
      this.#activateWithLease(record, context, known).finally(() => this.#activating.delete(id));
    this.#activating.set(id, activating);
    return activating;
  }

  async #activateWithLease(
    record: SessionRecord,
    { principal, address, by }: RequestContext,
    known: KnownToken | undefined,
  ): Promise<Held> {
    const lease = by === "end" ? undefined : await this.#options.begin?.(principal, address, record.id);
    try {
      return await this.#claim(record, lease, known);
    } catch (error) {
      lease?.release();
      throw error;
    }
  }

  async #claim(
    { id, ownerId, endUser, persona: personaId, origin, type, language, messageCount }: SessionRecord,
    lease: Lease | undefined,
    known: KnownToken | undefined,
  ): Promise<Held> {
    const { store, nodeId, attend, findPersona } = this.#options;
    const persona = findPersona(personaId, ownerId);
    if (!persona) throw protocolError("model_not_found", `There is no persona ${JSON.stringify(personaId)}.`);
    const memory =
      messageCount === 0 && type === "realtime" ? await this.remember({ ownerId, endUser }) : undefined;
    const claimed = await store.journals.claim(id, nodeId);
    if (!claimed) throw ended();
    const token = known?.token ?? newSecret();
    const resumeHash = hashSecret(token);
    if (!known) claimed.journal.write([{ type: "session", patch: { resumeHash } }]);
    const session = openSession({
      ...this.#sharedOptions(token, { ownerId, endUser }),
      id,
      persona,
      type,
      language,
      extended: true,
      memory,
      persistence: { ...claimed, failing: this.#storeFails },
      meter: lease?.meter,
      outlivesSocket: origin === "rest",
    });
    attend?.(session, claimed.journal);
    return this.#hold(
      session,
      persona,
      { id: ownerId, endUser },
      { journal: claimed.journal, resumeHash, lease },
    );
  }
}

/**
 * @throws HttpError for a session that the principal does not reach, whose persona or type its credentials are not for, or
 * whose type is not what the request is for
 */
function checkReach(
  { principal, by, type }: RequestContext,
  session: Parameters<typeof reaches>[1] & { readonly persona: string; readonly type: SessionType },
): void {
  if (!reaches(principal, session)) throw notFound();
  requirePersona(principal, session.persona);
  requireSessionType(principal, session.type);
  if (type !== undefined && type !== session.type)
    throw protocolError("invalid_query", `This is a ${session.type} session, and stays one.`);
  if (by === "message") requireReplies(session.type);
}

/** @throws HttpError 409 `TRANSCRIPTION_SESSION` for a session that answers nothing */
export function requireReplies(type: SessionType): void {
  if (type === "transcription")
    throw new HttpError(409, "TRANSCRIPTION_SESSION", "A transcription session has no replies to messages.");
}

/** Makes the session depend on these credentials alone: it ends when they do. */
function bindCredentials(held: Held, { keyId, signInId }: Pick<Principal, "keyId" | "signInId">): void {
  held.keyId = keyId;
  held.signInId = signInId;
}

function notFound(): HttpError {
  return protocolError("session_not_found", "There is no such session.");
}

function ended(): HttpError {
  return protocolError("session_ended", "This session has ended.");
}

/** Turns a StoreError into the refusal `store_unavailable`. */
async function withStoreRefusals<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw protocolError("store_unavailable", "What is stored cannot be read just now.", { retryAfter: 5 });
  }
}
