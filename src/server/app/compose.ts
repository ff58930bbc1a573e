/** The composition root: joins engines, store and conversations into a server. */
import { join } from "node:path";
import type { Clock } from "../../lib/clock.ts";
import { CloseStack } from "../../lib/close-stack.ts";
import { newId } from "../../lib/ids.ts";
import { openScope } from "../../lib/scope.ts";
import { openUploadDecoder } from "../../pipeline/uploads/upload-decoder.ts";
import type { CircuitChange } from "../../providers/resilient/circuit-breaker.ts";
import type { FailedAttempt } from "../../providers/resilient/failover.ts";
import { capabilitiesOf } from "../../session/capabilities.ts";
import { openJobs } from "../../store/jobs.ts";
import type { AudioObjects } from "../../store/objects/objects.ts";
import type { Store } from "../../store/store.ts";
import { openAccess } from "../access/open-access.ts";
import type { Authenticate, Principal } from "../access/principal.ts";
import { DatabaseLimiter } from "../access/quotas/database-limiter.ts";
import type { Limiter } from "../access/quotas/limiter.ts";
import { openAccountData } from "../account-data/account-data.ts";
import type { RetentionTimes } from "../account-data/retention.ts";
import { workUploads } from "../api/messages/answer-later.ts";
import { sweepUploads } from "../api/messages/receive-upload.ts";
import type { RestServices } from "../api/services.ts";
import type { Config } from "../config/config.ts";
import { openMessageExchange } from "../conversations/message-exchange.ts";
import { openPersonas } from "../conversations/persona-book.ts";
import { openRecorder } from "../conversations/recorder.ts";
import { openReports } from "../conversations/reports.ts";
import type { FindSession, OpenSession } from "../conversations/session-opening.ts";
import {
  openSessionRegistry,
  type SessionRegistry,
  type SessionRegistryOptions,
} from "../conversations/session-registry.ts";
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
import { sweepTemporaryFiles } from "../operations/temporary-files.ts";
import { openEngines } from "./engines.ts";
import {
  checkDataDir,
  openConfiguredStore,
  openObjects,
  openTraces,
  packageVersion,
  signingKey,
} from "./open-resources.ts";
import { apiRoutes, type DeclareRoutes } from "./routes.ts";

/** Parts of a server that `startServer` needs beside its settings. */
export interface Composition {
  readonly openSession: OpenSession;
  readonly findSession: FindSession;
  readonly remember: SessionRegistry["remember"];
  readonly refusal: (persona: string, principal: Principal) => HttpError | undefined;
  readonly findPersona: (name: string, ownerId: string) => string | undefined;
  readonly defaultPersona: string;
  readonly health: ReadHealth;
  /** The REST API. */
  readonly routes: DeclareRoutes;
  readonly authenticate: Authenticate;
  readonly limiter: Limiter;
  /** Whether an administrator has this node take no sessions. */
  readonly draining: () => boolean;
  /** Ends the responses that last, since the server is being stopped. */
  readonly endStreams: () => void;
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

/** Time that running jobs have to end when the server stops, ms. */
const jobsEndMs = 5_000;

interface ProcessServices {
  readonly clock: Clock;
  readonly log: Logger;
  /** Recent errors of the log, for administrators; absent: none are remembered. */
  readonly errors?: RecentErrors | undefined;
  /** Metrics; absent: nothing is counted. */
  readonly metrics?: Metrics | undefined;
  /** Takes whatever is opened, and is closed where something cannot be opened; default: a new one. */
  readonly opened?: CloseStack;
}

/**
 * Opens the configured engines and the store, and joins all parts of the server around them.
 * @throws ConfigError naming the variable at fault, at once; what was opened until then is being closed
 */
export async function compose(config: Config, processServices: ProcessServices): Promise<Composition> {
  const { opened = new CloseStack() } = processServices;
  try {
    return await composeInto(opened, config, processServices);
  } catch (error) {
    opened.close().catch(() => {}); // the first failure is the one that counts
    throw error;
  }
}

async function composeInto(
  opened: CloseStack,
  config: Config,
  processServices: ProcessServices,
): Promise<Composition> {
  const { clock } = processServices;
  const base = await openBase(opened, config, processServices);
  const { personas, engines, store, limiter, objects, version } = base;
  const { sessions, drain, access, services, administration } = openConversations(opened, config, base);
  workUploads(services);
  await base.jobs.start();
  services.accountData.begin();
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
    findPersona: (name, ownerId) => personas.find(name, ownerId)?.id,
    defaultPersona: personas.default,
    health: healthOf(store, clock),
    routes: apiRoutes({
      rest: services,
      accounts: {
        access: config.access,
        accounts: access.accounts,
        publicUrl: config.access.publicUrl,
        tls: config.tls !== undefined,
        allowedOrigins: config.allowedOrigins,
        loopbackOnly: isLoopback(config.host),
      },
      keys: access.keys,
      admin: { ...administration, services },
    }),
    authenticate: access.authenticate,
    limiter,
    draining: () => drain.on,
    endStreams: administration.endStreams,
    store,
    objects,
    version,
    engines: {
      transcriber: engines.transcriber.name,
      replyModel: engines.replyModel.name,
      synthesizer: engines.synthesizer.name,
    },
    close: () => opened.close(),
  };
}

type Base = Awaited<ReturnType<typeof openBase>>;

