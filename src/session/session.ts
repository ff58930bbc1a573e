/** A session as a transport sees it: its inputs, and its end. */

import type { CancelReason } from "../lib/scope.ts";
import type { ClientEvent } from "../protocol/client-events.ts";
import type { UserMessage } from "./events.ts";
import type { Link } from "./link.ts";
import type { JoinOptions } from "./outbound/attachment.ts";
import type { Listener } from "./outbound/outbound.ts";
import type { SessionState } from "./turns/state.ts";

export interface Session {
  readonly id: string;
  /**
   * A parsed client event; never waits, never throws. Audio appends come here too, decoded below. Undefined: go on. A
   * promise: more waits to be stored than should; resolves once most of it is, or the store takes nothing.
   */
  receive(event: ClientEvent): Promise<void> | undefined;
  /**
   * Input audio as raw bytes in the session's input format (binary frames; base64 appends after decoding). Undefined: go
   * on. A promise: more waits to be heard than should; resolves once it was heard, or the session is over.
   */
  receiveAudio(bytes: Uint8Array): Promise<void> | undefined;
  /** A turn of the user that came whole, past the ears; the coach answers it. A refusal is an `error` with `itemId` as its event id. */
  receiveMessage(itemId: string, said: UserMessage): void;
  /** The socket is gone: the session waits for it for its grace time, or ends. A socket that was replaced changes nothing. */
  leave(link: Link): void;
  /** Ends the session: everything under way is cancelled with this reason. Calling again does nothing. */
  end(reason: CancelReason): void;
  /** Resolves once no task, timer or listener of the session is left. */
  readonly ended: Promise<void>;
  /** Whether a reply is being made or sent; a drain waits for it. */
  readonly busy: boolean;
}

/** A session as those see it who keep it: the registry, and what serves requests without a socket. */
export interface LiveSession extends Session {
  /**
   * Puts a socket in the place of the one before, which is closed. With `seen`, a client comes back and gets what it
   * missed; without, or where that is no longer known, it is told the whole conversation.
   */
  join(link: Link, options: JoinOptions): void;
  /** Whether it has ended and will not be activated again. */
  readonly over: boolean;
  /** Whether a socket is there. */
  readonly attached: boolean;
  /** Returns the way to stop. */
  listen(listener: Listener): () => void;
  /** Current state. */
  readonly state: SessionState;
  /** Creation time of an item, wall-clock ms; undefined where the conversation has no such item. */
  createdAt(itemId: string): number | undefined;
  /** [AD1] While it is muted nothing of its client's is taken. */
  mute(muted: boolean): void;
  /**
   * Resolves once everything said so far is stored: `saved`; `lost`: it is not, and will not be; `late`: not within
   * `withinMs` (default 10 s), or at once while the database takes no changes.
   */
  settled(withinMs?: number): Promise<"saved" | "lost" | "late">;
}
