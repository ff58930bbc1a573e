/** Opens the resources that settings name; each failure names the variable at fault. */
import { readFileSync } from "node:fs";
import type { Clock } from "../../lib/clock.ts";
import { describeFileError } from "../../lib/durable-files.ts";
import type { Database } from "../../store/database.ts";
import { prepareDataFolder } from "../../store/embedded/folder.ts";
import { storeLimits } from "../../store/limits.ts";
import { openAudioObjects } from "../../store/objects/open.ts";
import { type OpenStore, openStore } from "../../store/open-store.ts";
import { StoreError } from "../../store/store.ts";
import { readSigningKey } from "../access/client-secrets.ts";
import { type Config, ConfigError } from "../config/config.ts";
import type { Logger } from "../logging/log.ts";

/** Makes the data folder, where anything is kept in it, and checks that it can be written to. @throws ConfigError */
export async function checkDataDir({ dataDir, authSecret, storage }: Config): Promise<void> {
  const { databaseUrl, audioStore } = storage;
  const inBucket = audioStore.startsWith("s3://");
  if (databaseUrl !== undefined && authSecret !== undefined && inBucket) return;
  await prepareDataFolder(dataDir).catch((error: Error) => {
    throw new ConfigError(`DATA_DIR: ${error.message}`);
  });
}

/** Reads the key that signs client secrets. @throws ConfigError */
export async function signingKey({ dataDir, authSecret }: Config): Promise<Uint8Array> {
  try {
    return await readSigningKey(dataDir, authSecret);
  } catch (error) {
    throw new ConfigError(`DATA_DIR: no signing key can be kept in it: ${describeFileError(error)}`);
  }
}

/** Opens tracing; undefined, with nothing of OpenTelemetry loaded, where it is off. */
export async function openTraces(
  { telemetry: { traces } }: Config,
  about: { readonly version: string; readonly nodeId: string; readonly log: Logger },
) {
  if (!traces) return undefined;
  const { openTracing } = await import("../operations/tracing.ts");
  return openTracing(traces, about);
}

interface StoreServices {
  readonly clock: Clock;
  readonly log: Logger;
  /** Address of another process's embedded database; default: one is started. */
  readonly embeddedAt?: Database["embeddedAt"];
}

/** Opens the store. @throws ConfigError where the database cannot be used */
export async function openConfiguredStore(
  { storage, dataDir, access }: Config,
  { clock, log, embeddedAt }: StoreServices,
  nodeId: string,
): Promise<OpenStore> {
  const { databaseUrl } = storage;
  try {
    return await openStore({
      databaseUrl,
      embeddedAt,
      dataDir,
      clock,
      log,
      nodeId,
      // Where everybody is the one local user, a user's share is all there is.
      limits: access.mode === "none" ? { ownerWaitingBytes: storeLimits.waitingBytes } : {},
    });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new ConfigError(`${databaseUrl === undefined ? "DATA_DIR" : "DATABASE_URL"}: ${error.message}`);
  }
}

/** Opens the audio objects. @throws ConfigError */
export async function openObjects(
  { storage }: Config,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
) {
  try {
    return await openAudioObjects(storage.audioStore, { clock, log, s3: storage.s3 });
  } catch (error) {
    throw new ConfigError(`AUDIO_STORE: cannot be used: ${describeFileError(error)}`);
  }
}

/** Reads the version of this package. */
export function packageVersion(): string {
  const file = new URL("../../../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version?: unknown };
  if (typeof version !== "string") throw new ConfigError("package.json: has no version");
  return version;
}
