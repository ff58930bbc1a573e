/** Opens the parts of a server that know nothing of conversations: engines, database, audio objects, limits, traces. */
import { join } from "node:path";
import type { Clock } from "../../lib/clock.ts";
import type { CloseStack } from "../../lib/close-stack.ts";
import { newId } from "../../lib/ids.ts";
import { openScope } from "../../lib/scope.ts";
import { openUploadDecoder } from "../../pipeline/uploads/upload-decoder.ts";
import type { Database } from "../../store/database.ts";
import { openJobs } from "../../store/jobs.ts";
import { DatabaseLimiter } from "../access/quotas/database-limiter.ts";
import type { Config } from "../config/config.ts";
import type { WatchSession } from "../conversations/live-sessions.ts";
import { openPersonas, type PersonaBook } from "../conversations/persona-book.ts";
import type { Logger } from "../logging/log.ts";
import type { Metrics } from "../operations/metrics.ts";
import { openProviderHealth, type ProviderHealth } from "../operations/provider-health.ts";
import type { RecentErrors } from "../operations/recent-errors.ts";
import { openEngines } from "./engines/open-engines.ts";
import {
  checkDataDir,
  openConfiguredStore,
  openObjects,
  openTraces,
  packageVersion,
  signingKey,
} from "./open-resources.ts";

/** Time that running jobs have to end when the server stops, ms. */
const jobsEndMs = 5_000;

/** Services of the process that a server is opened with. */
export interface ProcessServices {
  readonly clock: Clock;
  readonly log: Logger;
  /** Recent errors of the log, for administrators; absent: none are remembered. */
  readonly errors?: RecentErrors | undefined;
  /** Metrics; absent: nothing is counted. */
  readonly metrics?: Metrics | undefined;
  /** Cores that threads of this process may take; default: all. */
  readonly cores?: number | undefined;
  /** Address of the primary's embedded database; default: this process has its own. */
  readonly embeddedAt?: Database["embeddedAt"];
  /** Tells the other processes of the machine of changes, and takes what reads theirs. */
  readonly personas?: SharedPersonas | undefined;
  /** Follows each session that is live here. */
  readonly watch?: WatchSession | undefined;
  /** Called when an administrator has this node take no sessions, or take them again. */
  readonly onDraining?: ((draining: boolean) => void) | undefined;
  /** Takes whatever is opened, and is closed where something cannot be opened; default: a new one. */
  readonly opened?: CloseStack;
}

interface SharedPersonas {
  readonly onChanged: () => Promise<void>;
  readonly share: (book: Pick<PersonaBook, "reload">) => void;
}

export type Infrastructure = Awaited<ReturnType<typeof openInfrastructure>>;

/**
 * Opens them one after the other, engines and database side by side.
 * @throws ConfigError naming the variable at fault; what is open by then is in `opened`
 */
export async function openInfrastructure(
  opened: CloseStack,
  config: Config,
  processServices: ProcessServices,
) {
  const { clock, log, metrics } = processServices;
  const { storage } = config;
  const nodeId = newId("node");
  const version = packageVersion();
  await checkDataDir(config);
  const personas = await openPersonas({
    directory: config.personasDir,
    // Personas in one node's folder would be unknown to other nodes on the same database.
    madeIn: storage.databaseUrl === undefined ? join(config.dataDir, "personas") : undefined,
    onChanged: processServices.personas?.onChanged,
  });
  processServices.personas?.share(personas);
  const { keep } = opened;
  // Both take a while, and neither needs the other; the first that fails is told at once.
  const [{ engines, providers }, store] = await Promise.all([
    openProviders(opened, config, processServices),
    openConfiguredStore(config, processServices, nodeId).then(keep),
  ]);
  // Made only now: a database that cannot be started leaves its folder as it was.
  const objects = keep(await openObjects(config, { clock, log }));
  const key = await signingKey(config);
  metrics?.watchStore(store.journals);
  const { database } = store;
  const limiter = keep(new DatabaseLimiter({ access: config.access, database, nodeId, clock, log }));
  const uploads = keep(openUploadDecoder({ clock, cores: processServices.cores }));
  const jobs = openJobs({ database, clock, log });
  opened.add(() => jobs.stop(jobsEndMs));
  const tracing = await openTraces(config, { version, nodeId, log });
  return {
    ...processServices,
    nodeId,
    version,
    personas,
    key,
    engines,
    store,
    database,
    providers,
    scope: openScope(),
    limiter,
    objects,
    jobs,
    tracing,
    uploads,
  };
}

/** Opens the engines, and their health, which their failures are reported to. */
async function openProviders(
  opened: CloseStack,
  config: Config,
  { clock, log, metrics, cores }: ProcessServices,
) {
  // Named after the engines in use: undefined until they are open.
  let providers: ProviderHealth | undefined;
  const engines = await openEngines(config.providers, {
    clock,
    log,
    cores,
    onProviderFailure(attempt) {
      providers?.onFailure(attempt);
      metrics?.onProviderFailure(attempt);
    },
    onCircuit: (change) => providers?.onCircuit(change),
    onDeparture: metrics?.onDeparture,
  });
  opened.keep(engines);
  const inUse = {
    transcribe: engines.transcriber.name,
    reply: engines.replyModel.name,
    synthesize: engines.synthesizer.name,
  };
  providers = openProviderHealth({ clock, inUse });
  return { engines, providers };
}
