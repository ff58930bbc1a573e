/** Options of a session. */
import type { CoachOptions } from "../coach/coach.ts";
import type { Persona } from "../coach/personas/personas.ts";
import type { Clock } from "../lib/clock.ts";
import type { NewId } from "../lib/ids.ts";
import type { Scope } from "../lib/scope.ts";
import type { SessionType, SessionUpdate } from "../protocol/session-config.ts";
import type { SessionJournal, StoredConversation } from "../store/journal/journal.ts";
import type { Link } from "./link.ts";
import type { Meter } from "./meter.ts";
import type { Engines, SessionLog } from "./session-context.ts";
import type { SessionLimits } from "./turns/step-context.ts";

export interface SessionOptions {
  /** `session-…`; default: a new one. */
  readonly id?: string;
  /** The socket it opens with; absent: it serves requests until one joins. */
  readonly link?: Link;
  readonly persona: Persona;
  /** Default `realtime`. */
  readonly type?: SessionType | undefined;
  /** `kuku.v1` was negotiated. */
  readonly extended: boolean;
  /** BCP 47; default: the persona's. */
  readonly language?: string;
  /** Settings of a new session, as by a `session.update`; default: as its persona has it. */
  readonly settings?: SessionUpdate | undefined;
  /** Whether its client may not change the `settings`. */
  readonly settingsFixed?: boolean | undefined;
  /** Open actions of the user's last session. */
  readonly memory?: CoachOptions["memory"];
  readonly engines: Engines;
  readonly clock: Clock;
  readonly log: SessionLog;
  /** The process's scope; the session ends with it. */
  readonly scope: Scope;
  readonly newId?: NewId;
  readonly limits?: Partial<SessionLimits>;
  /** [D1] Silence within an utterance after which a reply is begun, ms; undefined: never. */
  readonly draftAfterMs?: number | undefined;
  /** Journal, and what was stored before; absent: nothing is stored. */
  readonly persistence?: SessionPersistence;
  /**
   * Token with which a lost `kuku.v1` socket comes back, and the time it has for that, ms. Absent: the session ends
   * with its socket.
   */
  readonly resume?: { readonly token: string; readonly graceMs: number };
  /** The user's limits; absent: none. */
  readonly meter?: Meter;
  /** Size of all live conversations of its user; absent: unlimited. */
  readonly userText?: UserText;
  /** Whether it is passivated when its socket leaves instead of ended: it was made over REST. */
  readonly outlivesSocket?: boolean;
}

/** The items of one user's live conversations, as one of these conversations sees them. */
export interface UserText {
  /** Bytes that may still be handed in. */
  readonly room: number;
  /** Says how many bytes this conversation holds now. */
  hold(bytes: number): void;
}

export interface SessionPersistence {
  readonly journal: SessionJournal;
  /** Whether the database does not take changes just now, so that waiting for it is in vain. */
  readonly failing: () => boolean;
  /** Stored conversation of a session that is activated. */
  readonly stored?: StoredConversation;
}
