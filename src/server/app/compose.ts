/** The composition root: joins engines, store and rooms into a server. */
import { join } from "node:path";
import type { Clock } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import { openScope } from "../../lib/scope.ts";
import { openUploadDecoder } from "../../pipeline/uploads/upload-decoder.ts";
import type { CircuitChange } from "../../providers/resilient/circuit-breaker.ts";
import type { FailedAttempt } from "../../providers/resilient/failover.ts";
import { capabilitiesOf } from "../../session/capabilities.ts";
import { openJobs } from "../../store/jobs.ts";
import type { AudioObjects } from "../../store/objects/objects.ts";
import type { OpenStore } from "../../store/open-store.ts";
import type { Store } from "../../store/store.ts";
import { openEntrance } from "../access/open-access.ts";
import type { Authenticate, Principal } from "../access/principal.ts";
import type { Limiter } from "../access/quotas/limiter.ts";
import { openLimiter } from "../access/quotas/open-limiter.ts";
import { openAccountData } from "../account-data/account-data.ts";
import { workUploads } from "../api/messages/answer-later.ts";
import type { RestServices } from "../api/services.ts";
import type { Config } from "../config/config.ts";
import { openMessageExchange } from "../conversations/message-exchange.ts";
import { openPersonas } from "../conversations/persona-book.ts";
import { openRecorder } from "../conversations/recorder.ts";
import { openReports } from "../conversations/reports.ts";
import type { FindSession, OpenSession } from "../conversations/session-opening.ts";
import { openSessionRegistry, type SessionRegistry } from "../conversations/session-registry.ts";
import type { Logger } from "../logging/log.ts";
import { isLoopback } from "../net/addresses.ts";
import { type HttpError, protocolError } from "../net/http-error.ts";
import { openAdministration } from "../operations/administration.ts";
import { openDrain } from "../operations/drain.ts";
import type { ReadHealth } from "../operations/health.ts";
import { openMaintenance } from "../operations/maintenance.ts";
import type { Metrics } from "../operations/metrics.ts";
import { openPresence } from "../operations/presence.ts";
import { openProviderHealth, type ProviderHealth } from "../operations/provider-health.ts";
import { openRecentErrors, type RecentErrors } from "../operations/recent-errors.ts";
import { healthOf } from "../operations/store-health.ts";
import { type OpenEngines, openEngines } from "./engines.ts";
import { keptIn, openObjects, packageVersion, signingKey, tracesOf } from "./opened.ts";
import { apiRoutes, type DeclareRoutes } from "./routes.ts";

/** What `startServer` needs beside its settings, and the way to let go of it. */
export interface Composition {
  readonly openSession: OpenSession;
  readonly findSession: FindSession;
  readonly remember: SessionRegistry["remember"];
  readonly refusal: (persona: string, principal: Principal) => HttpError | undefined;
  readonly findPersona: (name: string) => string | undefined;
  readonly defaultPersona: string;
  readonly health: ReadHealth;
  /** The REST face. */
  readonly routes: DeclareRoutes;
  readonly authenticate: Authenticate;
  readonly limiter: Limiter;
  /** An administrator has this node take no sessions. */
  readonly draining: () => boolean;
  /** The server is being stopped: what would hold it up is let go of. */
  readonly letGo: () => void;
  readonly store: Store;
  readonly objects: AudioObjects;
  readonly version: string;
  /** Names of the engines in use. */
  readonly engines: {
    readonly transcriber: string;
    readonly replyModel: string;
    readonly synthesizer: string;
  };
  /** Ends every session, the jobs, the store and the engines; resolves once none of their threads is left. */
  close(): Promise<void>;
}

/** How long jobs under way may take to end when the server stops, ms. */
const jobsEndMs = 5_000;

interface Around {
  readonly clock: Clock;
  readonly log: Logger;
  /** Remembers what the log told of errors; absent: nothing is remembered. */
  readonly errors?: RecentErrors | undefined;
  /** Counts what happens; absent: nothing is counted. */
  readonly metrics?: Metrics | undefined;
}

/**
 * Opens the configured engines and the store, and joins the rooms around them.
 * @throws ConfigError naming the variable at fault
 */
