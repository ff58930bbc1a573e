/** Limits requests and upgrades by address before anything of them is read: synchronous, without timers, in bounded memory. */
import { LRUCache } from "lru-cache";
import type { Clock } from "../../../lib/clock.ts";
import { type TokenBucket, tokenBucket } from "../../net/rate-limit.ts";

/** Addresses that are remembered, some 6 MB; beyond them the least recently seen is forgotten. */
const mostAddresses = 20_000;

export interface AddressLimiter {
  /** Counts a request of an address; false: it is over the limit. */
  take(address: string): boolean;
  /** Addresses that are remembered. */
  readonly size: number;
}

/** @param perMinute requests of one address, > 0: sustained, and as many in one burst */
export function openAddressLimiter(
  perMinute: number,
  { clock, most = mostAddresses }: { readonly clock: Clock; readonly most?: number },
): AddressLimiter {
  const buckets = new LRUCache<string, TokenBucket>({ max: most });
  return {
    take(address) {
      const now = clock.now();
      const bucket = buckets.get(address) ?? tokenBucket(Math.max(1, perMinute), perMinute / 60, now);
      buckets.set(address, bucket);
      return bucket.take(1, now);
    },
    get size() {
      return buckets.size;
    },
  };
}
