/** A transcript made at a pause, in case nothing more is said: what it hears is the utterance so far. */
import { Cancelled } from "../../lib/scope.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import type { TranscribeOptions, Transcriber, Transcript } from "../../ports/transcriber.ts";

/** One utterance's draft: it keeps the audio until the first pause, and starts there; it never starts again. */
export interface DraftTranscript {
  /** Keeps `pcm`, not a copy, while a draft may yet start. */
  keep(pcm: Int16Array): void;
  /** A pause: the first one starts the draft. */
  start(): void;
  /** Speech goes on, or all is thrown away: the draft ends, and so does its request. */
  drop(): void;
  /** Resolves, at once when none is under way, with the draft's transcript: undefined where it was dropped or failed. */
  finished(): Promise<Transcript | undefined>;
  /** What came out, once it is there and while it holds. */
  readonly transcript: Transcript | undefined;
}

export interface DraftOptions {
  readonly transcriber: Transcriber;
  readonly options: Omit<TranscribeOptions, "signal">;
  /** The transcript is there, and no speech came since. */
  readonly onTranscript: (transcript: Transcript) => void;
}

/** Makes the draft of one utterance. A failure of the transcriber is no more than no transcript. */
export function createDraftTranscript({ transcriber, options, onTranscript }: DraftOptions): DraftTranscript {
  const life = new AbortController();
  let kept: Int16Array[] | undefined = [];
  let running: Promise<void> | undefined;
  let transcript: Transcript | undefined;

  const transcribe = async (pieces: readonly Int16Array[]) => {
    try {
      const events = transcriber.transcribe(replay(pieces), { ...options, signal: life.signal });
      for await (const event of untilAborted(events, life.signal)) {
        if (event.type !== "final") continue;
        if (life.signal.aborted) return;
        transcript = event.transcript;
        onTranscript(transcript);
        return;
      }
    } catch {
      // The transcription of the whole utterance goes on beside this one, and tells of its own failure.
    }
  };
  return {
    keep(pcm) {
      kept?.push(pcm);
    },
    start() {
      if (!kept) return;
      running = transcribe(kept);
      kept = undefined;
    },
    drop() {
      kept = undefined;
      transcript = undefined;
      if (!life.signal.aborted) life.abort(new Cancelled("finished"));
    },
    async finished() {
      await running;
      return transcript;
    },
    get transcript() {
      return transcript;
    },
  };
}

async function* replay(pieces: readonly Int16Array[]): AsyncGenerator<Int16Array, void, undefined> {
  yield* pieces;
}
