/** A whole server with its REST face: real store, objects, jobs, decoder and sessions; engines of the test's choice. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../../src/lib/clock.ts";
import { newId } from "../../src/lib/ids.ts";
import { openScope } from "../../src/lib/scope.ts";
import { openUploadDecoder } from "../../src/pipeline/uploads/upload-decoder.ts";
import { scriptedReplyModel } from "../../src/providers/scripted/reply-model.ts";
import { scriptedSynthesizer } from "../../src/providers/scripted/synthesizer.ts";
import { scriptedTranscriber } from "../../src/providers/scripted/transcriber.ts";
import {
  type ClientSecrets,
  openClientSecrets,
  readSigningKey,
  secretPrefix,
} from "../../src/server/access/client-secrets.ts";
import { principalOfSecret } from "../../src/server/access/identity.ts";
import { type Authenticate, localUser } from "../../src/server/access/principal.ts";
import { openAccountData } from "../../src/server/account-data/account-data.ts";
import { workUploads } from "../../src/server/api/messages/answer-later.ts";
import type { RestLimits, RestServices } from "../../src/server/api/services.ts";
import { enginesInUse } from "../../src/server/app/engines/engines-in-use.ts";
import { restRoutes } from "../../src/server/app/routes.ts";
import { type RunningServer, startServer } from "../../src/server/app/server.ts";
import { readConfig } from "../../src/server/config/config.ts";
import { openMessageExchange } from "../../src/server/conversations/message-exchange.ts";
import { openPersonas } from "../../src/server/conversations/persona-book.ts";
import { Recorder } from "../../src/server/conversations/recorder.ts";
import { openReports } from "../../src/server/conversations/reports.ts";
import { openSessionRegistry } from "../../src/server/conversations/session-registry.ts";
import type { App } from "../../src/server/http/typed-app.ts";
import { openLog } from "../../src/server/logging/log.ts";
import { protocolError } from "../../src/server/net/http-error.ts";
import { capabilitiesOf } from "../../src/session/capabilities.ts";
import type { Engines } from "../../src/session/session-context.ts";
import type { SessionLimits } from "../../src/session/turns/step-context.ts";
import { openJobs } from "../../src/store/jobs.ts";
import { openDiskObjects } from "../../src/store/objects/disk.ts";
import type { AudioObjects } from "../../src/store/objects/objects.ts";
import { type OpenStore, openStore } from "../../src/store/open-store.ts";
import { testDatabase } from "./test-database.ts";

export interface RestOptions {
  /** Of a PostgreSQL; left out, and no data folder given either: a new one. */
  readonly databaseUrl?: string;
  /** With the embedded database, unless there is a URL; left out: a new one that goes with the server. */
  readonly dataDir?: string;
  readonly engines?: Partial<Engines>;
  readonly limits?: Partial<RestLimits>;
  /** Limits of each session. */
  readonly session?: Partial<SessionLimits>;
  readonly clock?: Clock;
  /** Default: nothing is limited. */
  readonly limiter?: Partial<RestServices["limiter"]>;
  /** Declares more routes beside the REST face's. */
  readonly moreRoutes?: (app: App, services: RestServices) => void;
  /** Stands in front of the audio objects. */
  readonly objects?: (real: AudioObjects, store: OpenStore) => AudioObjects;
}

const unlimited: RestServices["limiter"] = {
  create: async () => {},
  spend: async () => ({
    meter: {
      add() {},
      addSpeech() {},
      addTurn() {},
      spent: undefined,
      watch: () => () => {},
      levels: () => [],
    },
    release() {},
  }),
  upload: () => () => {},
};

export interface RestServer {
  readonly server: RunningServer;
  readonly services: RestServices;
  readonly store: OpenStore;
  readonly dataDir: string;
  /** Every line logged so far. */
  readonly logged: Record<string, unknown>[];
  /** `keep`: the data folder stays. */
  close(options?: { readonly keep?: boolean }): Promise<void>;
}

/** The machine's clock, its wall time moved on by hand. */
export function shiftedClock() {
  let ahead = 0;
  const clock: Clock = { ...systemClock, wallTime: () => systemClock.wallTime() + ahead };
  return {
    clock,
    later(ms: number) {
      ahead += ms;
    },
  };
}

/** The machine's clock, which a test may set forward: what comes due by that comes due at once. */
export function forwardedClock() {
  let ahead = 0;
  const now = () => systemClock.now() + ahead;
  const timers = new Set<{ readonly at: number; readonly fire: () => void }>();
  const clock: Clock = {
    now,
    wallTime: () => systemClock.wallTime() + ahead,
    after(ms, callback) {
      const drop = () => {
        cancel();
        timers.delete(timer);
      };
      const fire = () => {
        drop();
        callback();
      };
      const timer = { at: now() + ms, fire };
      const cancel = systemClock.after(ms, fire);
      timers.add(timer);
      return drop;
    },
  };
  return {
    clock,
    forward(ms: number) {
      ahead += ms;
      for (const { at, fire } of timers) if (at <= now()) fire();
    },
  };
}

