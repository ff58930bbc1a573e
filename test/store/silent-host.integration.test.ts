/** A database's host that takes connections and answers nothing, as one behind a firewall or a frozen machine. */
import { expect, inject, it, vi } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import type { StoreLimits } from "../../src/store/limits.ts";
import { openStore } from "../../src/store/open-store.ts";
import { eventually } from "../support/eventually.ts";
import { testDatabase } from "../support/test-database.ts";
import { startProxy } from "./proxy.ts";

/** Opens a store behind a wire on which nothing passes. */
async function openStalled(limits: Partial<StoreLimits>) {
  const proxy = await startProxy(Number(new URL(inject("databaseTemplate")).port));
  proxy.stall();
  const url = new URL(await testDatabase());
  url.port = String(proxy.port);
  const warn = vi.fn();
  const log = { info() {}, warn, error() {} };
  const store = openStore({
    databaseUrl: url.href,
    dataDir: "unused",
    clock: systemClock,
    nodeId: "node-1",
    log,
    limits,
  });
  store.catch(() => {});
  return { proxy, warn, store };
}

const told = [{ error: "no answer within 100 ms" }, "database not reachable yet"];

it("[SU1] is told long before a working database counts as away, and used once it answers", async () => {
  const { proxy, warn, store } = await openStalled({ firstConnectMs: 100, databaseTimeoutMs: 60_000 });
  await eventually(() => expect(warn).toHaveBeenCalledWith(...told));
  proxy.mend();
  const opened = await store;
  await opened.ping();
  await opened.close();
  await proxy.stop();
});

it("[SU1] ends the start with that reason where it never answers", async () => {
  const { proxy, store } = await openStalled({ firstConnectMs: 100, databaseTimeoutMs: 60_000, startMs: 0 });
  await expect(store).rejects.toThrow(/cannot be used: no answer within 100 ms$/);
  await proxy.stop();
});
