import { setTimeout as wait } from "node:timers/promises";
import { startProxy, type TestProxy } from "../../store/proxy.ts";
import { startPostgres } from "../postgres.ts";
import { openSmallDisk } from "../small-disk.ts";

/** How long the database hangs, ms; more than the server's timeout of 10 s. */
const frozenMs = 15_000;
/** How long its disk is full, ms. */
const fullMs = 8000;
const diskMegabytes = 256;

/** The database of both nodes, and what can be done to it. */
export interface Database {
  /** Straight to it. */
  readonly url: string;
  /** The one that servers are given. */
  readonly serverUrl: string;
  readonly restart: () => Promise<void>;
  readonly freeze: () => Promise<void>;
  readonly fillDisk: (() => Promise<void>) | undefined;
  close(): Promise<void>;
}

/** A PostgreSQL started here, which is crashed, stopped and filled up. */
export async function ownDatabase(): Promise<Database> {
  const disk = openSmallDisk(diskMegabytes);
  const postgres = await startPostgres({ disk: disk?.folder });
  const url = await postgres.createDatabase();
  return {
    url,
    serverUrl: url,
    async restart() {
      await postgres.crash();
      await wait(1000);
      await postgres.restart();
    },
    async freeze() {
      await postgres.freeze();
      await wait(frozenMs);
      await postgres.thaw();
    },
    fillDisk:
      disk &&
      (async () => {
        disk.fill();
        await wait(fullMs);
        disk.free();
        await postgres.revive();
      }),
    async close() {
      await postgres.stop();
      disk?.remove();
    },
  };
}

/** A PostgreSQL of the operator's, which only the wire to it is done to. */
export async function operatorsDatabase(url: string): Promise<Database> {
  const through = new URL(url);
  const proxy: TestProxy = await startProxy(Number(through.port || 5432), through.hostname);
  through.hostname = "127.0.0.1";
  through.port = String(proxy.port);
  const during = async (begin: () => void, ms: number) => {
    begin();
    await wait(ms);
    proxy.mend();
  };
  return {
    url,
    serverUrl: through.href,
    restart: () => during(proxy.cut, 3000),
    freeze: () => during(proxy.stall, frozenMs),
    fillDisk: undefined,
    close: () => proxy.stop(),
  };
}
