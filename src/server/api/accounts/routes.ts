/** The table of the routes of accounts: nothing of better-auth's own is reached but through these. */

import type { Accounts } from "../../access/accounts/accounts.ts";
import type { AccessConfig } from "../../config/access-settings.ts";
import type { App } from "../../http/typed-app.ts";
import { accountRoutes } from "./account-routes.ts";
import { meRoutes } from "./me.ts";
import type { AskerRules } from "./request-context-of.ts";
import { entranceRoutes } from "./sign-in-routes.ts";

export interface AccountServices extends AskerRules {
  readonly access: Pick<AccessConfig, "mode" | "signUp" | "guests">;
  /** Undefined: everybody is let in without one. */
  readonly accounts: Accounts | undefined;
}

/** Declares `/api/auth/…` and `GET /api/me`; without accounts, of the former only what says so. */
export function accountsRoutes(app: App, services: AccountServices): void {
  const { accounts, access } = services;
  meRoutes(app, access, accounts, services);
  if (!accounts) return;
  entranceRoutes(app, accounts, services);
  accountRoutes(app, accounts, services);
}
