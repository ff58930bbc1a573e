/** The one list of routes: what the server answers over HTTP, resource by resource, each with what its routes work with. */
import type { Keys } from "../access/api-keys/api-keys.ts";
import { type AccountDataServices, accountDataRoutes } from "../api/account-data.ts";
import { type AccountServices, accountsRoutes } from "../api/accounts/routes.ts";
import { actionRoutes } from "../api/actions.ts";
import type { AdminServices } from "../api/admin/admin-services.ts";
import { figureRoutes } from "../api/admin/figures.ts";
import { keyRoutes as adminKeyRoutes } from "../api/admin/keys.ts";
import { latencyRoute } from "../api/admin/latency.ts";
import { nodeRoutes } from "../api/admin/nodes.ts";
import { liveSessionRoutes } from "../api/admin/sessions.ts";
import { userRoutes } from "../api/admin/users.ts";
import { wordRoutes } from "../api/admin/words.ts";
import { keyRoutes } from "../api/api-keys.ts";
import { clientSecretRoutes } from "../api/client-secrets.ts";
import { engineRoutes } from "../api/engines.ts";
import { historyRoutes } from "../api/messages/history.ts";
import { messageStatusRoutes } from "../api/messages/message-status.ts";
import { postMessageRoutes } from "../api/messages/post-message.ts";
import { acceptUploads } from "../api/messages/receive-upload.ts";
import { searchRoutes } from "../api/messages/search.ts";
import { type MetricsRoutes, metricsRoutes } from "../api/metrics.ts";
import { pageRoutes } from "../api/page.ts";
import { personaRoutes } from "../api/personas.ts";
import { practiceRoutes } from "../api/practice.ts";
import { progressRoutes } from "../api/progress.ts";
import { type ProtocolRoutes, protocolRoutes } from "../api/protocol.ts";
import { type ServiceRoutes, serviceRoutes } from "../api/service.ts";
import type { RestServices } from "../api/services.ts";
import { audioRoutes } from "../api/sessions/audio.ts";
import { deliveryRoutes } from "../api/sessions/delivery.ts";
import { modelReadingRoutes } from "../api/sessions/model-reading.ts";
import { ratingRoutes } from "../api/sessions/rating.ts";
import { recordingRoutes } from "../api/sessions/recording.ts";
import { reportRoutes } from "../api/sessions/report.ts";
import { sessionEndRoutes } from "../api/sessions/session-end.ts";
import { sessionRoutes } from "../api/sessions/sessions.ts";
import type { App } from "../http/typed-app.ts";

/** Declares routes on an app; a part of the list. */
export type DeclareRoutes = (app: App) => void | Promise<void>;

export interface ServerRoutes extends ServiceRoutes, ProtocolRoutes, Omit<MetricsRoutes, "metrics"> {
  /** Shown at `/metrics`; undefined: there is no such path. */
  readonly metrics?: MetricsRoutes["metrics"] | undefined;
}

/** The routes of the server itself, which need no conversations: health, the protocol's documents, pages, metrics. */
export function serverRoutes(options: ServerRoutes): DeclareRoutes {
  return (app) => {
    serviceRoutes(app, options);
    protocolRoutes(app, options);
    pageRoutes(app, options.pages);
    if (options.metrics) metricsRoutes(app, { ...options, metrics: options.metrics });
  };
}

/** The routes of conversations: sessions, messages, their outcome and audio, personas, client secrets. */
export function restRoutes(services: RestServices): DeclareRoutes {
  return async (app) => {
    await acceptUploads(app, services.limits);
    sessionRoutes(app, services);
    sessionEndRoutes(app, services);
    postMessageRoutes(app, services);
    historyRoutes(app, services);
    messageStatusRoutes(app, services);
    ratingRoutes(app, services);
    reportRoutes(app, services);
    deliveryRoutes(app, services);
    modelReadingRoutes(app, services);
    recordingRoutes(app, services);
    searchRoutes(app, services);
    progressRoutes(app, services);
    actionRoutes(app, services);
    practiceRoutes(app, services);
    audioRoutes(app, services);
    personaRoutes(app, services);
    clientSecretRoutes(app, services);
    engineRoutes(app, services.engines);
  };
}

/** The routes below /api/admin, all of them for administrators alone. */
export function adminRoutes(admin: AdminServices): DeclareRoutes {
  return (app) => {
    liveSessionRoutes(app, admin);
    wordRoutes(app, admin);
    nodeRoutes(app, admin);
    userRoutes(app, admin);
    adminKeyRoutes(app, admin);
    figureRoutes(app, admin);
    latencyRoute(app, admin);
  };
}

export interface ApiServices {
  readonly rest: RestServices;
  readonly accounts: Omit<AccountServices, "keys">;
  readonly keys: Pick<Keys, "make" | "list" | "revoke" | "revokeAll">;
  readonly admin: AdminServices;
}

/** Every route of the API. */
export function apiRoutes({ rest, accounts, keys, admin }: ApiServices): DeclareRoutes {
  return async (app) => {
    await restRoutes(rest)(app);
    accountsRoutes(app, { ...accounts, keys });
    keyRoutes(app, { keys, clock: rest.clock });
    const { accounts: known } = accounts;
    const passwordIs: AccountDataServices["passwordIs"] = known && ((...args) => known.passwordIs(...args));
    accountDataRoutes(app, { ...rest, passwordIs });
    await adminRoutes(admin)(app);
  };
}
