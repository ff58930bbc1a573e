import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { manualClock, systemClock } from "../../../src/lib/clock.ts";
import { type Keys, openKeys } from "../../../src/server/access/api-keys/api-keys.ts";
import { openClientSecrets } from "../../../src/server/access/client-secrets.ts";
import { isGuest, reaches } from "../../../src/server/access/guests.ts";
import { type IdentityOptions, openIdentity } from "../../../src/server/access/identity.ts";
import { administers, type Credentials } from "../../../src/server/access/principal.ts";
import type { Quotas } from "../../../src/server/config/access-settings.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { HttpError, protocolError } from "../../../src/server/net/http-error.ts";
import { type OpenStore, openStore } from "../../../src/store/open-store.ts";
import { openKeyQueries } from "../../../src/store/queries/key-queries.ts";
import { StoreError } from "../../../src/store/store.ts";
import { addUser, block, countingLimiter, rowSignIns, signIn } from "../../support/people.ts";
import { testDataDir } from "../../support/test-database.ts";

const signingKey = new Uint8Array(32).fill(7);
const accounts = { mode: "accounts", anonymous: false } as const;
const address = "192.0.2.7";

let store: OpenStore;
let folder: string;
beforeAll(async () => {
  folder = testDataDir();
  store = await openStore({ dataDir: folder, clock: systemClock, nodeId: "node_1" });
  await addUser(store.database, "user_ann");
  await addUser(store.database, "user_root", "admin");
  await signIn(store.database, "user_ann", "signed-in");
  await signIn(store.database, "user_root", "root-signed-in");
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const start = Date.UTC(2026, 10, 23);
let clock = manualClock(start);
let secrets = openClientSecrets(signingKey, clock);
let keys: Keys;
let limiter = countingLimiter();
beforeEach(() => {
  clock = manualClock(start);
  secrets = openClientSecrets(signingKey, clock);
  const queries = openKeyQueries(store.database);
  keys = openKeys({ queries, live: () => [], clock, log: openLog("silent") });
  limiter = countingLimiter();
});
afterEach(() => block(store.database, "user_ann", false));

function chain(access: IdentityOptions["access"] = accounts, options: Partial<IdentityOptions> = {}) {
  const signIns = rowSignIns(store.database);
  const identify = openIdentity({ access, secrets, keys, signIns, limiter, signingKey, clock, ...options });
  return (shown: Partial<Credentials>) =>
    identify({ token: undefined, remoteAddress: address, ...shown }, new AbortController().signal);
}
const codeOf = (answer: Promise<unknown>) =>
  answer.then(
    () => "let in",
    (error: unknown) => (error instanceof HttpError ? `${error.code}: ${error.message}` : error),
  );
const make = async (ownerId: string, wanted: Partial<Parameters<Keys["make"]>[1]> = {}) => {
  const made = await keys.make(ownerId, { name: "Test", scopes: ["read", "talk"], ...wanted });
  if (!made) throw new Error("too many keys");
  return made;
};

describe("a sign-in", () => {
  it("is its user, by token or by cookie", async () => {
    const who = chain();
    const ann = { id: "user_ann", via: "sign_in", signInId: "signed-in" };
    expect(await who({ token: "signed-in" })).toEqual(ann);
    expect(await who({ cookie: "theme=dark; kuku.session_token=signed-in" })).toEqual(ann);
    expect(await who({ token: "root-signed-in" })).toMatchObject({ id: "user_root", role: "admin" });
  });

  it("that is wrong is refused, whatever else is there, and by token counts against its address", async () => {
    const who = chain({ ...accounts, guests: {} });
    for (const shown of [
      { token: "wrong" },
      { token: "" },
      { token: "wrong", cookie: "kuku.session_token=signed-in" },
      { cookie: "kuku.session_token=wrong" },
    ])
      expect(await codeOf(who(shown)), JSON.stringify(shown)).toMatch(/^INVALID_CREDENTIALS/);
    // The cookie comes along unasked: an old one is no guess.
    expect(limiter.failures).toEqual([{ address }, { address }, { address }]);
  });

  it("[AC1] is let in however many wrong ones came from its address", async () => {
    const full = protocolError("rate_limit_exceeded", "Too many.", { retryAfter: 60 });
    const who = chain(accounts, { limiter: { failed: () => Promise.reject(full) } });
    const key = (await make("user_ann")).token;
    await expect(who({ token: `${key.slice(0, -1)}x` })).rejects.toBe(full);
    const secret = secrets.make({ ownerId: "user_ann", seconds: 60 }).value;
    for (const token of ["signed-in", key, secret])
      expect(await who({ token })).toMatchObject({ id: "user_ann" });
  });

  it("[AC5] signed with another AUTH_SECRET is refused, and counts as no guess", async () => {
    const before = openClientSecrets(new Uint8Array(32).fill(8), clock);
    const secret = before.make({ ownerId: "user_ann", seconds: 60 }).value;
    const signature = "W0l3n0tAS1gnatureButOneThatIsAsLongAsOneIs4";
    for (const token of [secret, `${"a1B2".repeat(8)}.${signature}`])
      expect(await codeOf(chain()({ token })), token).toMatch(/^INVALID_CREDENTIALS/);
    expect(limiter.failures).toEqual([]);
  });
});

describe("an API key", () => {
  it("is its owner, for what it is for, with its limits", async () => {
    const limits: Quotas = { tokensPerDay: 1000 };
    const { token, key } = await make("user_ann", { scopes: ["read"], limits });
    expect(await chain()({ token })).toEqual({
      id: "user_ann",
      via: "key",
      scopes: ["read"],
      keyId: key.id,
      quotas: limits,
    });
    expect(limiter.failures).toEqual([]);
  });

  it("administers only for who does, and only where it is for that", async () => {
    const as = async (owner: string, scopes: ("read" | "admin")[]) =>
      administers(await chain()({ token: (await make(owner, { scopes })).token }));
    expect([await as("user_root", ["admin"]), await as("user_root", ["read"])]).toEqual([true, false]);
    expect(await as("user_ann", ["admin"])).toBe(false);
  });

  it("that was revoked, has expired or was never made is told the same", async () => {
    const who = chain({ ...accounts, guests: {} });
    const revoked = await make("user_ann");
    await keys.revoke(revoked.key.id);
    const expired = await make("user_ann", { expiresAt: start + 1000 });
    expect(await codeOf(who({ token: expired.token }))).toBe("let in");
    await clock.advance(1000);
    const unknown = `${expired.token.slice(0, -1)}${expired.token.endsWith("0") ? "1" : "0"}`;
    const told = [];
    for (const token of [revoked.token, expired.token, unknown, "kk_", "kk_short"])
      told.push(await codeOf(who({ token })));
    expect(new Set(told).size).toBe(1);
    expect(told[0]).toMatch(/^INVALID_CREDENTIALS/);
    // What was good once is no guess: a forgotten program must not lock out its whole network.
    expect(limiter.failures).toHaveLength(3);
  });

  it("is nobody's while its owner is blocked, or once they are gone", async () => {
    const who = chain();
    const { token } = await make("user_ann");
    await block(store.database, "user_ann", true, start + 5000);
    expect(await codeOf(who({ token }))).toMatch(/^INVALID_CREDENTIALS/);
    await clock.advance(5000);
    expect(await codeOf(who({ token }))).toBe("let in");
    await block(store.database, "user_ann");
    expect(await codeOf(who({ token }))).toMatch(/^INVALID_CREDENTIALS/);
    expect(await codeOf(who({ token: (await make("user_gone")).token }))).toMatch(/^INVALID_CREDENTIALS/);
  });
});

describe("a client secret", () => {
  const secret = (bearer: Partial<Parameters<typeof secrets.make>[0]> = {}) =>
    secrets.make({ ownerId: "user_ann", seconds: 600, ...bearer }).value;

  it("is its user, to look and to talk, and administers nothing", async () => {
    expect(await chain()({ token: secret({ persona: "reader" }) })).toEqual({
      id: "user_ann",
      via: "secret",
      secretId: expect.any(String),
      endUser: expect.stringMatching(/^secret:./),
      scopes: ["read", "talk"],
      persona: "reader",
    });
    expect(administers(await chain()({ token: secret({ ownerId: "user_root" }) }))).toBe(false);
  });

  it("of a key has no more than the key: its limits, its end", async () => {
    const { key } = await make("user_ann", { limits: { tokensPerDay: 1000, sessionsAtOnce: 2 } });
    const token = secret({ keyId: key.id, scopes: ["talk"], limits: { tokensPerDay: 5000, costPerDay: 1 } });
    expect(await chain()({ token })).toEqual({
      id: "user_ann",
      via: "secret",
      scopes: ["talk"],
      keyId: key.id,
      secretId: expect.any(String),
      endUser: expect.stringMatching(/^secret:./),
      quotas: { tokensPerDay: 5000, costPerDay: 1 },
      keyQuotas: { tokensPerDay: 1000, sessionsAtOnce: 2 },
    });
    expect(await codeOf(chain()({ token: secret({ ownerId: "user_root", keyId: key.id }) }))).toMatch(
      /^INVALID_CREDENTIALS/,
    );
    await keys.revoke(key.id);
    expect(await codeOf(chain()({ token }))).toMatch(/^INVALID_CREDENTIALS/);
  });

  it("ends with the sign-in it was made in, with its time, and with its user", async () => {
    const who = chain();
    await signIn(store.database, "user_ann", "on-the-train");
    const [of, own] = [secret({ signInId: "on-the-train" }), secret()];
    expect(await codeOf(who({ token: of }))).toBe("let in");
    await store.database.pool.query("delete from kuku.sign_ins where id = 'on-the-train'");
    expect(await codeOf(who({ token: of }))).toMatch(/^INVALID_CREDENTIALS/);
    expect(await codeOf(who({ token: own }))).toBe("let in");
    await block(store.database, "user_ann");
    expect(await codeOf(who({ token: own }))).toMatch(/^INVALID_CREDENTIALS/);
    await block(store.database, "user_ann", false);
    await clock.advance(600_000);
    expect(await codeOf(who({ token: own }))).toMatch(/^INVALID_CREDENTIALS/);
    expect(limiter.failures).toEqual([]);
    expect(await codeOf(who({ token: "ek_made-up" }))).toMatch(/^INVALID_CREDENTIALS/);
    expect(limiter.failures).toEqual([{ address }]);
  });
});

describe("nothing", () => {
  it("is nobody where people sign in, and the one user where they do not", async () => {
    expect(await codeOf(chain()({}))).toMatch(/^INVALID_CREDENTIALS/);
    const local = chain({ mode: "none", anonymous: false });
    expect(await local({})).toEqual({ id: "local", role: "admin" });
    // A client's library may insist on a token.
    expect(await local({ token: "sk-anything" })).toEqual({ id: "local", role: "admin" });
    expect(await chain({ mode: "none", anonymous: true })({})).toEqual({ id: "local" });
  });

  it("does not make up for credentials that are wrong, there either", async () => {
    const local = chain({ mode: "none", anonymous: false });
    const { token, key } = await make("local", { scopes: ["read"] });
    expect(await local({ token })).toMatchObject({ id: "local", role: "admin", scopes: ["read"] });
    const secret = secrets.make({ ownerId: "local", seconds: 60 }).value;
    expect(await local({ token: secret })).toMatchObject({ id: "local", via: "secret" });
    // Where people sign in the local user is nobody.
    for (const shown of [token, secret]) expect(await codeOf(chain()({ token: shown }))).toMatch(/^INVALID/);
    await keys.revoke(key.id);
    for (const shown of [token, "ek_made-up"])
      expect(await codeOf(local({ token: shown }))).toMatch(/^INVALID/);
  });

  it("is a guest where there are guests: another each time, or the same with the cookie", async () => {
    const who = chain({ ...accounts, guests: { sessionsPerDay: 5 } });
    const [one, other] = [await who({}), await who({})];
    expect([one.via, other.via]).toEqual(["guest", "guest"]);
    expect(one.id).not.toBe(other.id);
    let cookie = "";
    const kept = await who({
      keep([given]) {
        cookie = given as string;
      },
    });
    expect(cookie).toMatch(/^kuku_guest=guest_[^;]+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/);
    const value = cookie.split(";")[0] as string;
    expect(await who({ cookie: `theme=dark; ${value}` })).toEqual(kept);
    // To know a guest's id is not to be it.
    for (const forged of [`kuku_guest=${kept.id}`, `${value}x`, value.replace("guest_0", "guest_1")])
      expect((await who({ cookie: forged })).id).not.toBe(kept.id);
    // What a guest made who cannot come back is open to guests who name it; what another made is not.
    const of = ({ id: ownerId }: { readonly id: string }) => ({ ownerId });
    expect([reaches(other, of(one)), reaches(kept, of(one)), reaches(one, of(kept))]).toEqual([
      true,
      true,
      false,
    ]);
    expect(reaches({ id: "user_ann", via: "sign_in" }, of(one))).toBe(false);
  });

  it("and a guest's token stays a guest's, while there are guests", async () => {
    const who = chain({ ...accounts, guests: {} });
    const { id } = await who({});
    const token = secrets.make({ ownerId: id, seconds: 60 }).value;
    expect(await who({ token })).toMatchObject({ id, via: "guest", scopes: ["read", "talk"] });
    expect(isGuest(id)).toBe(true);
    expect(await codeOf(chain()({ token }))).toMatch(/^INVALID_CREDENTIALS/);
  });
});

it("while the database is away credentials are neither good nor bad", async () => {
  const away = () => Promise.reject(new StoreError("away"));
  const token = (await make("user_ann")).token;
  const secret = secrets.make({ ownerId: "user_ann", seconds: 60 }).value;
  const who = chain(accounts, {
    keys: { find: away, findById: away, standing: away },
    signIns: { read: away },
  });
  for (const shown of [token, secret, "signed-in"])
    await expect(who({ token: shown })).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", status: 503 });
  expect(limiter.failures).toEqual([]);
});
