/** The composed server, people with accounts in front of it, and one of them whose things everybody asks for. */
import { rmSync } from "node:fs";
import { systemClock } from "../../../src/lib/clock.ts";
import { openClientSecrets, readSigningKey } from "../../../src/server/access/client-secrets.ts";
import { openIdentity } from "../../../src/server/access/identity.ts";
import { type Composition, compose } from "../../../src/server/app/compose.ts";
import { type RunningServer, startServer } from "../../../src/server/app/server.ts";
import { type Config, readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { openMetrics } from "../../../src/server/operations/metrics.ts";
import type { OpenStore } from "../../../src/store/open-store.ts";
import { countingLimiter } from "../../support/people.ts";
import { testDataDir } from "../../support/test-database.ts";
import { type Asker, isPerson, type Maker, type Person, people } from "./askers.ts";
import { type Answer, openSocket, type Sent, type Socketed, send } from "./asking.ts";
import {
  type AsOwner,
  type KeepAudio,
  makeTalks,
  makeThings,
  marker,
  newSession,
  type Things,
  userMarker,
} from "./things.ts";

export interface World {
  readonly server: RunningServer;
  readonly things: Things;
  /** Asks as somebody: guests ask a server that lets guests in. */
  ask(asker: Asker, method: string, path: string, sent?: Sent): Promise<Answer>;
  /** Opens a socket as somebody. */
  connect(asker: Asker, query: string, how: "header" | "offer"): Promise<Socketed>;
  /** A session that goes on, with its maker's words in it. */
  newSession(of: Maker): Promise<string>;
  /** The token that brings a socket back to a session. */
  newResumable(of: Maker): Promise<string>;
  /** Signs somebody in anew who may not be any more. */
  renew(asker: Asker): Promise<void>;
  close(): Promise<void>;
}

const password = "correct horse battery";
const emailOf = (name: string) => `${name}@example.org`;

/** Nobody is in anybody's way. */
const unlimited = Object.fromEntries(
  [
    "MAX_SESSIONS_PER_USER",
    "MAX_SESSIONS_PER_ADDRESS",
    "SESSIONS_PER_HOUR",
    "SESSIONS_PER_HOUR_PER_ADDRESS",
    "REQUESTS_PER_MINUTE",
    "REQUESTS_PER_MINUTE_PER_ADDRESS",
  ].map((name) => [name, "0"]),
);

/** Opens it. `env`: more settings. */
export async function openWorld(env: Readonly<Record<string, string>> = {}): Promise<World> {
  const config = readConfig({
    ...unlimited,
    SIGN_IN_FAILURES: "1000000",
    // What is live at the start is live to the end, however long the table takes.
    RESUME_GRACE_SECONDS: "3600",
    PORT: "0",
    AUTH: "accounts",
    VERIFY_EMAIL: "0",
    TRANSCRIBER: "scripted",
    REPLY_MODEL: "embedded",
    SYNTHESIZER: "scripted",
    DATA_DIR: testDataDir(),
    ...env,
  });
  const log = openLog("silent");
  const metrics = openMetrics();
  const composed = await compose(config, { clock: systemClock, log, metrics });
  const { database } = composed.store as OpenStore;
  const server = await startServer({ config, log, metrics, ...composed });
  const authenticate = await guestsAlone(config);
  const forGuests = await startServer({ config, log, ...composed, metrics: openMetrics(), authenticate });
  const tokens: Partial<Record<Asker, string>> = {};

  const ask: World["ask"] = (asker, method, path, sent = {}) =>
    send(asker === "guest" ? forGuests : server, method, path, { token: tokens[asker], ...sent });
  const asked = async (...request: Parameters<typeof ask>) => {
    const [asker, method, path] = request;
    const { status, text } = await ask(...request);
    if (status >= 300) throw new Error(`${asker}: ${method} ${path} answered ${status}: ${text}`);
    const body = JSON.parse(text);
    return body.data ?? body;
  };
  const as =
    (asker: Asker): AsOwner =>
    (method, path, json) =>
      asked(asker, method, path, json === undefined ? {} : { json });
  const asOwner = as("owner");
  const signIn = async (name: string): Promise<string> => {
    const json = { email: emailOf(name), password, token: true };
    return (await asked("nobody", "POST", "/api/auth/sign-in/email", { json })).token;
  };
  const renew = async (asker: Asker) => {
    if (!isPerson(asker)) return;
    tokens[asker] = await signIn(asker);
    // Made of the sign-in before, it ended with it.
    if (asker === "owner") tokens.secret = (await asOwner("POST", "/v1/realtime/client_secrets", {})).value;
  };

  const ids = {} as Record<Person | "spare", string>;
  for (const name of [...people, "spare"] as const) {
    const json = { email: emailOf(name), password, name: name === "owner" ? `Ann ${marker}` : name };
    ids[name] = (await asked("nobody", "POST", "/api/auth/sign-up/email", { json })).user.id;
  }
  await database.pool.query("update kuku.users set role = 'admin' where id = $1", [ids.admin]);
  for (const person of people) await renew(person);
  const keep = keepAudio(composed);
  const made = await makeThings(asOwner, { signIn: () => signIn("owner"), keepAudio: keep });
  Object.assign(tokens, await credentialsOf(asOwner, config, ids.owner), await endUsers(server, asOwner));
  const user = await makeTalks(as("alice"), keep, userMarker);
  const { nodes } = await asked("admin", "GET", "/api/admin/nodes");

  return {
    server,
    things: { ...made, user, owner: ids.owner, spare: ids.spare, node: nodes[0].node },
    ask,
    renew,
    connect: (asker, query, how) =>
      openSocket(asker === "guest" ? forGuests : server, query, { token: tokens[asker], how }),
    newSession: async (of) => (await newSession(as(of), of === "owner" ? marker : userMarker)).id,
    async newResumable(of) {
      const { client } = await openSocket(server, "", { token: tokens[of], how: "header" });
      if (!client) throw new Error(`the socket of ${of} was refused`);
      const { token } = await client.event("kuku.resumable");
      client.ws.terminate();
      await client.closed;
      return token;
    },
    async close() {
      await Promise.all([server.stop(), forGuests.stop()]);
      await composed.close();
      rmSync(config.dataDir, { recursive: true });
    },
  };
}

/** What else the owner has given out. */
async function credentialsOf(
  asOwner: AsOwner,
  { dataDir, authSecret }: Config,
  ownerId: string,
): Promise<Pick<Record<Asker, string>, "revoked" | "expired" | "reader">> {
  const make = (scopes: string[]) => asOwner("POST", "/api/keys", { name: "A key", scopes });
  const revoked = await make(["read", "talk", "erase"]);
  await asOwner("DELETE", `/api/keys/${revoked.id}`);
  const anHourAgo = { ...systemClock, wallTime: () => systemClock.wallTime() - 3_600_000 };
  const then = openClientSecrets(await readSigningKey(dataDir, authSecret), anHourAgo);
  return {
    revoked: revoked.key,
    expired: then.make({ ownerId, seconds: 600 }).value,
    reader: (await make(["read"])).key,
  };
}

/** Client secrets that a program of the owner makes with one key for two people. */
async function endUsers(
  server: RunningServer,
  asOwner: AsOwner,
): Promise<Pick<Record<Asker, string>, "alice" | "bob">> {
  const scopes = ["read", "talk", "erase"];
  const { key } = await asOwner("POST", "/api/keys", { name: "The application", scopes });
  const secretFor = async (user: string) => {
    const kuku = { user, scopes: [...scopes, "rate", "export"] };
    const json = { kuku, expires_after: { seconds: 7200 } };
    const { text } = await send(server, "POST", "/v1/realtime/client_secrets", { json, token: key });
    return JSON.parse(text).value;
  };
  return { alice: await secretFor("alice"), bob: await secretFor("bob") };
}

/** For a second face of the same server: the settings know guests or do not. */
async function guestsAlone({ access, dataDir, authSecret }: Config) {
  const never = () => Promise.reject(new Error("a guest showed something"));
  return openIdentity({
    access: { ...access, guests: {} },
    secrets: { read: () => undefined },
    keys: { find: never, findById: never, standing: never },
    limiter: countingLimiter(),
    signingKey: await readSigningKey(dataDir, authSecret),
    clock: systemClock,
  });
}

function keepAudio({ store, objects }: Composition): KeepAudio {
  return async (session, audio, bytes) => {
    await objects.put(audio.key, bytes);
    await store.saveAudio(session, audio);
  };
}
