/** What a session is opened with. */
import type { CoachOptions } from "../coach/coach.ts";
import type { Persona } from "../coach/personas/personas.ts";
import type { Clock } from "../lib/clock.ts";
import type { NewId } from "../lib/ids.ts";
import type { Scope } from "../lib/scope.ts";
import type { SessionUpdate } from "../protocol/session-config.ts";
import type { SessionJournal, StoredConversation } from "../store/journal/journal.ts";
import type { SessionEvent } from "./events.ts";
import type { Link } from "./link.ts";
import type { Meter } from "./meter.ts";
import type { Engines, SessionLog } from "./session-context.ts";
import type { SessionState } from "./turns/state.ts";
import type { SessionLimits } from "./turns/step-context.ts";

export interface SessionOptions {
  /** `session-…`; default: a new one. */
  readonly id?: string;
  /** The socket it opens with; absent: it serves requests until one joins. */
  readonly link?: Link;
  readonly persona: Persona;
  /** `kuku.v1` was negotiated. */
  readonly extended: boolean;
  /** BCP 47; default: the persona's. */
  readonly language?: string;
  /** What a new session begins with, as by a `session.update`; default: as its persona has it. */
  readonly settings?: SessionUpdate | undefined;
  /** What the user's last session left open. */
  readonly memory?: CoachOptions["memory"];
  readonly engines: Engines;
  readonly clock: Clock;
  readonly log: SessionLog;
  /** The process's scope; the session ends with it. */
  readonly scope: Scope;
  readonly newId?: NewId;
  readonly limits?: Partial<SessionLimits>;
  /** [D1] Silence within an utterance after which a reply is drafted, ms; undefined: never. */
  readonly draftAfterMs?: number | undefined;
  /** Where it is written down, and what was before; absent: nothing of it is kept. */
  readonly persistence?: SessionPersistence;
  /** What a `kuku.v1` socket comes back with, and for how long it may, ms. Absent: the session ends with its socket. */
  readonly resume?: { readonly token: string; readonly graceMs: number };
  /** What its user may use; absent: as much as they like. */
  readonly meter?: Meter;
  /** It was made over REST: it is put away when its socket leaves, not ended. */
  readonly outlivesSocket?: boolean;
  /** For tests and logs: the state after each step. */
  onStep?(state: SessionState, event: SessionEvent): void;
}

export interface SessionPersistence {
  readonly journal: SessionJournal;
  /** Whether the database does not take changes just now, so that waiting for it is in vain. */
  readonly failing: () => boolean;
  /** Of a session that is taken up again. */
  readonly stored?: StoredConversation;
}
