/** The routes of accounts; none of better-auth's own is exposed. */
import type { Accounts } from "../../access/accounts/accounts.ts";
import type { Keys } from "../../access/api-keys/api-keys.ts";
import type { AccessConfig } from "../../config/access-settings.ts";
import type { App } from "../../http/typed-app.ts";
import { accountRoutes } from "./account-routes.ts";
import { meRoutes } from "./me.ts";
import type { RequestContextRules } from "./request-context-of.ts";
import { signInRoutes } from "./sign-in-routes.ts";

export interface AccountServices extends RequestContextRules {
  readonly access: Pick<AccessConfig, "mode" | "signUp" | "guests">;
  /** Undefined: nobody needs one. */
  readonly accounts: Accounts | undefined;
  readonly keys: Pick<Keys, "revokeAll">;
}

/** Declares `/api/auth/…` and `GET /api/me`; without accounts, of the former only `/api/auth/settings`. */
export function accountsRoutes(app: App, services: AccountServices): void {
  const { accounts, access, keys } = services;
  meRoutes(app, access, accounts, services);
  if (!accounts) return;
  signInRoutes(app, accounts, services, keys);
  accountRoutes(app, accounts, services, keys);
}
