/** The composition root: joins engines, store and conversations into a server. */
import { CloseStack } from "../../lib/close-stack.ts";
import type { AudioObjects } from "../../store/objects/objects.ts";
import type { Store } from "../../store/store.ts";
import { workUploads } from "../api/messages/answer-later.ts";
import type { Config } from "../config/config.ts";
import { isLoopback } from "../net/addresses.ts";
import { protocolError } from "../net/http-error.ts";
import { healthOf } from "../operations/store-health.ts";
import { openConversations } from "./open-conversations.ts";
import { openInfrastructure, type ProcessServices } from "./open-infrastructure.ts";
import { apiRoutes } from "./routes.ts";
import type { ServerOptions } from "./server.ts";

/** Options of `startServer` that come of what is opened. */
type Opened =
  | "openSession"
  | "findSession"
  | "remember"
  | "refusal"
  | "findPersona"
  | "defaultPersona"
  | "version"
  | "authenticate"
  | "health"
  | "routes"
  | "draining"
  | "endStreams"
  | "limiter";

/** Parts of a server that `startServer` needs beside its settings, and what is theirs. */
export interface Composition extends Required<Pick<ServerOptions, Opened>> {
  readonly store: Store;
  readonly objects: AudioObjects;
  /** Names of the engines in use. */
  readonly engines: {
    readonly transcriber: string;
    readonly replyModel: string;
    readonly synthesizer: string;
  };
  /** Ends every session, the jobs, the store and the engines; resolves once none of their threads is left. */
  close(): Promise<void>;
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
  const infrastructure = await openInfrastructure(opened, config, processServices);
  const { personas, engines, store, limiter, objects, version, jobs } = infrastructure;
  const { sessions, drain, access, services, administration } = await openConversations(
    opened,
    config,
    infrastructure,
  );
  workUploads(services);
  await jobs.start();
  services.accountData.begin();
  return {
    openSession(opening) {
      engines.warm(opening.type);
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
