/** `--migrate`: brings the tables up to date before a new version takes over, in a process that does nothing else. */
import type { Clock } from "../../lib/clock.ts";
import { prepareDatabase } from "../../store/schema/prepare.ts";
import { StoreError } from "../../store/store.ts";
import { type Config, ConfigError } from "../config/config.ts";
import type { Logger } from "../logging/log.ts";

/**
 * Applies the missing migrations.
 * @throws ConfigError where the database cannot be reached
 */
export async function migrate(
  { storage: { databaseUrl }, dataDir }: Pick<Config, "storage" | "dataDir">,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<void> {
  try {
    await prepareDatabase({ databaseUrl, dataDir, clock, log });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new ConfigError(`${databaseUrl === undefined ? "DATA_DIR" : "DATABASE_URL"}: ${error.message}`);
  }
  log.info({ embedded: databaseUrl === undefined }, "tables up to date");
}