/** Everybody is `local`; with a bearer token, whoever it names, and with a client secret, whose it is. No account is asked for. */
function byToken(secrets: ClientSecrets): Authenticate {
  return async (credentials, signal) => {
    const { token } = credentials;
    if (token === undefined) return localUser(credentials, signal);
    if (!token.startsWith(secretPrefix)) return { id: token };
    const bearer = secrets.read(token);
    if (!bearer || bearer === "expired")
      throw protocolError("invalid_credentials", "This is no client secret.");
    return principalOfSecret(bearer);
  };
}

/** Starts one on a free port; scripted engines that answer the same to everything unless told otherwise. */
export async function startRest(options: RestOptions = {}): Promise<RestServer> {
  const { clock = systemClock } = options;
  const databaseUrl =
    options.databaseUrl ?? (options.dataDir === undefined ? await testDatabase() : undefined);
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "kuku-rest-")));
  const logged: Record<string, unknown>[] = [];
  const log = openLog("debug", { write: (line: string) => void logged.push(JSON.parse(line)) });
  const nodeId = newId("node");
  const store = await openStore({ dataDir, clock, log, nodeId, databaseUrl });
  const engines: Engines = {
    transcriber: scriptedTranscriber(undefined, { clock }),
    replyModel: scriptedReplyModel(undefined, { clock }),
    synthesizer: scriptedSynthesizer([{ msPerCharacter: 10 }], { clock }),
    ...options.engines,
  };
  const personas = await openPersonas({ madeIn: join(dataDir, "personas") });
  const scope = openScope();
  const config = { ...readConfig({}), port: 0 };
  const disk = await openDiskObjects(join(dataDir, "audio"), clock);
  const objects = options.objects?.(disk, store) ?? disk;
  const recorder = new Recorder({ store, objects, clock, log, keptMs: 86_400_000 });
  const sessions = openSessionRegistry({
    store,
    engines,
    clock,
    log,
    scope,
    nodeId,
    limits: options.session ?? {},
    graceMs: config.storage.graceMs,
    findPersona: personas.find,
    attend: recorder.attend,
    onEnded: () => {},
  });
  const jobs = openJobs({ database: store.database, clock, log, limits: { pollSeconds: 0.5 } });
  const accountData = openAccountData({
    database: store.database,
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
  const uploads = openUploadDecoder({ threads: 1, clock });
  const secrets = openClientSecrets(await readSigningKey(dataDir), clock);
  const services: RestServices = {
    store,
    sessions,
    messageExchange: openMessageExchange(sessions),
    objects,
    recorder,
    uploads,
    jobs,
    reports: openReports({ store, engines, clock, log }),
    personas,
    accountData,
    clock,
    log,
    limits: {
      maxUploadBytes: 25 * 1024 * 1024,
      maxAudioMs: 60_000,
      replyAudioMs: 86_400_000,
      ...options.limits,
    },
    limiter: { ...unlimited, ...options.limiter },
    secrets,
    capabilities: capabilitiesOf(engines),
    engines: enginesInUse(readConfig({ DATA_DIR: dataDir }).providers, engines),
    synthesizer: engines.synthesizer,
  };
  workUploads(services);
  await jobs.start();
  accountData.begin();
  const server = await startServer({
    config,
    log,
    clock,
    openSession: sessions.open,
    findSession: sessions.find,
    findPersona: (name, ownerId) => personas.find(name, ownerId)?.id,
    defaultPersona: personas.default,
    version: "0.0.0",
    authenticate: byToken(secrets),
    routes: async (app) => {
      await restRoutes(services)(app);
      options.moreRoutes?.(app, services);
    },
  });
  return {
    server,
    services,
    store,
    dataDir,
    logged,
    async close({ keep = false } = {}) {
      await server.stop();
      scope.cancel("draining");
      await scope.settled();
      accountData.close();
      await jobs.stop(1000);
      await uploads.close();
      await store.close();
      if (!keep) await rm(dataDir, { recursive: true });
    },
  };
}

/** An answer of the REST face. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into as plain JSON here, as a client would
  readonly body: any;
}

export interface RequestOptions {
  readonly json?: unknown;
  readonly form?: FormData;
  /** A user's token. */
  readonly as?: string;
}

/** Asks as a client would: `POST /api/sessions`. */
export async function ask(
  server: RunningServer,
  request: string,
  options: RequestOptions = {},
): Promise<Answered> {
  const [method = "GET", path = "/"] = request.split(" ");
  const { json, form, as } = options;
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      ...(json !== undefined && { "content-type": "application/json" }),
      ...(as !== undefined && { authorization: `Bearer ${as}` }),
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
    ...(form && { body: form }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** A form with this file in its field `audio`. */
export function audioForm(bytes: Uint8Array, name = "recording.webm", field = "audio"): FormData {
  const form = new FormData();
  form.set(field, new Blob([new Uint8Array(bytes)]), name);
  return form;
}

/** A fixture's bytes, by its path below test/fixtures. */
export function fixture(path: string): Uint8Array {
  return readFileSync(new URL(`../fixtures/${path}`, import.meta.url));
}

/** Begins a session; its id. */
export async function begin(server: RunningServer, options: RequestOptions = {}): Promise<string> {
  const { body } = await ask(server, "POST /api/sessions", options);
  return body.data.sessionId;
}
