/** Rules [RS…]: sockets that come to a session, come back to it, and are waited for. */
import type { CancelTimer } from "../../lib/clock.ts";
import { closeCodes } from "../../protocol/close-codes.ts";
import { describeSession } from "../configuration/transcription-config.ts";
import type { Link } from "../link.ts";
import { remainderOf, type Snapshot } from "../persistence/snapshot.ts";
import type { SessionContext } from "../session-context.ts";
import type { ReceivedPosition } from "./outbound.ts";

/** Time that a session made over REST stays live with no socket and nothing to do, ms; then it is passivated. */
const unattendedMs = 30_000;

export interface AttachmentOptions {
  /** The stored snapshot of an activated session. */
  readonly snapshot: Snapshot | undefined;
  /** The session was stored, and activated by this process. */
  readonly activated: boolean;
  /** Time that a lost `kuku.v1` socket is waited for, ms; undefined: not at all. */
  readonly graceMs: number | undefined;
  /** The session is passivated without a socket, not ended. */
  readonly outlivesSocket: boolean;
  /** The id of the last client event that had one. */
  lastClientEvent(): string | undefined;
  busy(): boolean;
}

export interface JoinOptions {
  /** `kuku.v1` was negotiated. */
  readonly extended: boolean;
  /** Position that the client says it has; absent: it is new. */
  readonly seen?: ReceivedPosition;
}

/** The sockets of one session, at most one at a time. */
export class Attachment {
  readonly #session: SessionContext;
  readonly #options: AttachmentOptions;
  /** Set while a socket is waited for. */
  #wait: CancelTimer | undefined;
  /** The remainder of a reply that the stored session owes was told to the first client that joined. */
  #remainderTold = false;

  constructor(session: SessionContext, options: AttachmentOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** Waits for a socket as long as the session may go without; then ends or passivates it. */
  wait(): void {
    this.stop();
    const { clock, state } = this.#session;
    const { graceMs, outlivesSocket, busy } = this.#options;
    if (outlivesSocket)
      this.#wait = clock.after(unattendedMs, () => (busy() ? this.wait() : this.#end("put_away")));
    else if (graceMs !== undefined && state().extended)
      this.#wait = clock.after(graceMs, () => this.#end("client_gone"));
    else this.#end("client_gone");
  }

  /** Stops waiting. */
  stop(): void {
    this.#wait?.();
    this.#wait = undefined;
  }

  /** Puts a socket in the place of the one before, which is closed. `seen`: what a returning client has. */
  join(link: Link, { extended, seen }: JoinOptions): void {
    this.stop();
    const { outbound, newId, state, post } = this.#session;
    const before = outbound.link;
    // What a client has from a former process is not known here, even where it says that it has nothing.
    const known = this.#remainderTold || !this.#options.activated;
    const missed = seen && extended && known ? outbound.missed(seen) : undefined;
    outbound.attach(link, !missed);
    before?.close(closeCodes.resumedElsewhere.code, "taken over by another connection");
    if (!missed) return this.#joinFromStart(link, { extended, seen });
    this.#sendResumed(link, true);
    link.send({ type: "session.updated", event_id: newId("event"), session: describeSession(state()) });
    outbound.replay(missed);
    post({ type: "returned", extended });
  }

  /** The client is told all; audio goes on from where its words are known. */
  #joinFromStart(link: Link, { extended, seen }: JoinOptions): void {
    const { snapshot, activated } = this.#options;
    const first = activated && !this.#remainderTold;
    this.#remainderTold = true;
    const audioFrom = seen?.audioFrom;
    const owed = first && snapshot ? remainderOf(snapshot, audioFrom) : undefined;
    if (seen && extended) this.#sendResumed(link, false);
    const received = first && seen ? { audioFrom } : undefined;
    this.#session.post({ type: "joined", extended, owed, received, activated: first });
    this.#session.reportSaved();
  }

  #sendResumed(link: Link, complete: boolean): void {
    const { newId, audioMs } = this.#session;
    link.send({
      type: "kuku.resumed",
      event_id: newId("event"),
      complete,
      input_audio_ms: audioMs(),
      last_client_event_id: this.#options.lastClientEvent(),
    });
  }

  #end(reason: "put_away" | "client_gone"): void {
    this.#session.post({ type: "end", reason });
  }
}
