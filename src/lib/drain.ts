/** Reads a stream to its end, for its end alone. */

/**
 * Resolves once `source` has ended; rejects with its error. While it waits it holds no value, as a `for await` does with
 * the last one: of audio, in many sessions at once, that is memory.
 */
export function drain(source: AsyncIterable<unknown>): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  return new Promise((resolve, reject) => {
    const read = () => void iterator.next().then(onResult, reject);
    const onResult = ({ done }: IteratorResult<unknown>) => (done ? resolve() : read());
    read();
  });
}
