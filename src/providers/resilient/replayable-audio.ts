/** Audio of an utterance that can be read again: another attempt needs it from the beginning. */

export interface ReplayableAudio {
  /** The audio from its beginning, what is still to come included. One reader after another. */
  read(): AsyncIterable<Int16Array>;
  /** Lets go of the source. */
  close(): void;
}

/** Keeps what is read of `audio`: the pieces themselves, not copies. An utterance's length is bounded by the ears. */
export function replayable(audio: AsyncIterable<Int16Array>): ReplayableAudio {
  const source = audio[Symbol.asyncIterator]();
  const pieces: Int16Array[] = [];
  let ended = false;
  let pending: Promise<void> | undefined;
  // A reader that has left may have asked for a piece: the next reader waits for the same one.
  const more = () => {
    pending ??= source.next().then(
      (next) => {
        pending = undefined;
        if (next.done) ended = true;
        else pieces.push(next.value);
      },
      (error) => {
        pending = undefined;
        throw error;
      },
    );
    return pending;
  };
  return {
    async *read() {
      for (let at = 0; ; ) {
        if (at < pieces.length) yield pieces[at++] as Int16Array;
        else if (ended) return;
        else await more();
      }
    },
    close: () => void source.return?.().catch(() => {}),
  };
}
