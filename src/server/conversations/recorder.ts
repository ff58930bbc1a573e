/** Records a session on two tracks while it goes on, where its user has agreed; never delays it. */
import type { Clock } from "../../lib/clock.ts";
import { bytesToPcm, durationMs } from "../../pipeline/audio/pcm.ts";
import { joinRecording } from "../../pipeline/recording/parts.ts";
import { openRecording, type SessionRecording } from "../../pipeline/recording/recording.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import { decodeAudio } from "../../session/codec.ts";
import type { OutgoingAudio } from "../../session/link.ts";
import type { LiveSession } from "../../session/session.ts";
import type { SessionJournal } from "../../store/journal/journal.ts";
import { newAudioKey } from "../../store/objects/keys.ts";
import type { AudioObjects } from "../../store/objects/objects.ts";
import type { AudioRecord } from "../../store/records.ts";
import type { Store } from "../../store/store.ts";
import type { Logger } from "../logging/log.ts";

export interface RecorderOptions {
  readonly objects: AudioObjects;
  readonly store: Pick<Store, "saveAudio" | "unfinishedRecordings">;
  readonly clock: Clock;
  readonly log: Logger;
  /** Time that a recording is kept, ms. */
  readonly keptMs: number;
}

/** Chunks and frames that may wait for a recording to open: those of a second or so. */
const mostEarly = 200;
/** Recordings that one call of `recover` deals with. */
const mostRecovered = 20;

/** The recorder of a process. */
export class Recorder {
  readonly #options: RecorderOptions;
  /** Ends of the sessions that are being recorded. */
  readonly #recording = new Map<string, Promise<void>>();
  /** Recordings being finished, by session. */
  readonly #finishing = new Map<string, Promise<void>>();

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Listens to a session and records it from when `session.kuku.record` is true until it is false, or the session ends. */
  readonly attend = (session: LiveSession, journal: SessionJournal): void => {
    const { clock } = this.#options;
    let take: Take | undefined;
    const end = () => {
      if (take) this.#finish(session.id, take);
      take = undefined;
      this.#recording.delete(session.id);
    };
    session.listen({
      event: (event) => {
        if (event.type === "session.created" || event.type === "session.updated") {
          const wanted = event.session.kuku?.record === true;
          if (wanted) {
            take ??= this.#begin(session, journal);
            this.#recording.set(session.id, session.ended);
          } else end();
        }
        if (take) followReply(event, take, clock);
      },
      audio: (audio) => take?.do((tracks) => tracks.coach(audio)),
      userAudio(pcm, rate) {
        const at = clock.now() - durationMs(pcm.length, rate);
        take?.do((tracks) => tracks.recording.user(pcm, rate, at));
      },
      played: (responseId, playedMs) => take?.do((tracks) => tracks.played(responseId, playedMs)),
    });
    void session.ended.then(end);
  };

  /** Resolves once nothing more of the recordings of a session that ends is written. Never rejects. */
  async settled(sessionId: string): Promise<void> {
    await this.#recording.get(sessionId);
    await this.#finishing.get(sessionId);
  }

  /** Joins the recordings that ended processes have left in parts. */
  async recover(): Promise<void> {
    const { store, objects } = this.#options;
    for (const { sessionId, ...record } of await store.unfinishedRecordings(mostRecovered)) {
      const joined = await joinRecording(objects, record.key);
      // One byte marks an empty recording as looked at: 0 bytes would have it recovered again.
      await store.saveAudio(sessionId, { ...record, ...(joined ?? { bytes: 1, durationMs: 0 }) });
    }
  }

