/** Where the log's lines go: the standard output, written in the background so that a reader that stands still stops nothing. */
import { type DestinationStream, destination } from "pino";

/** Lines that wait for the reader, bytes; a line beyond that is dropped and counted. About 4,000 lines. */
const mostWaitingBytes = 1024 * 1024;
/** Tries to write what waits when the process ends, 100 ms apart. */
const triesAtExit = 5;

interface StandardOutput extends DestinationStream {
  /** Lines dropped since the start. */
  readonly dropped: number;
}

interface StandardOutputOptions {
  /** Called when the reader has taken all that waited, with the number of lines dropped since the last time. */
  readonly onCaughtUp: (dropped: number) => void;
}

/** Opens the standard output for lines. What waits is written when the process exits, within half a second. */
export function openStandardOutput({ onCaughtUp }: StandardOutputOptions): StandardOutput {
  let dropped = 0;
  let told = 0;
  let triesLeft = Number.POSITIVE_INFINITY;
  process.once("exit", () => {
    triesLeft = triesAtExit;
  });
  // Node makes a pipe non-blocking when it opens the stream: a write to a full one then fails at once and is tried again,
  // where it would else block a thread, and the exit with it.
  void process.stdout;
  const output = destination({
    dest: 1,
    sync: false,
    maxLength: mostWaitingBytes,
    retryEAGAIN: () => triesLeft-- > 0,
  });
  output.on("drop", () => dropped++);
  output.on("drain", () => {
    const since = dropped - told;
    told = dropped;
    if (since > 0) onCaughtUp(since);
  });
  // What could not be written waits for the next line: a log on a full disk ends no process.
  output.on("error", () => {});
  const flushSync = output.flushSync.bind(output);
  output.flushSync = () => {
    try {
      flushSync();
    } catch {
      // At the exit, with a reader that still stands: these lines are lost.
    }
  };
  return {
    write: (line) => void output.write(line),
    get dropped() {
      return dropped;
    },
  };
}
