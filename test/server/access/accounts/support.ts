/** Accounts on a real store behind the real HTTP face, with mails caught and passwords counted; asked without a socket. */
import type { LightMyRequestResponse } from "fastify";
import { type Clock, systemClock } from "../../../../src/lib/clock.ts";
import { hashSecret } from "../../../../src/lib/ids.ts";
import { Accounts } from "../../../../src/server/access/accounts/accounts.ts";
import type { Mail, MailSender } from "../../../../src/server/access/accounts/mail.ts";
import { openPasswords, type Passwords } from "../../../../src/server/access/accounts/passwords.ts";
import { type Keys, openKeys } from "../../../../src/server/access/api-keys/api-keys.ts";
import type { Authenticate } from "../../../../src/server/access/principal.ts";
import { FailedAttempts } from "../../../../src/server/access/quotas/failed-attempts.ts";
import type { Limiter } from "../../../../src/server/access/quotas/limiter.ts";
import { tooManyFailures } from "../../../../src/server/access/quotas/refusals.ts";
import { openWindowStore } from "../../../../src/server/access/quotas/window-store.ts";
import { accountsRoutes } from "../../../../src/server/api/accounts/routes.ts";
import type { AccessConfig } from "../../../../src/server/config/access-settings.ts";
import { openLog } from "../../../../src/server/logging/log.ts";
import { protocolError } from "../../../../src/server/net/http-error.ts";
import { type OpenStore, openStore } from "../../../../src/store/open-store.ts";
import { openKeyQueries } from "../../../../src/store/queries/key-queries.ts";
import { testDataDir } from "../../../support/test-database.ts";
import { type Face, openFace } from "../../api/support.ts";

export const publicUrl = "https://coach.example.org";
export const password = "correct horse battery";

export interface House extends Face {
  readonly store: OpenStore;
  readonly accounts: Accounts;
  readonly keys: Keys;
  readonly mails: Mail[];
  /** Passwords hashed or compared so far. */
  readonly hashes: () => number;
  /** Questions about accounts that the database was asked so far. */
  readonly queries: () => number;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
  /** Makes a confirmed account and signs in; its bearer token. */
  enter(email: string): Promise<string>;
  /** The token of the latest mail's link. */
  link(): Promise<string>;
}

export interface HouseOptions {
  /** Stays open; default: a new one. */
  readonly store?: OpenStore;
  readonly access?: Partial<AccessConfig>;
  readonly mail?: MailSender;
  readonly mostFailures?: number;
  readonly clock?: Clock;
  /** Hash passwords as the server does; default: in no time. */
  readonly slow?: boolean;
}

export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const mails: Mail[] = [];
  let hashes = 0;
  const count = () => void hashes++;
  const store = options.store ?? (await openTestStore());
  const queries = countQueries(store);
  const access = { mode: "accounts", signUp: "open", verifyEmail: true, ...options.access } as const;
  const logged: Record<string, unknown>[] = [];
  const log = openLog("debug", { write: (line: string) => void logged.push(JSON.parse(line)) });
  const clock = options.clock ?? systemClock;
  const accounts = new Accounts({
    database: store.database,
    access,
    secret: "a secret of thirty-two characters or more",
    secure: true,
    mail: options.mail ?? { send: async (mail) => void mails.push(mail) },
    limiter: memoryLimiter(options.mostFailures ?? 100, clock),
    clock,
    log,
    passwords: options.slow ? openPasswords({ onHash: count }) : quickPasswords(count),
  });
  const keys = openKeys({ queries: openKeyQueries(store.database), live: () => [], clock, log });
  const face = await openFace({
    authenticate: bySignIn(accounts),
    isAdmin: ({ role }) => role === "admin",
    moreRoutes: (app) =>
      accountsRoutes(app, {
        accounts,
        access,
        keys,
        publicUrl,
        tls: false,
        allowedOrigins: [],
        loopbackOnly: false,
      }),
    loopbackOnly: false,
    publicUrl,
    log,
  });
  const post: House["post"] = (path, body, headers = {}) =>
    face.app.inject({
      method: "POST",
      url: `/api/auth/${path}`,
      headers,
      ...(body !== undefined && { payload: body as object }),
    });
  const link = async () => {
    await accounts.settled();
    return /#\w+=(\S+)/.exec(mails.at(-1)?.text ?? "")?.[1] ?? "";
  };
  return {
    ...face,
    logged,
    store,
    accounts,
    keys,
    mails,
    hashes: () => hashes,
    queries,
    post,
    link,
    async enter(email) {
      await post("sign-up/email", { email, password });
      await post("verify-email", { token: await link() });
      return (await post("sign-in/email", { email, password, token: true })).json().data.token;
    },
    async close() {
      await accounts.close();
      await face.close();
      if (!options.store) await store.close();
    },
  };
}

/** An empty one; on PGlite unless told otherwise. */
export function openTestStore(databaseUrl?: string): Promise<OpenStore> {
  return openStore({
    dataDir: testDataDir(),
    clock: systemClock,
    nodeId: "node_test",
    ...(databaseUrl !== undefined && { databaseUrl }),
  });
}

function countQueries({ database: { pool } }: OpenStore): () => number {
  const { query } = pool;
  let count = 0;
  pool.query = ((...args: unknown[]) => {
    if (/kuku\W+(users|credentials)/.test(JSON.stringify(args[0]))) count++;
    return Reflect.apply(query, pool, args);
  }) as typeof query;
  return () => count;
}

function quickPasswords(onHash: () => void): Passwords {
  const hash = async (text: string) => {
    onHash();
    return hashSecret(text);
  };
  return { hash, verify: async (given) => (await hash(given.password)) === given.hash };
}

/** As the server's own chain does it, sign-ins alone. */
function bySignIn({ signIns }: Accounts): Authenticate {
  return async (credentials) => {
    const found = await signIns.read(credentials);
    if (!found) throw protocolError("invalid_credentials", "Nobody who is known here.");
    const { userId: id, admin } = found;
    return { id, via: "sign_in", ...(admin && { role: "admin" }) };
  };
}

/** The server's own counting, in memory. */
function memoryLimiter(most: number, clock: Clock): Pick<Limiter, "attempt" | "failed" | "succeeded"> {
  const windows = openWindowStore();
  const failures = new FailedAttempts({ own: windows, shared: windows, most, clock });
  const refuse = (wait: number | undefined) => {
    if (wait !== undefined) throw tooManyFailures(wait);
  };
  return {
    attempt: async (attempt) => refuse(await failures.begin(attempt)),
    failed: async (attempt) => refuse(await failures.failed(attempt)),
    succeeded: (attempt) => failures.succeeded(attempt),
  };
}

/** What of an answer somebody could tell two accounts apart by. */
export function looksOf(answer: LightMyRequestResponse): unknown {
  const { date, "x-request-id": _, ...headers } = answer.headers;
  return { status: answer.statusCode, body: answer.body, headers };
}
