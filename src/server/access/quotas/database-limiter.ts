/** The limits put together: what this process counts for itself, and what all nodes count in the database. */
import type { CancelTimer, Clock } from "../../../lib/clock.ts";
import { settlesWithin } from "../../../lib/timeout.ts";
import type { Database } from "../../../store/database.ts";
import { describeError } from "../../../store/failures.ts";
import { LimitPool } from "../../../store/queries/limit-pool.ts";
import { openUsage } from "../../../store/queries/usage-queries.ts";
import type { AccessConfig } from "../../config/access-settings.ts";
import type { Logger } from "../../logging/log.ts";
import { countedAddress } from "../../net/addresses.ts";
import type { Principal } from "../principal.ts";
import { type AddressLimiter, openAddressLimiter } from "./address-limiter.ts";
import { DailyQuotas } from "./daily-quotas.ts";
import { secondsLeftOfDay } from "./days.ts";
import { FailedAttempts } from "./failed-attempts.ts";
import { type FixedWindowLimiter, openFixedWindowLimiter } from "./fixed-window-limiter.ts";
import type { Attempt, Lease, Limiter } from "./limiter.ts";
import { tooManyFailures, tooOften, usedUp } from "./refusals.ts";
import { SessionMeter } from "./session-meter.ts";
import { openSessionStartLimiter, type SessionStartLimiter } from "./session-start-limiter.ts";
import { knownSubjects, type Subject, subjectsOf } from "./subjects.ts";
import { UploadSlots } from "./upload-slots.ts";
import { openUsageLedger, type UsageLedger } from "./usage-ledger.ts";
import { openWindowStore, type WindowStore } from "./window-store.ts";

export interface LimiterOptions {
  readonly access: Pick<
    AccessConfig,
    "perUser" | "perApplication" | "perAddress" | "guests" | "mostFailures" | "uploadsAtOnce"
  >;
  readonly database: Database;
  /** The id of this process among those on the same database. */
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, "warn" | "error" | "info">;
}

/** Owner of all guests' usage: guests come and go, and nobody asks what one of them used. */
const guestsOwner = "guests";
const minuteSeconds = 60;
/** Interval at which expired counters are removed, ms. */
const sweepMs = 600_000;
/** Time limit of the last flush, ms. */
const closeMs = 2000;

/** The limits, on the store's database. */
export class DatabaseLimiter implements Limiter {
  readonly #options: LimiterOptions;
  /** Counters of this process. */
  readonly #own = openWindowStore();
  /** Counters in the database. */
  readonly #stored: WindowStore;
  readonly #requests: FixedWindowLimiter;
  readonly #failures: FailedAttempts;
  readonly #addresses: AddressLimiter | undefined;
  readonly #starts: SessionStartLimiter;
  readonly #uploads: UploadSlots;
  readonly #quotas: DailyQuotas;
  readonly #usage: UsageLedger;
  readonly #stopSweeping: () => Promise<void>;

