/** Data folders for servers under test: the embedded database is made once, and copied where one is needed. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { openJobs } from "../../src/store/jobs.ts";
import { openStore } from "../../src/store/open-store.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A data folder that has a database with all its tables, and nothing in them. */
    readonly dataTemplate: string;
  }
}

/** A folder of its own with an empty database in it, which is seconds faster than making one. */
export function testDataDir(): string {
  const folder = mkdtempSync(join(tmpdir(), "kuku-data-"));
  cpSync(inject("dataTemplate"), folder, { recursive: true });
  return folder;
}

/** Makes the template; vitest calls it before the first test and its answer after the last. */
export default async function setUp(project: {
  provide(key: "dataTemplate", value: string): void;
}): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "kuku-template-"));
  mkdirSync(folder, { recursive: true });
  const store = await openStore({ dataDir: folder, clock: systemClock, nodeId: "template" });
  const jobs = openJobs({ database: store.database, clock: systemClock });
  await jobs.start();
  await jobs.stop(1000);
  await store.close();
  project.provide("dataTemplate", folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
