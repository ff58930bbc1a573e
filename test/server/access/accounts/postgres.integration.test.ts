/** Accounts on a real PostgreSQL: the whole way in, out and back, with passwords hashed as the server does it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../../../support/test-database.ts";
import { type House, openHouse, openTestStore, password } from "./support.ts";

let house: House;
beforeAll(async () => {
  const store = await openTestStore(await testDatabase());
  house = await openHouse({ store, slow: true });
});
afterAll(async () => {
  await house.close();
  await house.store.close();
});

const email = "ann@example.org";

test("in, out, a forgotten password, and in again", async () => {
  const token = await house.enter(email);
  const me = (bearer: string) =>
    house.app.inject({ url: "/api/me", headers: { authorization: `Bearer ${bearer}` } });
  expect((await me(token)).json().data).toMatchObject({ email, role: "user", via: "sign_in" });
  expect(await house.accounts.users.block(email, true)).toBe(true);
  expect((await me(token)).statusCode).toBe(401);
  expect(await house.accounts.users.block(email, false)).toBe(true);
  await house.post("request-password-reset", { email });
  const reset = await house.post("reset-password", { token: await house.link(), password: "a new password" });
  expect(reset.statusCode).toBe(200);
  expect((await house.post("sign-in/email", { email, password })).statusCode).toBe(401);
  expect((await house.post("sign-in/email", { email, password: "a new password" })).statusCode).toBe(200);
  const { rows } = await house.store.database.pool.query("select password from kuku.credentials");
  expect(rows).toEqual([{ password: expect.stringMatching(/^[0-9a-f]{32}:[0-9a-f]{128}$/) }]);
});

test("of two who want the same address at once one gets it, and both the same answer", async () => {
  const body = { email: "twins@example.org", password };
  const answers = await Promise.all([house.post("sign-up/email", body), house.post("sign-up/email", body)]);
  await house.accounts.settled();
  for (const answer of answers) expect(answer.json()).toEqual({ success: true, data: { verify: true } });
  const { rows } = await house.store.database.pool.query(
    "select count(*)::int as users from kuku.users where email = 'twins@example.org'",
  );
  expect(rows).toEqual([{ users: 1 }]);
});

test("an administrator is made of somebody who is there, and of nobody", async () => {
  const { users } = house.accounts;
  const base = "http://localhost:8000";
  expect(await users.makeAdmin({ email, password: "the admin's password" }, base)).toEqual({ made: false });
  const entered = await house.post("sign-in/email", { email, password: "the admin's password" });
  expect(entered.json().data.user.role).toBe("admin");

  const made = await users.makeAdmin({ email: "root@example.org", name: "Root" }, base);
  expect(made).toEqual({
    made: true,
    link: expect.stringMatching(/^http:\/\/localhost:8000\/sign-in\.html#reset=./),
  });
  const token = made.link?.split("=")[1];
  const chosen = { token, password: "chosen by the link" };
  expect((await house.post("reset-password", chosen)).statusCode).toBe(200);
  const root = await house.post("sign-in/email", {
    email: "root@example.org",
    password: "chosen by the link",
  });
  expect(root.json().data.user).toMatchObject({ name: "Root", role: "admin" });
  expect((await users.list()).filter(({ admin }) => admin).map((person) => person.email)).toEqual([
    email,
    "root@example.org",
  ]);
  expect(await users.block("nobody@example.org", true)).toBe(false);
});

test("whoever took an administrator's address before does not become one", async () => {
  const taken = { email: "boss@example.org", password: "the squatter's password" };
  await house.post("sign-up/email", taken);
  await house.accounts.settled();
  const made = await house.accounts.users.makeAdmin({ email: taken.email }, "http://localhost:8000");
  expect(made).toEqual({ made: false, link: expect.any(String) });
  expect((await house.post("sign-in/email", taken)).statusCode).toBe(401);
  const chosen = { token: made.link?.split("=")[1], password: "the boss's password" };
  expect((await house.post("reset-password", chosen)).statusCode).toBe(200);
  const boss = await house.post("sign-in/email", { ...taken, password: chosen.password });
  expect(boss.json().data.user.role).toBe("admin");
});