  constructor(options: LimiterOptions) {
    const { access, database, nodeId, clock, log } = options;
    const pool = new LimitPool({ database, clock, log });
    this.#options = options;
    this.#stored = openWindowStore(pool);
    // Minutes are forgotten with the process; with one node there is nobody to share them with.
    const shared = database.shared ? this.#stored : this.#own;
    this.#requests = openFixedWindowLimiter(shared, clock);
    this.#failures = new FailedAttempts({ own: this.#own, shared, most: access.mostFailures, clock });
    const { requestsPerMinute } = access.perAddress;
    this.#addresses =
      requestsPerMinute === undefined ? undefined : openAddressLimiter(requestsPerMinute, { clock });
    this.#starts = openSessionStartLimiter({
      windows: openFixedWindowLimiter(this.#stored, clock),
      others: database.shared ? { pool, nodeId } : undefined,
      clock,
    });
    this.#uploads = new UploadSlots(access.uploadsAtOnce);
    this.#quotas = new DailyQuotas({
      pool,
      clock,
      onDropped: (entries) => log.error({ entries }, "quota usage dropped: it could not be stored"),
    });
    this.#usage = openUsageLedger({
      days: openUsage(database),
      clock,
      onFailed: (error) => log.warn({ error: describeError(error) }, "storing usage failed; it is retried"),
      onDropped: (rows) => log.error({ rows }, "usage dropped: it could not be stored"),
    });
    this.#stopSweeping = keepSweeping(clock, () => pool.sweep(clock.wallTime()));
  }

  arrive(address: string | undefined): void {
    const { requestsPerMinute = minuteSeconds } = this.#options.access.perAddress;
    if (this.#addresses && !this.#addresses.take(countedAddress(address)))
      throw tooOften(Math.ceil(minuteSeconds / requestsPerMinute));
  }

  async request(principal: Principal): Promise<void> {
    for (const { key, quotas } of knownSubjects(principal, this.#options.access)) {
      if (quotas.requestsPerMinute === undefined) continue;
      const wait = await this.#requests.take(`requests ${key}`, quotas.requestsPerMinute, minuteSeconds);
      if (wait !== undefined) throw tooOften(wait);
    }
  }

  async attempt(attempt: Attempt): Promise<void> {
    const wait = await this.#failures.begin(attempt);
    if (wait !== undefined) throw tooManyFailures(wait);
  }

  async failed(attempt: Attempt): Promise<void> {
    const wait = await this.#failures.failed(attempt);
    if (wait !== undefined) throw tooManyFailures(wait);
  }

  succeeded(attempt: Attempt): Promise<void> {
    return this.#failures.succeeded(attempt);
  }

  async begin(principal: Principal, address: string | undefined, resumes?: string): Promise<Lease> {
    const subjects = subjectsOf(principal, address, this.#options.access);
    const freePlaces = this.#starts.takePlaces(subjects);
    const meter = this.#meterOf(principal, subjects);
    const release = () => {
      meter.close();
      freePlaces();
    };
    try {
      await this.#requireQuota(meter);
      await this.#starts.checkElsewhere(subjects, resumes);
      if (resumes === undefined) await this.#starts.count(subjects);
    } catch (error) {
      release();
      throw error;
    }
    if (resumes === undefined) meter.begun();
    return { meter, release };
  }

  async create(principal: Principal, address: string | undefined): Promise<void> {
    const subjects = subjectsOf(principal, address, this.#options.access);
    await this.#starts.count(subjects);
    const meter = this.#meterOf(principal, subjects);
    meter.begun();
    meter.close();
  }

  async spend(principal: Principal, address: string | undefined): Promise<Lease> {
    const meter = this.#meterOf(principal, subjectsOf(principal, address, this.#options.access));
    const release = () => meter.close();
    try {
      await this.#requireQuota(meter);
    } catch (error) {
      release();
      throw error;
    }
    return { meter, release };
  }

  upload(principal: Principal, address: string | undefined): () => void {
    return this.#uploads.take(subjectsOf(principal, address, this.#options.access));
  }

  /** Stores what is gathered, if the database takes it in time; to be called before the store closes. */
  async close(): Promise<void> {
    await Promise.all([this.#stopSweeping(), this.#quotas.close(closeMs), this.#usage.close(closeMs)]);
    this.#own.close();
    this.#stored.close();
  }

  /** @throws HttpError `quota_exceeded` with `retryAfter` */
  async #requireQuota(meter: SessionMeter): Promise<void> {
    await meter.read();
    const { spent } = meter;
    if (spent) throw usedUp(spent, secondsLeftOfDay(this.#options.clock.wallTime()));
  }

  #meterOf(principal: Principal, subjects: readonly Subject[]): SessionMeter {
    const ownerId = principal.via === "guest" ? guestsOwner : principal.id;
    const owner = { ownerId, keyId: principal.keyId ?? "" };
    const { clock } = this.#options;
    return new SessionMeter({ subjects, quotas: this.#quotas, usage: this.#usage, owner, clock });
  }
}

/** Sweeps every `sweepMs`; a failed sweep is retried the next time. Returns what stops it and waits for one that runs. */
function keepSweeping(clock: Clock, sweep: () => Promise<void>): () => Promise<void> {
  let cancel: CancelTimer = () => {};
  let running: Promise<void> | undefined;
  const next = () => {
    cancel = clock.after(sweepMs, () => {
      running ??= sweep()
        .catch(() => {})
        .finally(() => {
          running = undefined;
        });
      next();
    });
  };
  next();
  return async () => {
    cancel();
    if (running) await settlesWithin(clock, closeMs, running);
  };
}
