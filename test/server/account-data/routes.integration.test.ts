import { expect, it, vi } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import type { Principal } from "../../../src/server/access/principal.ts";
import { type AccountDataServices, accountDataRoutes } from "../../../src/server/api/account-data.ts";
import { openFace } from "../api/support.ts";

async function face(principal: Principal) {
  const user = vi.fn(async () => true);
  const services = {
    clock: manualClock(),
    accountData: { erasure: { user } },
    passwordIs: async (userId: string, password: string) => userId === "ann" && password === "open sesame",
  } as unknown as AccountDataServices;
  const { app, close } = await openFace({
    authenticate: async () => principal,
    moreRoutes: (app) => accountDataRoutes(app, services),
  });
  const erase = async (payload: object | undefined) => {
    const answer = await app.inject({ method: "DELETE", url: "/api/me", ...(payload && { payload }) });
    return [answer.statusCode, answer.json().code ?? answer.json().data];
  };
  return { erase, user, close };
}

it("erases whoever signed in only with their password once more", async () => {
  const { erase, user, close } = await face({ id: "ann", via: "sign_in" });
  expect(await erase(undefined)).toEqual([400, "PASSWORD_MISSING"]);
  expect(await erase({ confirm: "erase everything" })).toEqual([400, "PASSWORD_MISSING"]);
  expect(await erase({ password: "open barley" })).toEqual([403, "WRONG_PASSWORD"]);
  expect(user).not.toHaveBeenCalled();
  expect(await erase({ password: "open sesame" })).toEqual([200, { erased: true, complete: true }]);
  expect(user).toHaveBeenCalledExactlyOnceWith("ann");
  await close();
});

it("erases the one local user only where they say so in so many words", async () => {
  const { erase, user, close } = await face({ id: "local", role: "admin" });
  for (const body of [undefined, {}, { confirm: "yes" }, { password: "open sesame" }])
    expect(await erase(body)).toEqual([400, "CONFIRMATION_MISSING"]);
  expect(user).not.toHaveBeenCalled();
  expect(await erase({ confirm: "erase everything" })).toEqual([200, { erased: true, complete: true }]);
  await close();
});

it("erases nobody for a key, a client secret or a guest", async () => {
  for (const via of ["key", "secret", "guest"] as const) {
    const { erase, user, close } = await face({ id: "ann", via });
    expect(await erase({ password: "open sesame" })).toEqual([403, "ACCOUNT_REQUIRED"]);
    expect(user).not.toHaveBeenCalled();
    await close();
  }
});