  /** Begins a recording of a session. */
  #begin(session: LiveSession, journal: SessionJournal): Take {
    const { objects, clock, log, keptMs } = this.#options;
    const key = newAudioKey("wav");
    const now = clock.wallTime();
    const record: AudioRecord = {
      key,
      kind: "recording",
      contentType: "audio/wav",
      bytes: 0,
      createdAt: now,
      expiresAt: now + keptMs,
    };
    // Known to the store before the first sample is kept, so that it is found whatever happens.
    journal.write([
      { type: "session", patch: { recorded: true } },
      { type: "audio", audio: record },
    ]);
    const onFailed = (error: unknown) =>
      log.warn({ session: session.id, err: error }, "recording stopped early");
    const opening = openRecording({ objects, key, clock, onFailed });
    return new Take(
      record,
      opening.then((recording) => openTracks(recording, session, clock)),
      onFailed,
    );
  }

  #finish(sessionId: string, take: Take): void {
    const { store, log } = this.#options;
    const save = async (recording: SessionRecording) => {
      const joined = await recording.finish();
      await store.saveAudio(sessionId, { ...take.record, ...(joined ?? { bytes: 0, durationMs: 0 }) });
    };
    const done = Promise.all([take.opened, this.#finishing.get(sessionId)])
      .then(([tracks]) => tracks && save(tracks.recording))
      .catch((error: unknown) => log.warn({ session: sessionId, err: error }, "recording left in parts"))
      .finally(() => this.#finishing.get(sessionId) === done && this.#finishing.delete(sessionId));
    this.#finishing.set(sessionId, done);
  }
}

/** A recording from its beginning, perhaps not open yet. */
class Take {
  readonly record: AudioRecord;
  /** Resolves once the recording is open; undefined where it could not be opened. Never rejects. */
  readonly opened: Promise<Tracks | undefined>;
  #early: ((tracks: Tracks) => void)[] = [];
  #tracks: Tracks | undefined;

  constructor(record: AudioRecord, opening: Promise<Tracks>, onFailed: (error: unknown) => void) {
    this.record = record;
    this.opened = opening.then(
      (tracks) => {
        this.#tracks = tracks;
        for (const work of this.#early) work(tracks);
        this.#early = [];
        return tracks;
      },
      (error) => {
        onFailed(error);
        return undefined;
      },
    );
  }

  /** Applies `work` to the recording, once it is open; up to `mostEarly` of them wait for that. */
  do(work: (tracks: Tracks) => void): void {
    if (this.#tracks) work(this.#tracks);
    else if (this.#early.length < mostEarly) this.#early.push(work);
  }
}

/** Applies the events that hold, resume and cut a reply. */
function followReply(event: ServerEvent, take: Take, clock: Clock): void {
  const now = clock.now();
  if (event.type === "kuku.playback.pause") take.do(({ recording }) => recording.holdCoach(now));
  else if (event.type === "kuku.playback.resume") take.do(({ recording }) => recording.releaseCoach(now));
  else if (event.type === "kuku.playback.clear") take.do((tracks) => tracks.cut(now));
  else if (event.type === "response.done" && event.response.status === "cancelled")
    take.do((tracks) => tracks.cut(now));
}

/** An open recording, and the position of the coach's audio in time. */
interface Tracks {
  readonly recording: SessionRecording;
  coach(audio: OutgoingAudio): void;
  played(responseId: string, playedMs: number): void;
  /** `now`: the clock's, ms. */
  cut(now: number): void;
}

/** Places the coach's audio at the time of its playback: behind earlier audio, or where the client reports it. */
function openTracks(recording: SessionRecording, session: LiveSession, clock: Clock): Tracks {
  /** Time at which the response's first sample is played. */
  let start: { readonly responseId: string; readonly at: number } | undefined;
  let endsAt = 0;
  return {
    recording,
    coach(audio) {
      const { format } = session.state.config.audio.output;
      const pcm = format.type === "audio/pcm" ? bytesToPcm(audio.bytes) : decodeAudio(format, audio.bytes);
      const offset = durationMs(audio.startSample, audio.rate);
      if (start?.responseId !== audio.responseId)
        start = { responseId: audio.responseId, at: Math.max(clock.now(), endsAt) - offset };
      const at = start.at + offset;
      recording.coach(pcm, audio.rate, at);
      endsAt = at + durationMs(pcm.length, audio.rate);
    },
    played(responseId, playedMs) {
      if (start?.responseId === responseId) start = { responseId, at: clock.now() - playedMs };
    },
    cut(now) {
      recording.cutCoach(now);
      endsAt = 0;
    },
  };
}
