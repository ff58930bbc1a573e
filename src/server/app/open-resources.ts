/** Opens the resources that settings name; each failure names the variable at fault. */
import { readFileSync } from "node:fs";
import type { Clock } from "../../lib/clock.ts";
import { storeLimits } from "../../store/limits.ts";
import { openAudioObjects } from "../../store/objects/open.ts";
import { type OpenStore, openStore } from "../../store/open-store.ts";
import { StoreError } from "../../store/store.ts";
import { readSigningKey } from "../access/client-secrets.ts";
import { type Config, ConfigError } from "../config/config.ts";
import type { Logger } from "../logging/log.ts";

/** Reads the key that signs client secrets. @throws ConfigError */
export async function signingKey({ dataDir, authSecret }: Config): Promise<Uint8Array> {
  try {
    return await readSigningKey(dataDir, authSecret);
  } catch (error) {
    throw new ConfigError(`DATA_DIR: no key can be kept in it (${(error as NodeJS.ErrnoException).code})`);
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

/** Opens the store. @throws ConfigError where the database cannot be used */
export async function openConfiguredStore(
  { storage, dataDir, access }: Config,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  nodeId: string,
): Promise<OpenStore> {
  const { databaseUrl } = storage;
  try {
    return await openStore({
      databaseUrl,
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
export async function openObjects({ storage }: Config, clock: Clock) {
  try {
    return await openAudioObjects(storage.audioStore, { clock, s3: storage.s3 });
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new ConfigError(`AUDIO_STORE: cannot be used (${why})`);
  }
}

/** Reads the version of this package. */
export function packageVersion(): string {
  const file = new URL("../../../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version?: unknown };
  if (typeof version !== "string") throw new ConfigError("package.json: has no version");
  return version;
}