export async function compose(config: Config, around: Around): Promise<Composition> {
  const { clock, log } = around;
  const { storage } = config;
  const nodeId = newId("node");
  const version = packageVersion();
  const personas = await openPersonas({
    directory: config.personasDir,
    // What one node keeps in its folder no other would know.
    madeIn: storage.databaseUrl === undefined ? join(config.dataDir, "personas") : undefined,
  });
  // It names the engines in use, and is told of by them.
  let providers: ProviderHealth | undefined;
  const onProviderFailure = (attempt: FailedAttempt) => {
    providers?.onFailure(attempt);
    around.metrics?.onProviderFailure(attempt);
  };
  const onCircuit = (change: CircuitChange) => providers?.onCircuit(change);
  // Both take a while, and neither needs the other.
  const [engines, store] = await openBoth(
    openEngines(config.providers, { ...around, onProviderFailure, onCircuit }),
    keptIn(config, around, nodeId),
  );
  const inUse = {
    transcribe: engines.transcriber.name,
    reply: engines.replyModel.name,
    synthesize: engines.synthesizer.name,
  };
  providers = openProviderHealth({ clock, inUse });
  const { database } = store;
  const limiter = openLimiter({ access: config.access, database, nodeId, clock, log });
  const presence = openPresence();
  const scope = openScope();
  const objects = await openObjects(config, clock);
  const jobs = openJobs({ database: store.database, clock, log });
  const reports = openReports({ store, engines, clock, log });
  const recorder = openRecorder({ store, objects, clock, log, keptMs: storage.recordingMs });
  const chores = openMaintenance({ store, jobs, reports, recorder, objects, clock, log, keeping: storage });
  const { maxSessionMs, idleTimeoutMs, maxInputBufferMs } = config.limits;
  around.metrics?.watchStore(store.journals);
  const tracing = await tracesOf(config, { version, nodeId, log });
  const held = openSessionRegistry({
    store,
    engines,
    clock,
    log,
    scope,
    nodeId,
    limits: { sessionMs: maxSessionMs, idleMs: idleTimeoutMs, utteranceMs: maxInputBufferMs },
    draftAfterMs: config.draftAfterMs,
    graceMs: storage.graceMs,
    findPersona: (id) => personas.find(id),
    begin: limiter.begin,
    watchers: [around.metrics, tracing, presence].flatMap((each) => each?.watch ?? []),
    attend: recorder.attend,
    onEnded(sessionId, report) {
      if (!report) return chores.reportDue(sessionId);
      reports.keep(sessionId, report).catch(() => chores.reportDue(sessionId));
    },
  });
  const drain = openDrain({ clock, log, held: held.all });
  const sessions = drain.guard(held);
  const entrance = openEntrance({
    access: config.access,
    database,
    signingKey: await signingKey(config),
    tls: config.tls !== undefined,
    limiter,
    live: sessions.all,
    clock,
    log,
  });
  const accountData = openAccountData({
    database,
    nodeId,
    store,
    jobs,
    sessions,
    recorder,
    objects,
    personas,
    clock,
    log,
  });
  const uploads = openUploadDecoder({ clock });
  const services: RestServices = {
    store,
    sessions,
    talks: openMessageExchange(sessions, clock),
    objects,
    uploads,
    jobs,
    reports,
    recorder,
    personas,
    accountData,
    clock,
    log,
    limits: {
      maxUploadBytes: storage.maxUploadBytes,
      maxAudioMs: storage.maxUploadMs,
      replyAudioMs: storage.replyAudioMs,
    },
    secrets: entrance.secrets,
    abilities: capabilitiesOf(engines),
  };
  const admin = openAdministration({
    database,
    nodeId,
    version,
    sessions,
    drain,
    presence,
    providers,
    errors: around.errors ?? openRecentErrors(),
    clock,
    log,
  });
  workUploads(services);
  await jobs.start();
  accountData.begin();
  let closing: Promise<void> | undefined;
  const close = async () => {
    scope.cancel("draining");
    await scope.settled();
    await tracing?.close();
    accountData.close();
    await admin.close();
    await entrance.close();
    await jobs.stop(jobsEndMs);
    await uploads.close();
    await limiter.close();
    await store.close();
    await objects.close();
    await engines.close();
  };
  return {
    openSession(opening) {
      engines.warm();
      return sessions.open(opening);
    },
    findSession: sessions.find,
    remember: sessions.remember,
    refusal(persona, principal) {
      if (personas.find(persona, principal.id)) return sessions.refusal();
      return protocolError("model_not_found", `There is no persona ${JSON.stringify(persona)}.`);
    },
    findPersona: (name) => personas.find(name)?.id,
    defaultPersona: personas.default,
    health: healthOf(store, clock),
    routes: apiRoutes({
      rest: services,
      accounts: {
        access: config.access,
        accounts: entrance.accounts,
        publicUrl: config.access.publicUrl,
        tls: config.tls !== undefined,
        allowedOrigins: config.allowedOrigins,
        loopbackOnly: isLoopback(config.host),
      },
      keys: entrance.keys,
      admin: { ...admin, services },
    }),
    authenticate: entrance.authenticate,
    limiter,
    draining: () => drain.on,
    letGo: admin.endStreams,
    store,
    objects,
    version,
    engines: {
      transcriber: engines.transcriber.name,
      replyModel: engines.replyModel.name,
      synthesizer: engines.synthesizer.name,
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** What one of them opened is closed again where the other could not be. */
async function openBoth(
  opening: Promise<OpenEngines>,
  keeping: Promise<OpenStore>,
): Promise<[OpenEngines, OpenStore]> {
  const [engines, store] = await Promise.allSettled([opening, keeping]);
  if (engines.status === "fulfilled" && store.status === "fulfilled") return [engines.value, store.value];
  if (engines.status === "fulfilled") await engines.value.close();
  if (store.status === "fulfilled") await store.value.close();
  throw engines.status === "rejected" ? engines.reason : (store as PromiseRejectedResult).reason;
}
