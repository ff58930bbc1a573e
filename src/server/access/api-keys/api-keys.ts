/** API keys (`kk_…`): shown once, kept as a hash, looked up in the database with every request. */
import { LRUCache } from "lru-cache";
import type { Clock } from "../../../lib/clock.ts";
import { hashSecret, newId, newSecret } from "../../../lib/ids.ts";
import { describeError } from "../../../store/failures.ts";
import type { FoundKey, KeyQueries, KeyRecord, Standing } from "../../../store/queries/key-queries.ts";
import type { Quotas } from "../../config/access-settings.ts";
import type { Logger } from "../../logging/log.ts";
import type { Scope } from "../principal.ts";
import { endSessions, type RevocableSession } from "../revocable-session.ts";

/** Prefix of every key. */
export const keyPrefix = "kk_";
/** Hexadecimal digits of the public prefix; the secret after it has 40 (160 bits). */
const nameDigits = 12;
const keyShape = /^kk_[0-9a-f]{12}_[0-9a-f]{40}$/;
/** Unrevoked keys of one owner. */
export const mostKeys = 50;
/** Shortest time between two writes of a key's last use, ms. */
const noteEveryMs = 60_000;
/** Keys whose last write is remembered. */
const mostNoted = 10_000;

interface WantedKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Wall-clock ms; absent: valid until revoked. */
  readonly expiresAt?: number;
  /** Below those of its owner. */
  readonly limits?: Quotas;
}

/** Every method throws StoreError while the database cannot be reached. */
export interface Keys {
  /** Makes a key; undefined: the owner has `mostKeys` already. `token` is returned here alone. */
  make(
    ownerId: string,
    wanted: WantedKey,
  ): Promise<{ readonly token: string; readonly key: KeyRecord } | undefined>;
  /** Lists the unrevoked keys, newest first. */
  list(ownerId: string): Promise<readonly KeyRecord[]>;
  /**
   * Revokes a key and ends this node's sessions that were opened with it; other nodes follow within seconds
   * (`openRevocationWatch`). Without `ownerId`: a key of any owner. Undefined: there is no such key.
   */
  revoke(id: string, ownerId?: string): Promise<KeyRecord | undefined>;
  /** Revokes all keys of an owner, as `revoke` does one. */
  revokeAll(ownerId: string): Promise<void>;
  /** Finds the key of a token, valid or not; undefined: there is none. Records its use in the background. */
  find(token: string): Promise<FoundKey | undefined>;
  findById(id: string): Promise<FoundKey | undefined>;
  /** Reads the standing of an account; with `signInId`, it is known only while that sign-in lasts. */
  standing(ownerId: string, signInId?: string): Promise<Standing>;
}

/** Whether a key is neither revoked nor expired. */
export function isValid({ revokedAt, expiresAt }: KeyRecord, now: number): boolean {
  return revokedAt === undefined && (expiresAt === undefined || now < expiresAt);
}

/** @param options.live the sessions of this node */
export function openKeys(options: {
  readonly queries: KeyQueries;
  readonly live: () => Iterable<RevocableSession>;
  readonly clock: Clock;
  readonly log: Logger;
}): Keys {
  const { queries, live, clock, log } = options;
  const notedAt = new LRUCache<string, number>({ max: mostNoted });

  const note = (id: string) => {
    const now = clock.wallTime();
    if (now - (notedAt.get(id) ?? Number.NEGATIVE_INFINITY) < noteEveryMs) return;
    notedAt.set(id, now);
    queries.used(id, now).catch((error: unknown) => {
      log.warn({ key: id, error: describeError(error) }, "recording API key use failed");
    });
  };

  return {
    async make(ownerId, { name, scopes, expiresAt, limits }) {
      const prefix = `${keyPrefix}${newSecret().slice(0, nameDigits)}`;
      const token = `${prefix}_${newSecret()}`;
      const key: KeyRecord = {
        id: newId("key"),
        ownerId,
        name,
        prefix,
        scopes,
        ...(limits && { limits: { ...limits } }),
        createdAt: clock.wallTime(),
        expiresAt,
      };
      const added = await queries.add({ ...key, hash: hashSecret(token) }, mostKeys);
      return added ? { token, key } : undefined;
    },
    list: (ownerId) => queries.list(ownerId),
    async revoke(id, ownerId) {
      const revoked = await queries.revoke(id, clock.wallTime(), ownerId);
      if (revoked) endSessions(live(), ({ keyId }) => keyId === id);
      return revoked;
    },
    async revokeAll(ownerId) {
      const revoked = new Set(await queries.revokeAll(ownerId, clock.wallTime()));
      endSessions(live(), ({ keyId }) => keyId !== undefined && revoked.has(keyId));
    },
    async find(token) {
      if (!keyShape.test(token)) return undefined;
      // Looked up by its hash, so that the time it takes tells nothing of the key.
      const found = await queries.find({ hash: hashSecret(token) }, clock.wallTime());
      if (found && isValid(found.key, clock.wallTime())) note(found.key.id);
      return found;
    },
    findById: (id) => queries.find({ id }, clock.wallTime()),
    standing: (ownerId, signInId) => queries.standing(ownerId, clock.wallTime(), signInId),
  };
}
