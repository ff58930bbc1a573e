/** The whole table of what is asked for over REST. */
import type { AccountServices } from "./accounts/routes.ts";
import { accountsRoutes } from "./accounts/routes.ts";
import type { AdminServices } from "./admin/open-admin.ts";
import { adminRoutes } from "./admin/routes.ts";
import type { App } from "./http/typed-app.ts";
import type { Keys } from "./keys/keys.ts";
import { accountDataRoutes } from "./rest/account-data.ts";
import { keyRoutes } from "./rest/keys.ts";
import { restRoutes } from "./rest/routes.ts";
import type { RestServices } from "./rest/services.ts";

export interface AllServices {
  readonly rest: RestServices;
  readonly accounts: AccountServices;
  readonly keys: Pick<Keys, "make" | "list" | "revoke">;
  readonly admin: AdminServices;
}

/** Declares the routes; goes into the server's `routes`. */
export function allRoutes({ rest, accounts, keys, admin }: AllServices): (app: App) => Promise<void> {
  return async (app) => {
    await restRoutes(rest)(app);
    accountsRoutes(app, accounts);
    keyRoutes(app, { keys, clock: rest.clock });
    accountDataRoutes(app, { ...rest, passwordIs: accounts.accounts?.passwordIs });
    adminRoutes(app, admin);
  };
}
