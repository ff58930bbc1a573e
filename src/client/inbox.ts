/** The receiving side of a resumable session: drops repeated events and audio, to the sample. Pure. */
import type { ServerEvent } from "../protocol/server-events.ts";
import type { ReplyAudio } from "./playout.ts";

/** Events of which the connection made some itself, beside the session, so that they cannot say how far it came. */
const beside: ReadonlySet<string> = new Set(["error", "kuku.going_away", "kuku.resumed"]);
/** Responses whose audio is remembered. */
const mostResponses = 16;

/** The record of received events and audio. Responses are counted as they are announced, on whichever server. */
export class Inbox {
  #lastEvent = "";
  /** Ids of events behind the last one, which may come again. */
  #besides = new Set<string>();
  /** A `session.updated` of the return itself follows. */
  #returning = false;
  #responses = 0;
  /** Difference between the client's and the server's number of a response; undefined until the server's first frame. */
  #behind: number | undefined;
  /** Samples received, by the client's number of the response. */
  readonly #received = new Map<number, number>();
  #latest: number | undefined;

  /** Takes an event; false: a repetition. */
  event(event: ServerEvent): boolean {
    const { type, event_id } = event;
    if (beside.has(type) && event_id !== undefined && this.#besides.has(event_id)) return false;
    if (type === "kuku.resumed") {
      this.#resumed(event.complete);
      return true;
    }
    const ofReturn = this.#returning && type === "session.updated";
    this.#returning = false;
    if (ofReturn) return true;
    if (beside.has(type)) {
      this.#besides.add(event_id);
      return true;
    }
    this.#lastEvent = event_id;
    if (this.#besides.size > 0) this.#besides = new Set();
    if (type === "response.created") this.#responses++;
    return true;
  }

  /** Takes a frame; returns what of it is new, with the client's number, or undefined where nothing is. */
  audio({ responseNumber, startSample, pcm }: ReplyAudio): ReplyAudio | undefined {
    // A session's first frame on a server follows the `response.created` it belongs to.
    this.#behind ??= this.#responses === 0 ? 0 : this.#responses - responseNumber;
    const number = responseNumber + this.#behind;
    const next = this.#received.get(number) ?? 0;
    const skip = Math.max(0, next - startSample);
    if (skip >= pcm.length) return undefined;
    this.#received.set(number, startSample + pcm.length);
    this.#received.delete(number - mostResponses);
    this.#latest = Math.max(this.#latest ?? 0, number);
    if (skip === 0) return { responseNumber: number, startSample, pcm };
    return { responseNumber: number, startSample: next, pcm: pcm.subarray(skip) };
  }

  /** The query parameters by which a returning socket says what the client has. */
  seen(): Record<string, string> {
    const query: Record<string, string> = {};
    if (this.#lastEvent !== "") query.last_event = this.#lastEvent;
    const latest = this.#latest;
    if (latest !== undefined)
      query.audio_from = `${latest - (this.#behind ?? 0)}:${this.#received.get(latest) ?? 0}`;
    return query;
  }

  #resumed(complete: boolean): void {
    this.#returning = complete;
    if (complete) return;
    this.#behind = undefined;
    this.#latest = undefined;
    this.#lastEvent = "";
    this.#besides = new Set();
  }
}
