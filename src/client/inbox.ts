/** Between the socket and the client: what has come of a session, so that what comes again is dropped, to the sample. Pure. */
import type { ServerEvent } from "../protocol/server-events.ts";
import type { ReplyAudio } from "./playout.ts";

/** Events of which the connection made some itself, beside the session, so that they cannot say how far it came. */
const beside: ReadonlySet<string> = new Set(["error", "kuku.going_away", "kuku.resumed"]);
/** Responses whose audio is remembered. */
const mostResponses = 16;

/** Opens the inbox of one session. Responses are counted as the client is told of them, on whichever server. */
export function openInbox() {
  let lastEvent = "";
  /** Ids of events behind the last one, which may come again. */
  let besides = new Set<string>();
  /** A `session.updated` of the return itself follows. */
  let returning = false;
  let responses = 0;
  /** What the server's numbers are less than ours; undefined until its first frame. */
  let behind: number | undefined;
  /** Samples had, by our number of the response. */
  const had = new Map<number, number>();
  let latest: number | undefined;

  return {
    /** Takes an event; false: it had come before. */
    event(event: ServerEvent): boolean {
      const { type, event_id } = event;
      if (beside.has(type) && event_id !== undefined && besides.has(event_id)) return false;
      if (type === "kuku.resumed") {
        returning = event.complete;
        if (!event.complete) {
          behind = undefined;
          latest = undefined;
          lastEvent = "";
          besides = new Set();
        }
        return true;
      }
      const ofReturn = returning && type === "session.updated";
      returning = false;
      if (ofReturn) return true;
      if (beside.has(type)) {
        besides.add(event_id);
        return true;
      }
      lastEvent = event_id;
      if (besides.size > 0) besides = new Set();
      if (type === "response.created") responses++;
      return true;
    },
    /** Takes a frame; what is left of it, with our number, or undefined where all of it had come. */
    audio({ responseNumber, startSample, pcm }: ReplyAudio): ReplyAudio | undefined {
      // A session's first frame on a server follows the `response.created` it belongs to.
      behind ??= responses === 0 ? 0 : responses - responseNumber;
      const number = responseNumber + behind;
      const next = had.get(number) ?? 0;
      const skip = Math.max(0, next - startSample);
      if (skip >= pcm.length) return undefined;
      had.set(number, startSample + pcm.length);
      had.delete(number - mostResponses);
      latest = Math.max(latest ?? 0, number);
      if (skip === 0) return { responseNumber: number, startSample, pcm };
      return { responseNumber: number, startSample: next, pcm: pcm.subarray(skip) };
    },
    /** What a socket that comes back says it has, as query parameters. */
    seen(): Record<string, string> {
      const query: Record<string, string> = {};
      if (lastEvent !== "") query.last_event = lastEvent;
      if (latest !== undefined) query.audio_from = `${latest - (behind ?? 0)}:${had.get(latest) ?? 0}`;
      return query;
    },
  };
}
