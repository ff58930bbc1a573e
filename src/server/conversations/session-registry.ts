/** Registry of the sessions that are live in this process: opened by a socket, or activated for a returning socket or a request. */

import { hashSecret, newSecret } from "../../lib/ids.ts";
import type { LiveSession } from "../../session/session.ts";
import type { SessionsOf } from "../../store/store.ts";
import { newSessionId } from "../access/guests.ts";
import { ownSessions, type Principal } from "../access/principal.ts";
import { type HttpError, protocolError } from "../net/http-error.ts";
import { type Memory, recallEarlierSessions } from "./earlier-sessions.ts";
import { type HeldSession, LiveSessions, type LiveSessionsOptions } from "./live-sessions.ts";
import { type From, SessionFinder, type SessionFinderOptions } from "./session-finder.ts";
import type { NamedSession, SessionOpening } from "./session-opening.ts";

export type SessionRegistryOptions = LiveSessionsOptions & SessionFinderOptions;

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

/** Opens the registry of a process. */
export function openSessionRegistry(options: SessionRegistryOptions): SessionRegistry {
  return new Registry(options);
}

/** The methods are properties, since they are handed on one by one. */
class Registry implements SessionRegistry {
  readonly #options: SessionRegistryOptions;
  readonly #live: LiveSessions;
  readonly #finder: SessionFinder;

  constructor(options: SessionRegistryOptions) {
    this.#options = options;
    this.#live = new LiveSessions(options);
    this.#finder = new SessionFinder(options, this.#live);
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
    const { store, clock, nodeId } = this.#options;
    const id = newSessionId(principal.id);
    const resumeToken = newSecret();
    const journal = store.journals.open({
      id,
      ...ownSessions(principal),
      persona: personaId,
      language: persona.language,
      origin: "socket",
      type,
      recorded: false,
      createdAt: clock.wallTime(),
      resumeHash: hashSecret(resumeToken),
      nodeId,
    });
    const { session } = this.#live.open({
      id,
      owner: principal,
      link,
      persona,
      type,
      extended: extension,
      settings: principal.session,
      settingsFixed: principal.sessionFixed,
      memory,
      persistence: { journal },
      resumeToken,
      lease,
    });
    return session;
  };

  readonly find: SessionRegistry["find"] = (named, principal, from) =>
    this.#finder.find(named, principal, from);

  readonly live = (sessionId: string): LiveSession | undefined => this.#live.get(sessionId)?.session;

  readonly ownerOf = (sessionId: string): HeldSession | undefined => {
    const held = this.#live.get(sessionId);
    return held?.session.over === false ? held : undefined;
  };

  get count(): number {
    return this.#live.count;
  }

  readonly all = (): Iterable<HeldSession> => this.#live.all();

  readonly refusal = (): HttpError | undefined => {
    if (!this.#options.store.journals.state.full) return undefined;
    return protocolError("overloaded", "More waits to be stored than can be held.", { retryAfter: 5 });
  };
}
