/** Finds the session that a socket or a request names, and activates it where it is not live. */
import type { Persona } from "../../coach/personas/personas.ts";
import type { Clock } from "../../lib/clock.ts";
import { hashSecret, newSecret } from "../../lib/ids.ts";
import { settlesWithin } from "../../lib/timeout.ts";
import type { SessionType } from "../../protocol/session-config.ts";
import type { LiveSession } from "../../session/session.ts";
import type { SessionRecord } from "../../store/records.ts";
import { type Store, StoreError } from "../../store/store.ts";
import { reaches } from "../access/guests.ts";
import { type Principal, requirePersona, requireSessionType } from "../access/principal.ts";
import type { Lease, Limiter } from "../access/quotas/limiter.ts";
import type { Logger } from "../logging/log.ts";
import { HttpError, protocolError } from "../net/http-error.ts";
import { recallEarlierSessions } from "./earlier-sessions.ts";
import { bindCredentials, type Held, type LiveSessions } from "./live-sessions.ts";
import type { NamedSession } from "./session-opening.ts";

/** Origin and purpose of a request for a session. */
export interface From {
  readonly address?: string | undefined;
  /** Default `socket`, whose credentials the session depends on from then on. `end` needs no lease. */
  readonly by?: "socket" | "message" | "end";
  /** Type that the session must have; default: any. */
  readonly type?: SessionType | undefined;
}

interface RequestContext extends From {
  readonly principal: Principal;
}

/** Longest wait for what this node has of a session to be stored, ms. */
const storingMs = 1_000;

/** A resume token that a client knows already. */
interface KnownToken {
  readonly token: string;
}

export interface SessionFinderOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  /** Id of this process among those on the same database. */
  readonly nodeId: string;
  readonly findPersona: (id: string, ownerId: string) => Persona | undefined;
  /** Grants the lease of a stored session that becomes live; default: no limit. */
  readonly begin?: Limiter["begin"] | undefined;
}

export class SessionFinder {
  readonly #options: SessionFinderOptions;
  readonly #live: LiveSessions;
  /** Activations under way, by session. */
  readonly #activating = new Map<string, Promise<Held>>();

  constructor(options: SessionFinderOptions, live: LiveSessions) {
    this.#options = options;
    this.#live = live;
  }

  /** See `SessionRegistry.find`. */
  async find(
    named: NamedSession,
    principal: Principal,
    { address, by = "socket", type }: From = {},
  ): Promise<LiveSession> {
    const context = { principal, address, by, type };
    const found = await withStoreRefusals(
      "token" in named ? this.#findByToken(named.token, context) : this.#findById(named.sessionId, context),
    );
    if (by === "socket") bindCredentials(found, principal);
    return found.session;
  }

  async #findById(sessionId: string, context: RequestContext): Promise<Held> {
    const held = await this.#checkHeld(this.#live.get(sessionId), context);
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
    const sessionId = this.#live.idByToken(hash) ?? "";
    const held = await this.#checkHeld(this.#live.get(sessionId), context);
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
  async #checkHeld(held: Held | undefined, context: RequestContext): Promise<Held | undefined> {
    if (!held) return undefined;
    checkReach(context, held);
    const { store, nodeId } = this.#options;
    // While the database is away no node can have taken it.
    const holder = await store.findHolder(held.session.id).catch(() => nodeId);
    if (holder === undefined || holder === nodeId) return held;
    held.session.end("taken_over");
    await held.session.ended;
    this.#live.remove(held);
    return undefined;
  }

  /** Makes a stored session live; concurrent requests for one session share one claim. */
  #activate(record: SessionRecord, context: RequestContext, known?: KnownToken): Promise<Held> {
    const { id } = record;
    const held = this.#live.get(id);
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
    const { store, nodeId, findPersona } = this.#options;
    const persona = findPersona(personaId, ownerId);
    if (!persona) throw protocolError("model_not_found", `There is no persona ${JSON.stringify(personaId)}.`);
    const memory =
      messageCount === 0 && type === "realtime"
        ? await recallEarlierSessions({ ownerId, endUser }, this.#options)
        : undefined;
    const claimed = await store.journals.claim(id, nodeId);
    if (!claimed) throw ended();
    const token = known?.token ?? newSecret();
    if (!known) claimed.journal.write([{ type: "session", patch: { resumeHash: hashSecret(token) } }]);
    return this.#live.open({
      id,
      owner: { id: ownerId, endUser },
      persona,
      type,
      language,
      extended: true,
      memory,
      persistence: claimed,
      resumeToken: token,
      lease,
      outlivesSocket: origin === "rest",
    });
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
