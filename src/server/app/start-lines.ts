/** The lines that a start prints for whoever began it: what it is doing, and where the server can be opened. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../lib/clock.ts";
import { describeFileError } from "../../lib/durable-files.ts";
import { type Config, ConfigError } from "../config/config.ts";
import type { Logger } from "../logging/log.ts";
import { isLoopback, lanAddresses } from "../net/addresses.ts";
import { kukuCommand, startWithFlags } from "./commands.ts";

/** Settings that are ready to be started with. */
export interface StartConfig extends Config {
  /** Whether the certificate is one made on the spot. */
  readonly selfSigned: boolean;
}

/** Adds a self-signed certificate where one is wanted and none is configured. @throws ConfigError */
export async function withCertificate(config: Config, wanted: boolean): Promise<StartConfig> {
  if (!wanted || config.tls) return { ...config, selfSigned: false };
  const { ownCertificate } = await import("../http/certificate.ts");
  try {
    return { ...config, tls: await ownCertificate(config.dataDir, systemClock), selfSigned: true };
  } catch (error) {
    throw new ConfigError(`DATA_DIR: no certificate can be kept in it: ${describeFileError(error)}`);
  }
}

/** Prints what the start is doing, before anything that takes a while. */
export function announceStart({ dataDir, storage }: Config, port: number): void {
  const makesDatabase = storage.databaseUrl === undefined && !existsSync(join(dataDir, "database"));
  const doing = makesDatabase
    ? `making its database in ${dataDir}, a few seconds this once`
    : "opening its database";
  process.stdout.write(`Kuku Coach starts on port ${port}: ${doing}\n`);
}

/** Names of the engines that hear and speak. */
interface EnginesInUse {
  /** Undefined where no worker has told it. */
  readonly transcriber?: string | undefined;
  readonly synthesizer?: string | undefined;
  readonly workers?: number;
}

/** Prints the addresses at which the server can be opened, and which engines it has; logs `about` it. */
export function announceListening(
  config: StartConfig,
  port: number,
  { log, about }: { readonly log: Logger; readonly about: EnginesInUse },
): void {
  const scheme = config.tls ? "https" : "http";
  const here =
    isLoopback(config.host) || config.host === "0.0.0.0" || config.host === "::" ? "localhost" : config.host;
  const lines = [`Kuku Coach listens: open ${scheme}://${here}:${port}/`];
  const addresses = lanAddresses();
  if (!isLoopback(config.host))
    for (const address of addresses)
      lines.push(`  from a phone in the same network: ${scheme}://${address}:${port}/`);
  else if (config.selfSigned)
    lines.push(
      `  to try a phone in the same network: HOST=0.0.0.0 ALLOW_ANONYMOUS=1 ${startWithFlags} --tls, then https://${addresses[0] ?? "this machine's address"}:${port}/`,
    );
  if (config.selfSigned)
    lines.push("  the certificate is self-signed: the browser asks once whether to go on");
  lines.push(...enginesLines(config, about));
  process.stdout.write(`${lines.join("\n")}\n`);
  if (config.access.anonymous)
    log.warn({ host: config.host }, "other machines can connect, and this server asks nobody who they are");
  log.info({ port, tls: config.tls !== undefined, ...about }, "listening");
}

/** Which engines hear and speak; the command that shows better ones where both are embedded; what workers do to local ones. */
function enginesLines(
  { providers }: Config,
  { transcriber, synthesizer, workers = 1 }: EnginesInUse,
): readonly string[] {
  if (transcriber === undefined || synthesizer === undefined) return [];
  const inUse = `  ears: ${transcriber}, voice: ${synthesizer}`;
  const local = [providers.transcriber, providers.synthesizer].some(({ provider }) => provider === "local");
  if (local && workers > 1)
    return [
      inUse,
      `  each of the ${workers} workers has its models in memory: ${workers} times what the log tells`,
    ];
  const embedded =
    providers.transcriber.provider === "embedded" && providers.synthesizer.provider === "embedded";
  return embedded
    ? [inUse, `  neural ears and voices that run on this machine, too: ${kukuCommand} models list`]
    : [inUse];
}
