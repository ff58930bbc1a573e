/** What a socket that comes back may have missed: the latest events and the reply audio that was not heard yet, bounded. */
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { OutgoingAudio } from "../link.ts";

/** One thing that left the session. */
export type OutboundMessage =
  | { readonly type: "event"; readonly event: ServerEvent }
  | { readonly type: "audio"; readonly audio: OutgoingAudio };

/** The next sample of reply audio that a client needs. */
export interface AudioPosition {
  /** Counts the session's responses from 1. */
  readonly responseNumber: number;
  /** Within that response. */
  readonly sample: number;
}

/** Events kept; the oldest goes first. A turn has some thirty. */
const maxEvents = 400;
/** Audio kept of a client that reports what it plays; what was heard is let go long before this, bytes (30 s at 24 kHz). */
export const maxAudioBytes = 1_440_000;
/**
 * Audio kept of a client that does not, or has not yet: what a dropped socket may have swallowed, which is most of a reply
 * that left as fast as it was made, bytes (10 s at 24 kHz).
 */
const maxUnreportedBytes = 480_000;

interface Numbered<T> {
  /** Its place among all that was sent. */
  readonly at: number;
  readonly value: T;
}

/** Makes an empty store of what was sent. */
export function openReplayBuffer() {
  const events: Numbered<ServerEvent>[] = [];
  const audio: Numbered<OutgoingAudio>[] = [];
  let count = 0;
  let audioBytes = 0;
  let forgotten = false;
  let reports = false;
  /** The last audio that was let go before anybody could have had it. */
  let lost: OutgoingAudio | undefined;

  const dropFirst = () => {
    const first = audio.shift();
    if (first) audioBytes -= first.value.bytes.length;
  };

  return {
    /** Bytes of audio kept. */
    get audioBytes() {
      return audioBytes;
    },
    /** `detached`: nobody takes it meanwhile, so that more of it is kept. */
    add(sent: OutboundMessage, detached: boolean): void {
      if (sent.type === "event") {
        events.push({ at: count++, value: sent.event });
        if (events.length <= maxEvents) return;
        events.shift();
        forgotten = true;
        return;
      }
      audio.push({ at: count++, value: sent.audio });
      audioBytes += sent.audio.bytes.length;
      const most = detached || reports ? maxAudioBytes : maxUnreportedBytes;
      while (audioBytes > most && audio.length > 1) {
        if (detached) lost = audio[0]?.value;
        dropFirst();
      }
    },
    /** What the listener has heard need not be kept; responses are played in order. `over`: it plays no more of it. */
    heard(responseId: string, playedMs: number, over: boolean): void {
      reports = true;
      const last = audio.findLastIndex(({ value }) => value.responseId === responseId);
      const next = audio.findIndex(
        ({ value }) => value.responseId === responseId && !over && endMs(value) > playedMs,
      );
      for (let left = next < 0 ? last + 1 : next; left > 0; left--) dropFirst();
    },
    /** All audio so far has arrived at a client that does not say what it plays. False: this one does. */
    arrived(upTo: number): boolean {
      while (!reports && audio[0] && audio[0].at < upTo) dropFirst();
      return !reports;
    },
    /** How much was sent so far. */
    get count() {
      return count;
    },
    /** Nothing more of this response will be played. */
    cut(responseId: string): void {
      const kept = audio.filter((each) => each.value.responseId !== responseId);
      audio.splice(0, audio.length, ...kept);
      audioBytes = kept.reduce((sum, each) => sum + each.value.bytes.length, 0);
    },
    /**
     * What came after an event, in order: events behind it, and audio from `from` on. Undefined: it is too long ago, or
     * no event of this session, or audio that is wanted was let go while nobody took it. Without `from`: all audio that is
     * kept.
     */
    since(lastEvent: string, from: AudioPosition | undefined): OutboundMessage[] | undefined {
      const seen = events.findIndex((each) => each.value.event_id === lastEvent);
      if (seen < 0 && (forgotten || lastEvent !== "")) return undefined;
      if (lost && isWanted(lost, from)) return undefined;
      const missed: Numbered<OutboundMessage>[] = [
        ...events
          .slice(seen + 1)
          .map(({ at, value }) => ({ at, value: { type: "event", event: value } as const })),
        ...audio
          .filter((each) => isWanted(each.value, from))
          .map(({ at, value }) => ({ at, value: { type: "audio", audio: value } as const })),
      ];
      return missed.sort((a, b) => a.at - b.at).map((each) => each.value);
    },
  };
}

export type ReplayBuffer = ReturnType<typeof openReplayBuffer>;

function endMs({ startSample, samples, rate }: OutgoingAudio): number {
  return ((startSample + samples) * 1000) / rate;
}

/** Whole chunks go again; their header says where they belong, so that a client drops what it has. */
function isWanted(audio: OutgoingAudio, from: AudioPosition | undefined): boolean {
  if (!from || audio.responseNumber > from.responseNumber) return true;
  const end = audio.startSample + audio.samples;
  return audio.responseNumber === from.responseNumber && end > from.sample;
}
