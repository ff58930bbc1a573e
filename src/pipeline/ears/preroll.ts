/** The ears' memory before a turn: the last moments of audio, so that a turn starts before its start was noticed. */

/** A ring of samples. */
export interface Preroll {
  push(pcm: Int16Array): void;
  /** Takes the newest `count` samples out (fewer when there are fewer) as a copy, and empties the ring. */
  take(count: number): Int16Array;
  clear(): void;
  /** Samples held. */
  readonly length: number;
}

/** Makes a ring that keeps the newest `capacity` samples. */
export function createPreroll(capacity: number): Preroll {
  const ring = new Int16Array(capacity);
  let end = 0;
  let length = 0;
  return {
    push(pcm) {
      const kept = pcm.length > capacity ? pcm.subarray(pcm.length - capacity) : pcm;
      const first = Math.min(kept.length, capacity - end);
      ring.set(first === kept.length ? kept : kept.subarray(0, first), end);
      if (first < kept.length) ring.set(kept.subarray(first), 0);
      end = capacity === 0 ? 0 : (end + kept.length) % capacity;
      length = Math.min(capacity, length + kept.length);
    },
    take(count) {
      const out = new Int16Array(Math.min(count, length));
      const start = end - out.length;
      if (start >= 0) out.set(ring.subarray(start, end));
      else {
        out.set(ring.subarray(capacity + start));
        out.set(ring.subarray(0, end), -start);
      }
      length = 0;
      return out;
    },
    clear() {
      length = 0;
    },
    get length() {
      return length;
    },
  };
}
