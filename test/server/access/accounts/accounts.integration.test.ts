/** Accounts by their HTTP face: coming in, going out, and what nobody may learn on the way. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type House, looksOf, openHouse, password, publicUrl } from "./support.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const me = (authorization: string) =>
  house.app.inject({ url: "/api/me", headers: { authorization: `Bearer ${authorization}` } });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test("an account is made, confirmed by the mailed link, and signed in to", async () => {
  const email = "Ann@Example.org";
  const made = await house.post("sign-up/email", { email, password, name: "Ann" });
  expect([made.statusCode, made.json()]).toEqual([200, { success: true, data: { verify: true } }]);
  const token = await house.link();
  expect(house.mails.at(-1)).toMatchObject({
    to: "ann@example.org",
    subject: "Confirm your address for Kuku Coach",
    text: expect.stringContaining(`${publicUrl}/sign-in.html#verify=${token}`),
  });

  const early = await house.post("sign-in/email", { email, password });
  expect([early.statusCode, early.json().code]).toEqual([403, "EMAIL_NOT_VERIFIED"]);
  expect(early.headers["set-cookie"]).toBeUndefined();
  expect((await house.post("verify-email", { token: `${token}x` })).json().code).toBe("INVALID_LINK");
  expect((await house.post("verify-email", { token })).statusCode).toBe(200);

  const entered = await house.post("sign-in/email", { email, password });
  expect(entered.json().data).toEqual({
    user: {
      id: expect.stringMatching(/^user_[0-9a-f]{32}$/),
      email: "ann@example.org",
      name: "Ann",
      role: "user",
    },
  });
  expect(entered.headers["set-cookie"]).toEqual([
    expect.stringMatching(
      /^__Host-kuku\.session_token=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    ),
  ]);
  expect(entered.headers["cache-control"]).toBe("no-store");
});

test("a cookie is somebody's sign-in until it is signed out", async () => {
  await house.enter("cookie@example.org");
  const entered = await house.post("sign-in/email", { email: "cookie@example.org", password });
  const cookie = String(entered.headers["set-cookie"]).split(";")[0] ?? "";
  const read = (shown: { token?: string; cookie?: string }) =>
    house.accounts.signIns.read({ token: undefined, remoteAddress: undefined, ...shown });
  expect(await read({ cookie })).toEqual({
    userId: entered.json().data.user.id,
    admin: false,
    signInId: expect.stringMatching(/^[0-9a-f]{40}$/),
  });
  expect(await read({ cookie: cookie.replace(/.$/, "") })).toBeUndefined();
  expect(await read({ token: "ek_other", cookie })).toBeUndefined();
  const headers = { cookie, origin: publicUrl, host: new URL(publicUrl).host };
  const page = await house.app.inject({ url: "/api/me", headers });
  expect(page.json().data).toMatchObject({ email: "cookie@example.org", via: "sign_in" });
  const out = await house.post("sign-out", undefined, headers);
  expect(out.headers["set-cookie"]).toContainEqual(
    expect.stringMatching(/^__Host-kuku\.session_token=; Max-Age=0/),
  );
  expect(await read({ cookie })).toBeUndefined();
});

test("of a browser that is not to remember, cookie and sign-in end soon", async () => {
  await house.enter("brief@example.org");
  const body = { email: "brief@example.org", password, remember: false };
  const entered = await house.post("sign-in/email", body);
  const [cookie] = [entered.headers["set-cookie"]].flat();
  expect(cookie).not.toContain("Max-Age");
  const user = entered.json().data.user.id;
  const { rows } = await house.store.database.pool.query(
    "select expires_at > now() + interval '2 days' as long from kuku.sign_ins where user_id = $1 order by created_at",
    [user],
  );
  expect(rows).toEqual([{ long: true }, { long: false }]);
});

test("a program's token is worth something only with its signature", async () => {
  const token = await house.enter("program@example.org");
  expect((await me(token)).json().data).toEqual({
    id: expect.stringMatching(/^user_/),
    email: "program@example.org",
    name: "",
    role: "user",
    via: "sign_in",
    guest: false,
  });
  const [unsigned = ""] = token.split(".");
  for (const wrong of [unsigned, `${unsigned}.`, `${unsigned}.AAAA`, "", `${token}A`])
    expect((await me(wrong)).statusCode).toBe(401);
});

test("a wrong password and an unknown address get the same answer after the same work", async () => {
  await house.enter("known@example.org");
  const tries: unknown[] = [];
  for (const email of ["known@example.org", "nobody@example.org"]) {
    const [hashes, queries] = [house.hashes(), house.queries()];
    const answer = await house.post("sign-in/email", { email, password: "not the password" });
    tries.push([looksOf(answer), house.hashes() - hashes, house.queries() - queries]);
  }
  expect(tries[0]).toEqual([expect.objectContaining({ status: 401 }), 1, 1]);
  expect(tries[1]).toEqual(tries[0]);
});

test("an address that is taken gets the answer of a free one after the same work; its owner learns of it", async () => {
  await house.enter("taken@example.org");
  const tries: unknown[] = [];
  for (const email of ["taken@example.org", "free@example.org"]) {
    const before = house.hashes();
    const answer = await house.post("sign-up/email", { email, password: "another password" });
    tries.push([looksOf(answer), house.hashes() - before]);
    await house.accounts.settled();
  }
  expect(tries[1]).toEqual(tries[0]);
  expect(tries[0]).toEqual([expect.objectContaining({ status: 200 }), 1]);
  const taken = house.mails.filter(({ to }) => to === "taken@example.org").at(-1);
  expect(taken?.subject).toBe("You have an account at Kuku Coach");
  expect((await house.post("sign-in/email", { email: "taken@example.org", password })).statusCode).toBe(200);
});

test("asking for a new password, or for the link again, tells nobody who has an account", async () => {
  await house.enter("lost@example.org");
  await house.post("sign-up/email", { email: "unconfirmed@example.org", password });
  await house.accounts.settled();
  for (const path of ["request-password-reset", "send-verification-email"]) {
    const before = [house.hashes(), house.mails.length];
    const answers = [];
    for (const who of ["lost", "unconfirmed", "nobody"])
      answers.push(looksOf(await house.post(path, { email: `${who}@example.org` })));
    expect(answers[0]).toMatchObject({ status: 200 });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    await house.accounts.settled();
    const mailed = house.mails.slice(before[1]).map(({ to }) => to);
    expect(mailed.sort()).toEqual(
      path === "request-password-reset"
        ? ["lost@example.org", "unconfirmed@example.org"]
        : ["unconfirmed@example.org"],
    );
    expect(house.hashes()).toBe(before[0]);
  }
});

test("a mailed link sets a new password once, ends every sign-in, and confirms the address", async () => {
  const email = "forgetful@example.org";
  const token = await house.enter(email);
  await house.post("request-password-reset", { email });
  const link = await house.link();
  expect(house.mails.at(-1)?.text).toContain(`${publicUrl}/sign-in.html#reset=${link}`);
  const { rows } = await house.store.database.pool.query("select identifier from kuku.verifications");
  expect(JSON.stringify(rows)).not.toContain(link);

  const next = "a new password";
  expect((await house.post("reset-password", { token: link, password: "short" })).json().code).toBe(
    "INVALID_PASSWORD",
  );
  expect((await house.post("reset-password", { token: link, password: next })).statusCode).toBe(200);
  expect((await me(token)).statusCode).toBe(401);
  expect((await house.post("sign-in/email", { email, password })).statusCode).toBe(401);
  expect((await house.post("sign-in/email", { email, password: next })).statusCode).toBe(200);
  expect((await house.post("reset-password", { token: link, password })).json().code).toBe("INVALID_LINK");

  await house.post("sign-up/email", { email: "never@example.org", password });
  await house.accounts.settled();
  await house.post("request-password-reset", { email: "never@example.org" });
  await house.post("reset-password", { token: await house.link(), password: next });
  expect((await house.post("sign-in/email", { email: "never@example.org", password: next })).statusCode).toBe(
    200,
  );
});

test("one sees where one is signed in, and ends it there, elsewhere, or everywhere", async () => {
  const email = "busy@example.org";
  const first = await house.enter(email);
  const again = async () =>
    (await house.post("sign-in/email", { email, password, token: true }, { "user-agent": "a phone" })).json()
      .data.token as string;
  const [second, third] = [await again(), await again()];
  const list = async (token: string) =>
    (await house.app.inject({ url: "/api/auth/sign-ins", headers: bearer(token) })).json().data.signIns;
  const places = await list(first);
  expect(places.map(({ current }: { current: boolean }) => current)).toEqual([false, false, true]);
  expect(places[0]).toMatchObject({ userAgent: "a phone", address: "127.0.0.1" });
  expect(JSON.stringify(places)).not.toContain(second.split(".")[0]);

  const end = (token: string, id: string) =>
    house.app.inject({ method: "DELETE", url: `/api/auth/sign-ins/${id}`, headers: bearer(token) });
  const other = await house.enter("nosy@example.org");
  expect((await end(other, places[0].id)).json().code).toBe("SIGN_IN_NOT_FOUND");
  expect((await me(third)).statusCode).toBe(200);
  expect((await end(first, places[0].id)).statusCode).toBe(200);
  expect((await me(third)).statusCode).toBe(401);

  await house.post("revoke-other-sessions", undefined, bearer(first));
  expect([(await me(second)).statusCode, (await me(first)).statusCode]).toEqual([401, 200]);
  const fourth = await again();
  const everywhere = await house.post("revoke-sessions", undefined, bearer(first));
  expect(everywhere.headers["set-cookie"]).toContainEqual(expect.stringContaining("Max-Age=0"));
  expect([(await me(fourth)).statusCode, (await me(first)).statusCode]).toEqual([401, 401]);
});

test("whoever changes their password goes on alone", async () => {
  const email = "changing@example.org";
  const token = await house.enter(email);
  const elsewhere = (await house.post("sign-in/email", { email, password, token: true })).json().data.token;
  const change = (current: string) =>
    house.post("change-password", { current, password: "the next password", token: true }, bearer(token));
  const wrong = await change("not the password");
  expect([wrong.statusCode, wrong.json().code]).toEqual([403, "WRONG_PASSWORD"]);
  const changed = await change(password);
  expect(changed.statusCode).toBe(200);
  for (const old of [token, elsewhere]) expect((await me(old)).statusCode).toBe(401);
  expect((await me(changed.json().data.token)).statusCode).toBe(200);
});

test("whoever asks for the password once more learns whether it is right", async () => {
  const token = await house.enter("again@example.org");
  const { id } = (await me(token)).json().data;
  expect(await house.accounts.passwordIs(id, password, "sign-in")).toBe(true);
  expect(await house.accounts.passwordIs(id, "not the password", "sign-in")).toBe(false);
  expect(await house.accounts.passwordIs("user_nobody", password, "sign-in")).toBe(false);
});

test("a blocked account is out at once, and stays out", async () => {
  const email = "rude@example.org";
  const token = await house.enter(email);
  await house.store.database.pool.query("update kuku.users set banned = true where email = $1", [email]);
  expect((await me(token)).statusCode).toBe(401);
  const refused = await house.post("sign-in/email", { email, password });
  expect([refused.statusCode, refused.json().code]).toEqual([403, "ACCOUNT_BLOCKED"]);
  expect(refused.headers["set-cookie"]).toBeUndefined();
  expect((await house.post("sign-in/email", { email, password: "not the password" })).statusCode).toBe(401);
  await house.store.database.pool.query(
    "update kuku.users set ban_expires = now() - interval '1 minute' where email = $1",
    [email],
  );
  expect((await house.post("sign-in/email", { email, password })).statusCode).toBe(200);
});

test("nobody makes themselves an administrator", async () => {
  const account = { email: "climber@example.org", password };
  for (const more of [{ role: "admin" }, { banned: false }, { emailVerified: true }, { id: "user_1" }])
    expect((await house.post("sign-up/email", { ...account, ...more })).statusCode).toBe(400);
  const token = await house.enter(account.email);
  expect((await me(token)).json().data.role).toBe("user");
  await house.store.database.pool.query("update kuku.users set role = 'admin' where email = $1", [
    account.email,
  ]);
  expect((await me(token)).json().data.role).toBe("admin");
});

test.each([
  [{ email: "nobody", password }, "INVALID_EMAIL"],
  [{ email: `${"a".repeat(250)}@example.org`, password }, "INVALID_EMAIL"],
  [{ email: "short@example.org", password: "too short" }, "INVALID_PASSWORD"],
  [{ email: "long@example.org", password: "x".repeat(129) }, "INVALID_PASSWORD"],
  [{ email: "extra@example.org", password, callbackURL: "https://evil.example" }, "INVALID_REQUEST"],
])("an account that will not do is refused: %#", async (body, code) => {
  const answer = await house.post("sign-up/email", body);
  expect([answer.statusCode, answer.json().code]).toEqual([400, code]);
});

test("of the library's own endpoints only these are there, each with who may use it", async () => {
  const listed: string[] = [];
  for (const { method, url, access } of house.routes) {
    if (!url.startsWith("/api/auth") && url !== "/api/me") continue;
    if (method === "HEAD" || method === "OPTIONS") continue;
    const { statusCode } = await house.app.inject({ method: method as "GET", url: url.replace(":id", "x") });
    if (statusCode !== 405) listed.push(`${access} ${method} ${url}`);
  }
  expect(listed.sort()).toEqual([
    "account DELETE /api/auth/sign-ins/:id",
    "account GET /api/auth/sign-ins",
    "account POST /api/auth/change-password",
    "account POST /api/auth/revoke-other-sessions",
    "account POST /api/auth/revoke-sessions",
    "public GET /api/auth/settings",
    "public POST /api/auth/request-password-reset",
    "public POST /api/auth/reset-password",
    "public POST /api/auth/send-verification-email",
    "public POST /api/auth/sign-in/email",
    "public POST /api/auth/sign-out",
    "public POST /api/auth/sign-up/email",
    "public POST /api/auth/verify-email",
    "user GET /api/me",
  ]);
  const others = [
    "get-session",
    "list-sessions",
    "update-user",
    "delete-user",
    "ok",
    "error",
    "sign-in/social",
  ];
  for (const path of others) {
    const answer = await house.app.inject({ url: `/api/auth/${path}` });
    expect([answer.statusCode, answer.json().code]).toEqual([404, "NOT_FOUND"]);
  }
});

test("a page of another site signs nobody in or out", async () => {
  for (const path of ["sign-in/email", "sign-out", "sign-up/email", "request-password-reset"]) {
    const headers = { origin: "https://evil.example", host: "coach.example.org" };
    const answer = await house.post(path, { email: "ann@example.org", password }, headers);
    expect([answer.statusCode, answer.json().code]).toEqual([403, "ORIGIN_NOT_ALLOWED"]);
  }
});

test("a link leads to this server, whatever the request calls it", async () => {
  await house.enter("host@example.org");
  const headers = { host: "evil.example", "x-forwarded-host": "evil.example" };
  await house.post("request-password-reset", { email: "host@example.org" }, headers);
  await house.link();
  expect(house.mails.at(-1)?.text).toContain(`${publicUrl}/`);
  expect(house.mails.at(-1)?.text).not.toContain("evil");
});

test("mails are in the reader's language", async () => {
  const headers = { "accept-language": "fr-CH, fr;q=0.9, en;q=0.8" };
  await house.post("sign-up/email", { email: "francoise@example.org", password }, headers);
  await house.link();
  expect(house.mails.at(-1)?.subject).toBe("Confirmez votre adresse pour Kuku Coach");
});

test("a page learns how one comes in", async () => {
  const answer = await house.app.inject({ url: "/api/auth/settings" });
  expect(answer.json().data).toEqual({ mode: "accounts", signUp: true, guests: false });
});

test("no address, password or token of all this is in the log", async () => {
  await house.accounts.settled();
  expect(house.logged.length).toBeGreaterThan(0);
  const text = JSON.stringify(house.logged);
  expect(text).not.toMatch(/@example|correct horse|session_token/);
  for (const { text: mail } of house.mails)
    for (const [, token] of mail.matchAll(/#\w+=(\S+)/g)) expect(text).not.toContain(token);
});
