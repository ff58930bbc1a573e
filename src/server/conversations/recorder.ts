/** Records a session on two tracks while it goes on, where its user has agreed: beside it, and never in its way. */
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
  /** How long a recording is kept, ms. */
  readonly keptMs: number;
}

export interface Recorder {
  /** Listens to a session, and records it from when `session.kuku.record` is true until it is false, or the end. */
  attend(session: LiveSession, journal: SessionJournal): void;
  /** Resolves once nothing more of an ended session's recordings is written. Never rejects. */
  settled(sessionId: string): Promise<void>;
  /** Finishes recordings that processes which are gone have left in parts. */
  recover(): Promise<void>;
}

/** What waits for a recording to open, which takes a moment: chunks and frames of a second or so. */
const mostEarly = 200;
/** How many recordings are recovered at once. */
const mostRecovered = 20;

/** Opens the recorder of a process. */
export function openRecorder(options: RecorderOptions): Recorder {
  const { objects, store, clock, log } = options;
  /** What is being finished, by session. */
  const finishing = new Map<string, Promise<void>>();

  const finish = async (sessionId: string, record: AudioRecord, recording: SessionRecording) => {
    const joined = await recording.finish();
    await store.saveAudio(sessionId, { ...record, ...(joined ?? { bytes: 0, durationMs: 0 }) });
  };

  /** Begins a recording of a session; what is to be recorded before it is open waits. */
  const begin = (session: LiveSession, journal: SessionJournal): Take => {
    const key = newAudioKey("wav");
    const now = clock.wallTime();
    const record: AudioRecord = {
      key,
      kind: "recording",
      contentType: "audio/wav",
      bytes: 0,
      createdAt: now,
      expiresAt: now + options.keptMs,
    };
    // Known to the store before the first sample is kept, so that it is found whatever happens.
    journal.write([
      { type: "session", patch: { recorded: true } },
      { type: "audio", audio: record },
    ]);
    const onFailed = (error: unknown) =>
      log.warn({ session: session.id, err: error }, "the recording ends here");
    let early: ((stage: Stage) => void)[] | undefined = [];
    let stage: Stage | undefined;
    const opening = openRecording({ objects, key, clock, onFailed }).then((recording) => {
      stage = openStage(recording, session, clock);
      for (const work of early ?? []) work(stage);
      early = undefined;
    }, onFailed);
    return {
      do(work) {
        if (stage) work(stage);
        else if (early && early.length < mostEarly) early.push(work);
      },
      end() {
        const { id } = session;
        const done = Promise.all([finishing.get(id), opening])
          .then(() => stage && finish(id, record, stage.recording))
          .catch((error: unknown) => log.warn({ session: id, err: error }, "the recording is left in parts"))
          .finally(() => finishing.get(id) === done && finishing.delete(id));
        finishing.set(id, done);
      },
    };
  };

  return {
    attend(session, journal) {
      let take: Take | undefined;
      const end = () => {
        take?.end();
        take = undefined;
      };
      session.listen({
        event(event) {
          if (event.type === "session.created" || event.type === "session.updated") {
            const wanted = event.session.kuku?.record === true;
            if (wanted) take ??= begin(session, journal);
            else end();
          }
          if (take) follow(event, take, clock);
        },
        audio: (audio) => take?.do((stage) => stage.coach(audio)),
        userAudio(pcm, rate) {
          const at = clock.now() - durationMs(pcm.length, rate);
          take?.do((stage) => stage.recording.user(pcm, rate, at));
        },
        played: (responseId, playedMs) => take?.do((stage) => stage.played(responseId, playedMs)),
      });
      void session.ended.then(end);
    },
    async settled(sessionId) {
      await finishing.get(sessionId);
    },
    async recover() {
      for (const { sessionId, ...record } of await store.unfinishedRecordings(mostRecovered)) {
        const joined = await joinRecording(objects, record.key);
        // Of one byte: nothing was ever recorded, and it need not be looked at again.
        await store.saveAudio(sessionId, { ...record, ...(joined ?? { bytes: 1, durationMs: 0 }) });
      }
    },
  };
}

/** A recording that was begun, perhaps not open yet. */
interface Take {
  do(work: (stage: Stage) => void): void;
  end(): void;
}

/** What a session tells of its reply's being held, let go and cut. */
function follow(event: ServerEvent, take: Take, clock: Clock): void {
  const now = clock.now();
  if (event.type === "kuku.playback.pause") take.do(({ recording }) => recording.holdCoach(now));
  else if (event.type === "kuku.playback.resume") take.do(({ recording }) => recording.releaseCoach(now));
  else if (event.type === "kuku.playback.clear") take.do((stage) => stage.cut(now));
  else if (event.type === "response.done" && event.response.status === "cancelled")
    take.do((stage) => stage.cut(now));
}

/** One recording while it is made: where the coach's audio lies in time. */
interface Stage {
  readonly recording: SessionRecording;
  coach(audio: OutgoingAudio): void;
  played(responseId: string, playedMs: number): void;
  /** `now`: the clock's, ms. */
  cut(now: number): void;
}

/** Places the coach's audio when it is played: behind what came before, or where the client says that it is. */
function openStage(recording: SessionRecording, session: LiveSession, clock: Clock): Stage {
  /** When the response's first sample is played. */
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
