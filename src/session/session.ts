/** What a transport sees of a session: three ways in, and its end. */

import type { CancelReason } from "../lib/scope.ts";
import type { ClientEvent } from "../protocol/client-events.ts";

export interface Session {
  readonly id: string;
  /** A parsed client event; never waits, never throws. Audio appends come here too, decoded below. */
  receive(event: ClientEvent): void;
  /** Input audio as raw bytes in the session's input format (binary frames; base64 appends after decoding). */
  receiveAudio(bytes: Uint8Array): void;
  /** Ends the session: everything under way is cancelled with this reason. Calling again does nothing. */
  end(reason: CancelReason): void;
  /** Resolves once no task, timer or listener of the session is left. */
  readonly ended: Promise<void>;
  /** Whether a reply is being made or sent; a drain waits for it. */
  readonly busy: boolean;
}
