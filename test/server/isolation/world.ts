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
import { type Asker, isPerson, type Person, people } from "./askers.ts";
import { type Answer, openSocket, type Sent, type Socketed, send } from "./asking.ts";
import { type AsOwner, makeThings, marker, newSession, type Things } from "./things.ts";

export interface World {
  readonly server: RunningServer;
  readonly things: Things;
  /** Asks as somebody: guests ask a server that lets guests in. */
  ask(asker: Asker, method: string, path: string, sent?: Sent): Promise<Answer>;
  /** Opens a socket as somebody. */
  connect(asker: Asker, query: string, how: "header" | "offer"): Promise<Socketed>;
  /** A session of the owner that goes on, with their words in it. */
  newSession(): Promise<string>;
  /** The token that brings a socket back to a session of the owner. */
  newResumable(): Promise<string>;
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
  const asOwner: AsOwner = (method, path, json) =>
    asked("owner", method, path, json === undefined ? {} : { json });
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
  const made = await makeThings(asOwner, { signIn: () => signIn("owner"), keepAudio: keepAudio(composed) });
  Object.assign(tokens, await credentialsOf(asOwner, config, ids.owner));
  const { nodes } = await asked("admin", "GET", "/api/admin/nodes");

  return {
    server,
    things: { ...made, owner: ids.owner, spare: ids.spare, node: nodes[0].node },
    ask,
    renew,
    connect: (asker, query, how) =>
      openSocket(asker === "guest" ? forGuests : server, query, { token: tokens[asker], how }),
    newSession: async () => (await newSession(asOwner)).id,
    async newResumable() {
      const { client } = await openSocket(server, "", { token: tokens.owner, how: "header" });
      if (!client) throw new Error("the owner's socket was refused");
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
  const then = openClientSecrets({ key: await readSigningKey(dataDir, authSecret), clock: anHourAgo });
  return {
    revoked: revoked.key,
    expired: then.make({ ownerId, seconds: 600 }).value,
    reader: (await make(["read"])).key,
  };
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

function keepAudio({ store, objects }: Composition): Parameters<typeof makeThings>[1]["keepAudio"] {
  return async (session, audio, bytes) => {
    await objects.put(audio.key, bytes);
    await store.saveAudio(session, audio);
  };
}