/** Opens the parts that know nothing of conversations: engines, database, audio objects, limits, traces. */
async function openBase(opened: CloseStack, config: Config, processServices: ProcessServices) {
  const { clock, log, metrics } = processServices;
  const { storage } = config;
  const nodeId = newId("node");
  const version = packageVersion();
  await checkDataDir(config);
  const personas = await openPersonas({
    directory: config.personasDir,
    // Personas in one node's folder would be unknown to other nodes on the same database.
    madeIn: storage.databaseUrl === undefined ? join(config.dataDir, "personas") : undefined,
  });
  // Named after the engines in use, which report to it: undefined until they are open.
  let providers: ProviderHealth | undefined;
  const onProviderFailure = (attempt: FailedAttempt) => {
    providers?.onFailure(attempt);
    metrics?.onProviderFailure(attempt);
  };
  const onDeparture = metrics?.onDeparture;
  const onCircuit = (change: CircuitChange) => providers?.onCircuit(change);
  const keep = keepIn(opened);
  // Both take a while, and neither needs the other; the first that fails is told at once.
  const [engines, store] = await Promise.all([
    openEngines(config.providers, { clock, log, onProviderFailure, onCircuit, onDeparture }).then(keep),
    openConfiguredStore(config, { clock, log }, nodeId).then(keep),
  ]);
  // Made only now: a database that cannot be started leaves its folder as it was.
  const objects = keep(await openObjects(config, { clock, log }));
  const key = await signingKey(config);
  const inUse = {
    transcribe: engines.transcriber.name,
    reply: engines.replyModel.name,
    synthesize: engines.synthesizer.name,
  };
  providers = openProviderHealth({ clock, inUse });
  metrics?.watchStore(store.journals);
  const { database } = store;
  const limiter = keep(new DatabaseLimiter({ access: config.access, database, nodeId, clock, log }));
  const uploads = keep(openUploadDecoder({ clock }));
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

/** Returns a function that has a resource closed with the stack, and returns it. */
function keepIn(opened: CloseStack) {
  return <T extends { close(): unknown }>(resource: T): T => {
    opened.add(() => resource.close());
    return resource;
  };
}

/** Opens the live sessions and the parts that work with them: access, REST services, administration. */
function openConversations(opened: CloseStack, config: Config, base: Base) {
  const { database, store, jobs, objects, personas, limiter, clock, log } = base;
  const { storage } = config;
  const reports = openReports(base);
  const recorder = openRecorder({ store, objects, clock, log, keptMs: storage.recordingMs });
  const maintenance = openMaintenance({ ...base, reports, recorder, keeping: storage });
  const presence = openPresence();
  const registry = openRegistry(config, base, {
    watchers: [base.metrics, base.tracing, presence].flatMap((each) => each?.watch ?? []),
    attend: recorder.attend,
    onEnded(sessionId, report) {
      if (!report) return maintenance.reportDue(sessionId);
      reports.keep(sessionId, report).catch(() => maintenance.reportDue(sessionId));
    },
  });
  const drain = openDrain({ clock, log, held: registry.all });
  const sessions = drain.guard(registry);
  const access = openAccess({
    access: config.access,
    database,
    signingKey: base.key,
    tls: config.tls !== undefined,
    limiter,
    live: sessions.all,
    clock,
    log,
  });
  opened.add(() => access.close());
  const accountData = openAccountData({ ...base, sessions, recorder, keeping: keepingOf(config) });
  const services = {
    store,
    sessions,
    messageExchange: openMessageExchange(sessions),
    objects,
    uploads: base.uploads,
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
    limiter,
    secrets: access.secrets,
    capabilities: capabilitiesOf(base.engines),
  } satisfies RestServices;
  const errors = base.errors ?? openRecentErrors();
  const administration = openAdministration({ ...base, sessions, drain, presence, errors });
  opened.add(() => endConversations(base, accountData, administration));
  opened.add(sweepOwnFiles(base));
  return { sessions, drain, access, services, administration };
}

function sweepOwnFiles({ objects, clock, log }: Base): () => void {
  return sweepTemporaryFiles({
    sweeps: [() => objects.sweep(), () => sweepUploads(clock.wallTime())],
    clock,
    log,
  });
}

/** How long what nobody asks for is kept; accounts that need no confirmation are kept unconfirmed. */
function keepingOf({ access, storage }: Config): RetentionTimes {
  const { auditMs, unconfirmedMs } = storage;
  const confirms = access.mode === "accounts" && access.verifyEmail;
  return { auditMs, unconfirmedMs: confirms ? unconfirmedMs : undefined };
}

/** Ends the sessions, and then what they need. */
async function endConversations(
  { scope, tracing }: Base,
  accountData: { close(): void },
  administration: { close(): Promise<void> },
): Promise<void> {
  scope.cancel("draining");
  await scope.settled();
  await tracing?.close();
  accountData.close();
  await administration.close();
}

function openRegistry(
  config: Config,
  { store, engines, clock, log, scope, nodeId, personas, limiter }: Base,
  followers: Pick<SessionRegistryOptions, "watchers" | "attend" | "onEnded">,
): SessionRegistry {
  const { limits } = config;
  return openSessionRegistry({
    ...followers,
    store,
    engines,
    clock,
    log,
    scope,
    nodeId,
    limits: {
      sessionMs: limits.maxSessionMs,
      idleMs: limits.idleTimeoutMs,
      utteranceMs: limits.maxInputBufferMs,
      itemBytes: limits.maxItemBytes,
      conversationBytes: limits.maxConversationBytes,
      instructionsBytes: limits.maxInstructionsBytes,
    },
    conversationBytesPerUser: config.access.conversationBytesPerUser,
    draftAfterMs: config.draftAfterMs,
    graceMs: config.storage.graceMs,
    findPersona: personas.find,
    begin: (principal, address, resumes) => limiter.begin(principal, address, resumes),
  });
}
