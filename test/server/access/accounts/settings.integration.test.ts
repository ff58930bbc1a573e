/** Accounts as the settings have them: closed, unconfirmed, counted; and what happens when something is away. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { manualClock } from "../../../../src/lib/clock.ts";
import { accountsRoutes } from "../../../../src/server/api/accounts/routes.ts";
import type { OpenStore } from "../../../../src/store/open-store.ts";
import { openFace } from "../../api/support.ts";
import { type House, type HouseOptions, looksOf, openHouse, openTestStore, password } from "./support.ts";

let store: OpenStore;
let house: House | undefined;
beforeAll(async () => {
  store = await openTestStore();
});
beforeEach(async () => {
  for (const table of ["users", "verifications"])
    await store.database.pool.query(`delete from kuku.${table}`);
});
afterEach(async () => {
  await house?.close();
  house = undefined;
});
afterAll(() => store.close());

async function open(options: HouseOptions): Promise<House> {
  house = await openHouse({ store, ...options });
  return house;
}

const ann = { email: "ann@example.org", password };

test("where addresses are not confirmed, whoever makes an account is signed in, and a taken address is told", async () => {
  const { post, mails } = await open({ access: { verifyEmail: false } });
  const made = await post("sign-up/email", ann);
  expect(made.json().data).toMatchObject({ verify: false, user: { email: "ann@example.org" } });
  expect(String(made.headers["set-cookie"])).toContain("session_token=");
  const taken = await post("sign-up/email", { ...ann, password: "another password" });
  expect([taken.statusCode, taken.json().code]).toEqual([409, "ACCOUNT_EXISTS"]);
  expect((await post("send-verification-email", ann)).statusCode).toBe(400);
  expect((await post("send-verification-email", { email: ann.email })).statusCode).toBe(200);
  await house?.accounts.settled();
  expect(mails).toEqual([]);
});

test("where only the administrator makes accounts, nobody else does", async () => {
  const { post, app } = await open({ access: { signUp: "closed", guests: {} } });
  const answer = await post("sign-up/email", ann);
  expect([answer.statusCode, answer.json().code]).toEqual([403, "SIGN_UP_CLOSED"]);
  const settings = await app.inject({ url: "/api/auth/settings" });
  expect(settings.json().data).toEqual({ mode: "accounts", signUp: false, guests: true });
});

test("after too many wrong passwords none is looked at, whether the account exists or not", async () => {
  const { post, enter, hashes } = await open({ mostFailures: 3 });
  await enter(ann.email);
  const tries = async (email: string) => {
    const answers = [];
    for (let count = 0; count < 4; count++)
      answers.push(looksOf(await post("sign-in/email", { email, password: "not the password" })));
    return answers;
  };
  const known = await tries(ann.email);
  expect(known.map((looks) => (looks as { status: number }).status)).toEqual([401, 401, 401, 429]);
  expect(known[3]).toMatchObject({ headers: { "retry-after": "900" } });
  const before = hashes();
  expect((await post("sign-in/email", ann)).statusCode).toBe(429);
  expect(hashes()).toBe(before);

  await house?.close();
  const other = await open({ mostFailures: 3 });
  const unknown = [];
  for (let count = 0; count < 4; count++) {
    const body = { email: "nobody@example.org", password: "not the password" };
    unknown.push(looksOf(await other.post("sign-in/email", body)));
  }
  expect(unknown).toEqual(known);
});

test("a right password forgives the wrong ones before it", async () => {
  const { post, enter } = await open({ mostFailures: 5 });
  await enter(ann.email);
  const wrong = () => post("sign-in/email", { ...ann, password: "not the password" });
  for (let count = 0; count < 2; count++) await wrong();
  expect((await post("sign-in/email", ann)).statusCode).toBe(200);
  for (let count = 0; count < 3; count++) expect((await wrong()).statusCode).toBe(401);
});

test("nobody gets mail after mail, whoever asks for it", async () => {
  const { post, enter, mails, accounts } = await open({});
  await enter(ann.email);
  const mailsTo = async (email: string) => {
    const before = mails.length;
    const statuses = [];
    for (const path of ["request-password-reset", "send-verification-email", "request-password-reset"])
      for (let count = 0; count < 2; count++) statuses.push((await post(path, { email })).statusCode);
    await accounts.settled();
    return { statuses, sent: mails.length - before };
  };
  // One was the sign-up's.
  expect(await mailsTo(ann.email)).toEqual({ statuses: [200, 200, 200, 200, 429, 429], sent: 2 });
  expect((await mailsTo("nobody@example.org")).statuses).toEqual([200, 200, 200, 200, 200, 429]);
  const others = [];
  for (let count = 0; count < 60; count++)
    others.push((await post("request-password-reset", { email: `other${count}@example.org` })).statusCode);
  expect(others.filter((status) => status === 429).length).toBeGreaterThan(5);
});

test("a mailed link is not guessed for long", async () => {
  const { post } = await open({ mostFailures: 2 });
  const guesses = [];
  for (let count = 0; count < 2; count++)
    guesses.push((await post("reset-password", { token: "guess", password })).statusCode);
  guesses.push((await post("verify-email", { token: "guess" })).statusCode);
  expect(guesses).toEqual([400, 400, 429]);
});

test("a mail that cannot be sent changes no answer, and is logged without whom it was for", async () => {
  const send = async () => {
    throw Object.assign(new Error("550 no such mailbox <ann@example.org>"), {
      code: "EENVELOPE",
      responseCode: 550,
    });
  };
  const { post, accounts, logged } = await open({ mail: { send } });
  expect((await post("sign-up/email", ann)).json().data).toEqual({ verify: true });
  await accounts.settled();
  expect(logged).toContainEqual(
    expect.objectContaining({ level: "warn", task: "verify mail", code: "EENVELOPE", status: 550 }),
  );
  expect(JSON.stringify(logged)).not.toContain("ann@");
});

test("a mail server that does not answer keeps nobody waiting", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { post } = await open({ mail: { send: () => promise } });
  for (let count = 0; count < 3; count++)
    expect((await post("sign-up/email", { ...ann, email: `ann${count}@example.org` })).statusCode).toBe(200);
  resolve();
});

test("while the database is away, that is said, and nothing of what was asked", async () => {
  const away = await openTestStore();
  const { post, enter, app, logged } = await open({ store: away });
  const token = await enter(ann.email);
  await away.close();
  const answers = [
    await post("sign-in/email", ann),
    await post("sign-up/email", { ...ann, email: "bob@example.org" }),
    await app.inject({ url: "/api/me", headers: { authorization: `Bearer ${token}` } }),
  ];
  for (const answer of answers)
    expect([answer.statusCode, answer.json().code]).toEqual([503, "STORE_UNAVAILABLE"]);
  expect(JSON.stringify(logged)).not.toMatch(/@example|correct horse/);
  expect(JSON.stringify(logged)).not.toContain(token.slice(0, 20));
});

test("sign-ins and links that are over are removed within the hour", async () => {
  const clock = manualClock(Date.now());
  const { post, enter, accounts } = await open({ clock });
  await enter(ann.email);
  await post("request-password-reset", { email: ann.email });
  await accounts.settled();
  const left = async () => {
    const { rows } = await store.database.pool.query(
      "select (select count(*)::int from kuku.sign_ins) as places, (select count(*)::int from kuku.verifications) as links",
    );
    return rows;
  };
  const hours = async (count: number) => {
    await clock.advance(count * 3_600_000);
    await accounts.settled();
    return left();
  };
  expect(await left()).toEqual([{ places: 1, links: 1 }]);
  expect(await hours(2)).toEqual([{ places: 1, links: 0 }]);
  await store.database.pool.query("update kuku.sign_ins set expires_at = now() - interval '60 days'");
  expect(await hours(1)).toEqual([{ places: 0, links: 0 }]);
  await accounts.close();
  expect(clock.pending).toBe(0);
});

test("[AC7] a clock that is 40 days ahead for a while ends no sign-in for good", async () => {
  const clock = manualClock(Date.now());
  const { enter, app, accounts } = await open({ clock });
  const token = await enter(ann.email);
  const status = async () =>
    (await app.inject({ url: "/api/me", headers: { authorization: `Bearer ${token}` } })).statusCode;
  /** As seen by a clock that is ahead by so many days: what is stored lies as much further back. */
  const ahead = (days: number) =>
    store.database.pool.query("update kuku.sign_ins set expires_at = expires_at - $1 * interval '1 day'", [
      days,
    ]);
  await ahead(40);
  expect(await status()).toBe(401);
  await clock.advance(3_600_000);
  await accounts.settled();
  await ahead(-40);
  expect(await status()).toBe(200);
});

