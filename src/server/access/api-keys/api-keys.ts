/** API keys (`kk_…`): made once and shown once, kept as a hash, asked for in the database each time they are shown. */
import type { Clock } from "../../../lib/clock.ts";
import { hashSecret, newId, newSecret } from "../../../lib/ids.ts";
import { describeError } from "../../../store/failures.ts";
import type { FoundKey, KeyQueries, KeyRecord, Standing } from "../../../store/queries/key-queries.ts";
import type { Quotas } from "../../config/access-settings.ts";
import type { Logger } from "../../logging/log.ts";
import type { Scope } from "../principal.ts";
import { endSessions, type RevocableSession } from "../revocable-session.ts";

/** How every key begins. */
export const keyPrefix = "kk_";
/** Digits of the part that is kept to tell a key by, and of the secret behind it (160 bits). */
const nameDigits = 12;
const keyShape = /^kk_[0-9a-f]{12}_[0-9a-f]{40}$/;
/** Keys of one owner that are not revoked. */
export const mostKeys = 50;
/** That a key was used is written this often at most, ms. */
const noteEveryMs = 60_000;
/** Keys whose last writing is remembered. */
const mostNoted = 10_000;

interface WantedKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Wall-clock ms; absent: until it is revoked. */
  readonly expiresAt?: number;
  /** Below those of its owner. */
  readonly limits?: Quotas;
}

/** Every method throws StoreError where the database cannot be reached. */
export interface Keys {
  /** A new one; undefined: the owner has as many as one may have (`mostKeys`). `token` is told nowhere else. */
  make(
    ownerId: string,
    wanted: WantedKey,
  ): Promise<{ readonly token: string; readonly key: KeyRecord } | undefined>;
  /** Those that are not revoked, newest first. */
  list(ownerId: string): Promise<readonly KeyRecord[]>;
  /**
   * From now on the key is unknown, and sessions here that were opened with it end; other nodes follow within seconds
   * (`openKeyWatch`). `ownerId` left out: whoever's it is. Undefined: there is none to revoke.
   */
  revoke(id: string, ownerId?: string): Promise<KeyRecord | undefined>;
  /** The key that this is, good or not; undefined: it never was one. Notes that it was used, without waiting. */
  find(token: string): Promise<FoundKey | undefined>;
  findById(id: string): Promise<FoundKey | undefined>;
  /** What the accounts say of somebody; with `signInId`, known only as long as that sign-in is there. */
  standing(ownerId: string, signInId?: string): Promise<Standing>;
}

/** Whether a key may be used, whoever's it is. */
export function isGood({ revokedAt, expiresAt }: KeyRecord, now: number): boolean {
  return revokedAt === undefined && (expiresAt === undefined || now < expiresAt);
}

/** Opens the keys. `live`: the sessions of this node. */
export function openKeys(options: {
  readonly queries: KeyQueries;
  readonly live: () => Iterable<RevocableSession>;
  readonly clock: Clock;
  readonly log: Logger;
}): Keys {
  const { queries, live, clock, log } = options;
  const noted = new Map<string, number>();

  const note = (id: string) => {
    const now = clock.wallTime();
    if (now - (noted.get(id) ?? Number.NEGATIVE_INFINITY) < noteEveryMs) return;
    noted.delete(id);
    noted.set(id, now);
    if (noted.size > mostNoted) noted.delete(noted.keys().next().value!);
    queries.used(id, now).catch((error: unknown) => {
      log.warn({ key: id, error: describeError(error) }, "it could not be noted that a key was used");
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
        ...(expiresAt !== undefined && { expiresAt }),
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
    async find(token) {
      if (!keyShape.test(token)) return undefined;
      // Found by its hash: how long that takes tells nothing of the key.
      const found = await queries.find({ hash: hashSecret(token) }, clock.wallTime());
      if (found && isGood(found.key, clock.wallTime())) note(found.key.id);
      return found;
    },
    findById: (id) => queries.find({ id }, clock.wallTime()),
    standing: (ownerId, signInId) => queries.standing(ownerId, clock.wallTime(), signInId),
  };
}
