/** The whole table of what is asked for over REST. */

import type { Keys } from "../access/api-keys/api-keys.ts";
import { accountDataRoutes } from "../api/account-data.ts";
import type { AccountServices } from "../api/accounts/routes.ts";
import { accountsRoutes } from "../api/accounts/routes.ts";
import { adminRoutes } from "../api/admin/routes.ts";
import { keyRoutes } from "../api/api-keys.ts";
import { restRoutes } from "../api/routes.ts";
import type { RestServices } from "../api/services.ts";
import type { App } from "../http/typed-app.ts";
import type { AdminServices } from "../operations/open-admin.ts";

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