test("[AC2] a new password by a mailed link lets its owner in at once, however many wrong ones there were", async () => {
  const { post, enter, link } = await open({ mostFailures: 2 });
  await enter(ann.email);
  for (let count = 0; count < 3; count++)
    await post("sign-in/email", { ...ann, password: "not the password" });
  expect((await post("sign-in/email", ann)).statusCode).toBe(429);
  await post("request-password-reset", { email: ann.email });
  const chosen = { token: await link(), password: "the next password" };
  expect((await post("reset-password", chosen)).statusCode).toBe(200);
  expect((await post("sign-in/email", { ...ann, password: chosen.password })).statusCode).toBe(200);
});

test("[AC8] API keys are revoked with a changed or reset password where that is asked for", async () => {
  const { post, enter, link, keys, app } = await open({});
  let token = await enter(ann.email);
  const { id } = (await app.inject({ url: "/api/me", headers: { authorization: `Bearer ${token}` } })).json()
    .data;
  const makeKey = () => keys.make(id, { name: "A key", scopes: ["read"] });
  const left = async () => (await keys.list(id)).length;
  await makeKey();
  const change = async (current: string, next: string, more: object) => {
    const body = { current, password: next, token: true, ...more };
    const changed = await post("change-password", body, { authorization: `Bearer ${token}` });
    token = changed.json().data?.token ?? token;
    return changed.statusCode;
  };
  expect(await change(password, "the next password", {})).toBe(200);
  expect(await left()).toBe(1);
  expect(await change("not the password", "the last password", { revokeKeys: true })).toBe(403);
  expect(await left()).toBe(1);
  expect(await change("the next password", "the last password", { revokeKeys: true })).toBe(200);
  expect(await left()).toBe(0);
  await makeKey();
  const reset = async (more: object) => {
    await post("request-password-reset", { email: ann.email });
    return (await post("reset-password", { token: await link(), password, ...more })).statusCode;
  };
  expect([await reset({}), await left()]).toEqual([200, 1]);
  expect([await reset({ revokeKeys: true }), await left()]).toEqual([200, 0]);
});

test("without accounts there is nothing to sign in to, and a page can tell", async () => {
  const face = await openFace({
    authenticate: async () => ({ id: "local", role: "admin" }),
    moreRoutes: (app) =>
      accountsRoutes(app, {
        access: { mode: "none", signUp: "open" },
        accounts: undefined,
        keys: { revokeAll: async () => {} },
        publicUrl: undefined,
        tls: false,
        allowedOrigins: [],
        loopbackOnly: true,
      }),
  });
  const read = async (url: string) => (await face.app.inject({ url })).json();
  expect((await read("/api/auth/settings")).data).toEqual({ mode: "none", signUp: false, guests: false });
  expect((await read("/api/me")).data).toEqual({ id: "local", role: "admin", via: "none", guest: false });
  expect((await face.app.inject({ method: "POST", url: "/api/auth/sign-in/email" })).statusCode).toBe(404);
  await face.close();
});
