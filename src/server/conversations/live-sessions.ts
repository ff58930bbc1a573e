/** The sessions that are live in this process, with their owners, from opening or activation to their end. */

import type { Report } from "../../coach/report/report.ts";
import type { Clock } from "../../lib/clock.ts";
import { hashSecret } from "../../lib/ids.ts";
import type { Scope } from "../../lib/scope.ts";
import type { SessionType } from "../../protocol/session-config.ts";
import { openSession } from "../../session/actor.ts";
import type { Listener } from "../../session/outbound/outbound.ts";
import { reportOf } from "../../session/outbound/wire.ts";
import type { LiveSession } from "../../session/session.ts";
import type { Engines } from "../../session/session-context.ts";
import type { SessionOptions, SessionPersistence } from "../../session/session-options.ts";
import type { SessionLimits } from "../../session/turns/step-context.ts";
import type { SessionJournal } from "../../store/journal/journal.ts";
import type { Store } from "../../store/store.ts";
import { nameOfEndUser } from "../access/client-secrets.ts";
import type { Principal } from "../access/principal.ts";
import type { Lease } from "../access/quotas/limiter.ts";
import type { Logger } from "../logging/log.ts";
import { UserTexts } from "./user-texts.ts";

/** Follows a session from its opening or activation to its `closed`, for metrics and traces. Never throws. */
export type WatchSession = (session: { readonly id: string; readonly persona: string }) => Listener;

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

/** As the registry changes it. */
export type Held = { -readonly [Name in keyof HeldSession]: HeldSession[Name] };

export interface LiveSessionsOptions {
  readonly store: Store;
  readonly engines: Engines;
  readonly clock: Clock;
  readonly log: Logger;
  readonly scope: Scope;
  readonly limits: Partial<SessionLimits>;
  /** Bytes of the items in one user's live conversations; undefined: no limit. */
  readonly conversationBytesPerUser?: number | undefined;
  readonly draftAfterMs?: number | undefined;
  /** Time that a `kuku.v1` session waits for a lost socket, ms; 0: none. */
  readonly graceMs: number;
  /** Called with each session as it is opened or activated. */
  readonly attend?: (session: LiveSession, journal: SessionJournal) => void;
  /** Called when a session's end is stored; `report`: the one that the session itself has made. */
  readonly onEnded?: (sessionId: string, report: Report | undefined) => void;
  /** Followers of each session that is live here. */
  readonly watchers?: readonly WatchSession[];
}

type Owner = Pick<Principal, "id" | "endUser" | "keyId" | "signInId">;

/** A session to be opened: its own options, and whose it is. */
type Opening = Omit<SessionOptions, keyof CommonOptions | "persistence" | "meter"> & {
  readonly id: string;
  readonly owner: Owner;
  readonly persistence: Omit<SessionPersistence, "failing">;
  readonly resumeToken: string;
  /** Released when the session ends. */
  readonly lease: Lease | undefined;
};

type CommonOptions = Pick<
  SessionOptions,
  "engines" | "clock" | "log" | "scope" | "limits" | "draftAfterMs" | "resume" | "userText"
>;

export class LiveSessions {
  readonly #options: LiveSessionsOptions;
  readonly #held = new Map<string, Held>();
  /** Session ids by the hash of their resume token. */
  readonly #byToken = new Map<string, string>();
  readonly #texts: UserTexts;

  constructor(options: LiveSessionsOptions) {
    this.#options = options;
    this.#texts = new UserTexts(options.conversationBytesPerUser);
  }

  get count(): number {
    return this.#held.size;
  }

  all(): Iterable<HeldSession> {
    return this.#held.values();
  }

  get(sessionId: string): Held | undefined {
    return this.#held.get(sessionId);
  }

  /** Returns the id of the session whose resume token has this hash; also of one that waits to be stored. */
  idByToken(resumeHash: string): string | undefined {
    return this.#byToken.get(resumeHash);
  }

  /** Opens a session and holds it until its end. */
  open({ owner, persistence, resumeToken, lease, ...own }: Opening): Held {
    const { journal } = persistence;
    const session = openSession({
      ...this.#commonOptions(resumeToken, owner),
      ...own,
      persistence: { ...persistence, failing: this.#storeFails },
      meter: lease?.meter,
    });
    this.#options.attend?.(session, journal);
    const held = this.#hold(session, own.persona.id, owner);
    const resumeHash = hashSecret(resumeToken);
    this.#byToken.set(resumeHash, session.id);
    const report = this.#follow(held);
    void session.ended.then(async () => {
      lease?.release();
      this.remove(held);
      // However long the database is away: nobody waits for this.
      const stored = await journal.settled();
      if (!this.#held.has(session.id)) this.#byToken.delete(resumeHash);
      const told = held.type === "realtime" && session.state.entries.length > 0;
      const due = told && session.over && stored === "saved";
      if (due) this.#options.onEnded?.(session.id, report());
    });
    return held;
  }

  /** Holds a session no longer, where it is still this one that is held. */
  remove(held: Held): void {
    const { id } = held.session;
    if (this.#held.get(id) === held) this.#held.delete(id);
  }

  readonly #storeFails = () => this.#options.store.journals.state.failingSince !== undefined;

  /** Options that all sessions of this process have in common; `token` brings a lost socket back. */
  #commonOptions(token: string, { id: ownerId, endUser }: Owner): CommonOptions {
    const { engines, clock, log, scope, limits, draftAfterMs, graceMs } = this.#options;
    const resume = graceMs > 0 ? { token, graceMs } : undefined;
    const name = nameOfEndUser(endUser);
    const userText = this.#texts.open(name === undefined ? ownerId : `${ownerId} ${name}`);
    return { engines, clock, log, scope, limits, draftAfterMs, resume, userText };
  }

  #hold(session: LiveSession, persona: string, { id: ownerId, endUser, keyId, signInId }: Owner): Held {
    const { type } = session.state;
    const since = this.#options.clock.wallTime();
    const held: Held = { session, ownerId, endUser, persona, type, since };
    bindCredentials(held, { keyId, signInId });
    this.#held.set(session.id, held);
    return held;
  }

  /** Has the watchers follow a session; the function returned gives the report that the session has made, if any. */
  #follow({ session, persona }: Held): () => Report | undefined {
    let report: Report | undefined;
    for (const watch of this.#options.watchers ?? []) session.listen(watch({ id: session.id, persona }));
    session.listen({
      event(event) {
        if (event.type === "coach.report") report = reportOf(event);
      },
    });
    return () => report;
  }
}

/** Makes the session depend on these credentials alone: it ends when they do. */
export function bindCredentials(
  held: Held,
  { keyId, signInId }: Pick<Principal, "keyId" | "signInId">,
): void {
  held.keyId = keyId;
  held.signInId = signInId;
}
