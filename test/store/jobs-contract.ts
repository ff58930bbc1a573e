/** What the jobs do, whichever database is under them. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import type { Database } from "../../src/store/database.ts";
import { type JobLimits, type Jobs, openJobs } from "../../src/store/jobs.ts";
import { eventually } from "../support/eventually.ts";

const quick: JobLimits = { pollSeconds: 0.5, heartbeatSeconds: 10, superviseSeconds: 1 };

/** The contract; each test has jobs of its own name. */
export function jobsContract(open: () => Database): void {
  const started: Jobs[] = [];
  const make = (limits: Partial<JobLimits> = quick) => {
    const jobs = openJobs({ database: open(), clock: systemClock, limits });
    started.push(jobs);
    return jobs;
  };
  afterEach(async () => {
    for (const jobs of started.splice(0)) await jobs.stop(1000);
  });

  describe("jobs", () => {
    it("are done at once by the node that sent them, however slowly it polls", async () => {
      const jobs = make({ pollSeconds: 60 });
      const done = vi.fn();
      jobs.work<{ n: number }>("prompt", { concurrency: 2 }, async ({ n }, { attempt }) => done(n, attempt));
      await jobs.start();
      for (const n of [1, 2, 3]) expect(await jobs.send("prompt", { n })).toBe(true);
      await eventually(() => expect(done).toHaveBeenCalledTimes(3));
      expect(done.mock.calls.sort()).toEqual([
        [1, 1],
        [2, 1],
        [3, 1],
      ]);
    });

    it("that fail are tried again, up to a limit", async () => {
      const jobs = make();
      const tried = vi.fn();
      jobs.work("failing", { retryLimit: 1, retrySeconds: 1 }, async (_, { attempt }) => {
        tried(attempt);
        throw new Error("no");
      });
      await jobs.start();
      await jobs.send("failing", {}, { key: "same" });
      await eventually(() => expect(tried.mock.calls).toEqual([[1], [2]]));
      // It has failed for good: its key is free again.
      await eventually(async () => expect(await jobs.send("failing", {}, { key: "same" })).toBe(true));
    });

    it("that fail, or were put off, are done by their node once they are due, however slowly it polls", async () => {
      const jobs = make({ pollSeconds: 3600 });
      const tried = vi.fn();
      jobs.work<{ n: number }>("due", { retryLimit: 1, retrySeconds: 1 }, async ({ n }, { attempt }) => {
        tried(n, attempt);
        if (attempt === 1) throw new Error("no");
      });
      await jobs.start();
      await jobs.send("due", { n: 1 }, { startAfterMs: 1000 });
      await eventually(() => expect(tried).toHaveBeenCalledWith(1, 2));
    });

    it("with one key wait or run once; others beside them", async () => {
      const jobs = make();
      const running = vi.fn();
      let finish = () => {};
      const held = new Promise<void>((resolve) => {
        finish = resolve;
      });
      jobs.work<{ n: number }>("keyed", { concurrency: 2 }, async ({ n }) => {
        running(n);
        await held;
      });
      await jobs.start();
      expect(await jobs.send("keyed", { n: 1 }, { key: "a" })).toBe(true);
      await eventually(() => expect(running).toHaveBeenCalledWith(1));
      expect(await jobs.send("keyed", { n: 2 }, { key: "a" })).toBe(false);
      expect(await jobs.send("keyed", { n: 3 }, { key: "b" })).toBe(true);
      await eventually(() => expect(running).toHaveBeenCalledWith(3));
      finish();
      await eventually(async () => expect(await jobs.send("keyed", { n: 4 }, { key: "a" })).toBe(true));
      expect(running).not.toHaveBeenCalledWith(2);
    });

    it("that are scheduled come again, without a word", async () => {
      const jobs = make();
      const done = vi.fn();
      jobs.work("hourly", {}, async () => done());
      jobs.schedule("hourly", 1000);
      await jobs.start();
      await eventually(() => expect(done.mock.calls.length).toBeGreaterThan(1));
    });

    it("that run are aborted when the jobs stop, and done by the next process", async () => {
      const jobs = make();
      const reason = vi.fn();
      jobs.work("aborted", { retrySeconds: 1 }, (_, { signal }) => {
        return new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            reason(String(signal.reason));
            reject(signal.reason);
          });
          if (started.length > 0) void jobs.stop(1000);
        });
      });
      await jobs.start();
      await jobs.send("aborted", {});
      await eventually(() => expect(reason).toHaveBeenCalledWith("Cancelled: cancelled: draining"));
      await jobs.stop(1000);
      const next = make();
      const done = vi.fn();
      next.work("aborted", { retrySeconds: 1 }, async (_, { attempt }) => done(attempt));
      await next.start();
      await eventually(() => expect(done).toHaveBeenCalledWith(2));
    });
  });
}
