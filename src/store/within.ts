/** A ceiling for what is being taken down. */
import { type Clock, sleep } from "../lib/clock.ts";

/** Waits for `work`, but no longer than `ms`. True: it has ended (well or not). */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  const ended = new AbortController();
  const deadline = sleep(clock, ms, ended.signal).then(
    () => false,
    () => true,
  );
  const done = work.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([done, deadline]);
  ended.abort();
  return inTime;
}
