/** Puts the limits together: what this process counts for itself, and what all nodes count in the database. */
import type { CancelTimer, Clock } from "../../../lib/clock.ts";
import { settlesWithin } from "../../../lib/timeout.ts";
import type { Database } from "../../../store/database.ts";
import { describeError } from "../../../store/failures.ts";
import { openLimitPool } from "../../../store/queries/limit-pool.ts";
import { openUsage } from "../../../store/queries/usage-queries.ts";
import type { AccessConfig } from "../../config/access-settings.ts";
import type { Logger } from "../../logging/log.ts";
import { countedAddress } from "../../net/addresses.ts";
import { openAddressLimiter } from "./address-limiter.ts";
import { openDailyQuotas } from "./daily-quotas.ts";
import { secondsLeftOfDay } from "./days.ts";
import { openFailedAttempts } from "./failed-attempts.ts";
import { openFixedWindowLimiter } from "./fixed-window-limiter.ts";
import type { Limiter } from "./limiter.ts";
import { tooManyGuesses, tooOften, usedUp } from "./refusals.ts";
import { SessionMeter } from "./session-meter.ts";
import { openSessionStartLimiter } from "./session-start-limiter.ts";
import { knownSubjects, subjectsOf } from "./subjects.ts";
import { openUsageLedger } from "./usage-ledger.ts";
import { openWindowStore } from "./window-store.ts";

export interface LimiterOptions {
  readonly access: Pick<AccessConfig, "perUser" | "perAddress" | "guests" | "mostFailures">;
  readonly database: Database;
  /** Names this process among those on the same database. */
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, "warn" | "error" | "info">;
}

export interface OpenLimiter extends Limiter {
  /** Stores what is gathered, if the database takes it in time; before the store closes. */
  close(): Promise<void>;
}

/** Guests come and go, and nobody asks what one of them used: their days are one row. */
const guestsOwner = "guests";
const minuteSeconds = 60;
/** How often counters are cleared away that expired, ms. */
const sweepMs = 600_000;
/** What the last flush may take, ms. */
const closeMs = 2000;

/** Opens them on the store's database. */
export function openLimiter({ access, database, nodeId, clock, log }: LimiterOptions): OpenLimiter {
  const pool = openLimitPool({ database, clock, log });
  const own = openWindowStore();
  const lasting = openWindowStore(pool);
  // Minutes are forgotten with the process; with one node there is nobody to share them with.
  const shared = database.embedded ? own : lasting;
  const requests = openFixedWindowLimiter({ windows: shared, clock });
  const guesses = openFailedAttempts({ own, shared, most: access.mostFailures, clock });
  const { requestsPerMinute } = access.perAddress;
  const arrivals =
    requestsPerMinute === undefined ? undefined : openAddressLimiter(requestsPerMinute, { clock });
  const beginnings = openSessionStartLimiter({
    allowances: openFixedWindowLimiter({ windows: lasting, clock }),
    others: database.embedded ? undefined : { pool, nodeId },
    clock,
  });
  const tallies = openDailyQuotas({
    pool,
    clock,
    onDropped: (entries) => log.error({ entries }, "use of quotas could not be stored and is forgotten"),
  });
  const usage = openUsageLedger({
    days: openUsage(database),
    clock,
    onFailed: (error) => log.warn({ error: describeError(error) }, "what was used cannot be stored yet"),
    onDropped: (rows) => log.error({ rows }, "what was used could not be stored and is forgotten"),
  });
  const stopSweeping = keepSweeping(clock, () => pool.sweep(clock.wallTime()));

  return {
    arrive(address) {
      if (arrivals && !arrivals.take(countedAddress(address)))
        throw tooOften(Math.ceil(minuteSeconds / requestsPerMinute!));
    },
    async request(principal) {
      for (const { key, quotas } of knownSubjects(principal, access.perUser)) {
        if (quotas.requestsPerMinute === undefined) continue;
        const wait = await requests.take(`requests ${key}`, quotas.requestsPerMinute, minuteSeconds);
        if (wait !== undefined) throw tooOften(wait);
      }
    },
    async attempt(attempt) {
      const wait = await guesses.begin(attempt);
      if (wait !== undefined) throw tooManyGuesses(wait);
    },
    failed: guesses.failed,
    succeeded: guesses.succeeded,
    async begin(principal, address) {
      const subjects = subjectsOf(principal, address, access);
      const freePlaces = beginnings.takePlaces(subjects);
      const owner = { ownerId: principal.via === "guest" ? guestsOwner : principal.id };
      const keyId = principal.keyId ?? "";
      const meter = new SessionMeter({ subjects, tallies, usage, owner: { ...owner, keyId }, clock });
      try {
        await meter.read();
        const { spent } = meter;
        if (spent) throw usedUp(spent, secondsLeftOfDay(clock.wallTime()));
        await beginnings.checkElsewhere(subjects);
        await beginnings.count(subjects);
      } catch (error) {
        meter.close();
        freePlaces();
        throw error;
      }
      meter.begun();
      return {
        meter,
        release() {
          meter.close();
          freePlaces();
        },
      };
    },
    async close() {
      await Promise.all([stopSweeping(), tallies.close(closeMs), usage.close(closeMs)]);
      own.close();
      lasting.close();
    },
  };
}

/** Over and over, until the answer is called, which waits for one that is under way. What fails is tried the next time. */
function keepSweeping(clock: Clock, sweep: () => Promise<void>): () => Promise<void> {
  let cancel: CancelTimer = () => {};
  let underWay: Promise<void> | undefined;
  const next = () => {
    cancel = clock.after(sweepMs, () => {
      underWay ??= sweep()
        .catch(() => {})
        .finally(() => {
          underWay = undefined;
        });
      next();
    });
  };
  next();
  return async () => {
    cancel();
    if (underWay) await settlesWithin(clock, closeMs, underWay);
  };
}
