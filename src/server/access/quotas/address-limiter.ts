/** Requests and upgrades by address, counted before anything of them is looked at: no waiting, no timers, bounded memory. */
import type { Clock } from "../../../lib/clock.ts";
import { type TokenBucket, tokenBucket } from "../../net/rate-limit.ts";

/** Addresses that are remembered: some 6 MB. A flood from more forgets those that were silent for longest. */
const mostAddresses = 20_000;

export interface AddressLimiter {
  /** Counts one of an address; false: that was one too many. */
  take(address: string): boolean;
  /** Addresses that are remembered. */
  readonly size: number;
}

/** @param perMinute of one address, > 0: sustained, and as many in one burst */
export function openAddressLimiter(
  perMinute: number,
  { clock, most = mostAddresses }: { readonly clock: Clock; readonly most?: number },
): AddressLimiter {
  const buckets = new Map<string, TokenBucket>();
  return {
    take(address) {
      const now = clock.now();
      const bucket = buckets.get(address) ?? tokenBucket(Math.max(1, perMinute), perMinute / 60, now);
      // Last heard of, last in order.
      buckets.delete(address);
      buckets.set(address, bucket);
      if (buckets.size > most) buckets.delete(buckets.keys().next().value!);
      return bucket.take(1, now);
    },
    get size() {
      return buckets.size;
    },
  };
}
