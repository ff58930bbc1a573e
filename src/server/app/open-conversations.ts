/** Opens the live sessions of a server and the parts that work with them: access, REST services, administration. */
import type { CloseStack } from "../../lib/close-stack.ts";
import { releaseMemory } from "../../lib/release-memory.ts";
import { capabilitiesOf } from "../../session/capabilities.ts";
import { openAccess } from "../access/open-access.ts";
import { openAccountData } from "../account-data/account-data.ts";
import type { RetentionTimes } from "../account-data/retention.ts";
import { sweepUploads } from "../api/messages/receive-upload.ts";
import type { RestServices } from "../api/services.ts";
import type { Config } from "../config/config.ts";
import { openMessageExchange } from "../conversations/message-exchange.ts";
import { Recorder } from "../conversations/recorder.ts";
import { openReports } from "../conversations/reports.ts";
import {
  openSessionRegistry,
  type SessionRegistry,
  type SessionRegistryOptions,
} from "../conversations/session-registry.ts";
import { openAdministration } from "../operations/administration.ts";
import { openDrain } from "../operations/drain.ts";
import { releaseIdleMemory } from "../operations/idle-memory.ts";
import { openMaintenance } from "../operations/maintenance.ts";
import { openPresence } from "../operations/presence.ts";
import { openRecentErrors } from "../operations/recent-errors.ts";
import { sweepTemporaryFiles } from "../operations/temporary-files.ts";
import { enginesInUse } from "./engines/engines-in-use.ts";
import type { Infrastructure } from "./open-infrastructure.ts";

/** Opens them; `opened` closes them, the sessions before what they need. */
export async function openConversations(opened: CloseStack, config: Config, infrastructure: Infrastructure) {
  const { database, store, jobs, objects, personas, limiter, clock, log } = infrastructure;
  const { storage } = config;
  const reports = openReports(infrastructure);
  const recorder = new Recorder({ store, objects, clock, log, keptMs: storage.recordingMs });
  const maintenance = openMaintenance({ ...infrastructure, reports, recorder, keeping: storage });
  const presence = openPresence();
  const registry = openRegistry(config, infrastructure, {
    watchers: [infrastructure.metrics, infrastructure.tracing, presence, infrastructure].flatMap(
      (each) => each?.watch ?? [],
    ),
    attend: recorder.attend,
    onEnded(sessionId, report) {
      if (!report) return maintenance.reportDue(sessionId);
      reports.keep(sessionId, report).catch(() => maintenance.reportDue(sessionId));
    },
  });
  const drain = openDrain({ clock, log, held: registry.all, onChange: infrastructure.onDraining });
  const sessions = drain.guard(registry);
  const access = await openAccess({
    access: config.access,
    database,
    signingKey: infrastructure.key,
    tls: config.tls !== undefined,
    limiter,
    live: sessions.all,
    clock,
    log,
  });
  opened.add(() => access.close());
  const accountData = openAccountData({ ...infrastructure, sessions, recorder, keeping: keepingOf(config) });
  const services = {
    store,
    sessions,
    messageExchange: openMessageExchange(sessions),
    objects,
    uploads: infrastructure.uploads,
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
    capabilities: capabilitiesOf(infrastructure.engines),
    engines: enginesInUse(config.providers, infrastructure.engines),
    synthesizer: infrastructure.engines.synthesizer,
  } satisfies RestServices;
  const errors = infrastructure.errors ?? openRecentErrors();
  const administration = openAdministration({ ...infrastructure, sessions, drain, presence, errors });
  opened.add(() => endConversations(infrastructure, accountData, administration));
  opened.add(sweepOwnFiles(infrastructure));
  opened.add(releaseIdleMemory({ clock, live: () => registry.count, release: releaseMemory }));
  return { sessions, drain, access, services, administration };
}

function sweepOwnFiles({ objects, clock, log }: Infrastructure): () => void {
  return sweepTemporaryFiles({
    sweeps: [() => objects.sweep(), () => sweepUploads(clock.wallTime())],
    clock,
    log,
  });
}

/** Retention times from the settings; accounts that need no confirmation are kept unconfirmed. */
function keepingOf({ access, storage }: Config): RetentionTimes {
  const { auditMs, unconfirmedMs } = storage;
  const confirms = access.mode === "accounts" && access.verifyEmail;
  return { auditMs, unconfirmedMs: confirms ? unconfirmedMs : undefined };
}

/** Ends the sessions, and then what they need. */
async function endConversations(
  { scope, tracing }: Infrastructure,
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
  { store, engines, clock, log, scope, nodeId, personas, limiter }: Infrastructure,
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
