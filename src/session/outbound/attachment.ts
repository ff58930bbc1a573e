/** Rules [RS…]: sockets that come to a session, come back to it, and are waited for. */
import type { CancelTimer, Clock } from "../../lib/clock.ts";
import type { NewId } from "../../lib/ids.ts";
import { closeCodes } from "../../protocol/close-codes.ts";
import type { SessionEvent } from "../events.ts";
import type { Link } from "../link.ts";
import { remainderOf, type Snapshot } from "../persistence/snapshot.ts";
import type { SessionState } from "../turns/state.ts";
import type { Outbound, ReceivedPosition } from "./outbound.ts";

/** How long a session made over REST stays live with no socket and nothing to do, ms; then it lies in the store alone. */
const unattendedMs = 30_000;

export interface AttachmentOptions {
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly newId: NewId;
  /** What a session that was taken up again was put down with. */
  readonly snapshot: Snapshot | undefined;
  /** It was there before this process had it. */
  readonly activated: boolean;
  /** How long a lost `kuku.v1` socket is waited for, ms; undefined: not at all. */
  readonly graceMs: number | undefined;
  /** It is put away when nobody is there, not ended. */
  readonly outlivesSocket: boolean;
  state(): SessionState;
  audioMs(): number;
  /** The id of the last client event that had one. */
  lastClientEvent(): string | undefined;
  busy(): boolean;
  post(event: SessionEvent): void;
}

/** Minds the sockets of one session. */
export function openAttachment(options: AttachmentOptions) {
  const { outbound, clock, newId, snapshot, post } = options;
  /** Set while there is no socket: gives the wait for one up. */
  let waiting: CancelTimer | undefined;
  /** What a stored session still owes is told to the first that joins it. */
  let told = false;

  const stop = () => {
    waiting?.();
    waiting = undefined;
  };
  const wait = () => {
    stop();
    const { graceMs } = options;
    const end = (reason: "put_away" | "client_gone") => post({ type: "end", reason });
    if (options.outlivesSocket)
      waiting = clock.after(unattendedMs, () => (options.busy() ? wait() : end("put_away")));
    else if (graceMs !== undefined && options.state().extended)
      waiting = clock.after(graceMs, () => end("client_gone"));
    else end("client_gone");
  };
  const tellResumed = (link: Link, complete: boolean) => {
    const last = options.lastClientEvent();
    link.send({
      type: "kuku.resumed",
      event_id: newId("event"),
      complete,
      input_audio_ms: options.audioMs(),
      ...(last !== undefined && { last_client_event_id: last }),
    });
  };

  return {
    wait,
    stop,
    /** Puts a socket in the place of the one before, which is closed. */
    join(
      link: Link,
      { extended, seen }: { readonly extended: boolean; readonly seen?: ReceivedPosition },
    ): void {
      stop();
      const before = outbound.link;
      // What a client has of a former process's life is not known here, even where it says that it has nothing.
      const known = told || !options.activated;
      const missed = seen && extended && known ? outbound.missed(seen) : undefined;
      outbound.attach(link, extended, !missed);
      before?.close(closeCodes.resumedElsewhere.code, "taken over by another connection");
      if (missed) {
        tellResumed(link, true);
        link.send({ type: "session.updated", event_id: newId("event"), session: options.state().config });
        outbound.replay(missed);
        return post({ type: "returned", extended });
      }
      // Nothing is known here of what the client has: it is told all, and audio counts on from where words are known.
      const owed = snapshot && !told ? remainderOf(snapshot, seen?.audioFrom) : undefined;
      told = true;
      if (seen && extended) tellResumed(link, false);
      post({ type: "joined", extended, owed });
    },
  };
}
