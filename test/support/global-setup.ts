/**
 * What the files of a run share: a PostgreSQL server, and an empty database with all its tables, which each file copies,
 * as a template there (`testDatabase`) and as a data folder of the embedded one (`testDataDir`).
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProvidedContext } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { openJobs } from "../../src/store/jobs.ts";
import { openStore } from "../../src/store/open-store.ts";
import { startPostgres } from "./postgres.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A data folder with an empty embedded database. */
    readonly dataTemplate: string;
    /** An empty database; nothing may be connected to it while it is copied. */
    readonly databaseTemplate: string;
    /** A folder that goes with the run, for what a process keeps until it ends. */
    readonly runFolder: string;
  }
}

interface Project {
  provide<Key extends keyof ProvidedContext>(key: Key, value: ProvidedContext[Key]): void;
}

/** Vitest calls it before the first test of a project, and what it returns after the last. */
export default async function setUp(project: Project): Promise<() => Promise<void>> {
  const runFolder = mkdtempSync(join(tmpdir(), "kuku-run-"));
  const dataDir = join(runFolder, "template");
  const postgres = await startPostgres();
  const databaseUrl = await postgres.createDatabase("template_kuku");
  await Promise.all([createTables({ dataDir }), createTables({ dataDir, databaseUrl })]);
  project.provide("dataTemplate", dataDir);
  project.provide("databaseTemplate", databaseUrl);
  project.provide("runFolder", runFolder);
  return async () => {
    await postgres.stop();
    rmSync(runFolder, { recursive: true, force: true, maxRetries: 5 });
  };
}

async function createTables(where: { dataDir: string; databaseUrl?: string }): Promise<void> {
  const store = await openStore({ ...where, clock: systemClock, nodeId: "template" });
  const jobs = openJobs({ database: store.database, clock: systemClock });
  await jobs.start();
  await jobs.stop(1000);
  await store.close();
}
