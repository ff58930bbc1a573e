/** Composes access: keys, sign-ins and guests, the check of credentials, and their revocation. */
import type { Clock } from "../../lib/clock.ts";
import type { Database } from "../../store/database.ts";
import { openKeyQueries } from "../../store/queries/key-queries.ts";
import type { AccessConfig } from "../config/access-settings.ts";
import type { Logger } from "../logging/log.ts";
import type { Accounts } from "./accounts/accounts.ts";
import { type Keys, openKeys } from "./api-keys/api-keys.ts";
import { openRevocationWatch } from "./api-keys/revocation-watch.ts";
import { type ClientSecrets, openClientSecrets } from "./client-secrets.ts";
import { openIdentity } from "./identity.ts";
import type { Authenticate } from "./principal.ts";
import type { DatabaseLimiter } from "./quotas/database-limiter.ts";
import type { RevocableSession } from "./revocable-session.ts";

interface AccessOptions {
  readonly access: AccessConfig;
  readonly database: Database;
  /** 32 random bytes, the same for all nodes (see `readSigningKey`). */
  readonly signingKey: Uint8Array;
  /** Whether this server speaks https itself. */
  readonly tls: boolean;
  readonly limiter: DatabaseLimiter;
  /** Sessions of this node. */
  readonly live: () => Iterable<RevocableSession>;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Access {
  readonly authenticate: Authenticate;
  readonly keys: Keys;
  readonly secrets: ClientSecrets;
  /** Accounts; undefined: the mode has none. */
  readonly accounts: Accounts | undefined;
  /** Stops the watch and the accounts' clean-up; to be called before the store is closed. */
  close(): Promise<void>;
}

/** Opens access on the store's database. */
export async function openAccess(options: AccessOptions): Promise<Access> {
  const { access, database, signingKey, limiter, live, clock, log } = options;
  const accounts = access.mode === "accounts" ? await openAccounts(options) : undefined;
  const queries = openKeyQueries(database);
  const keys = openKeys({ queries, live, clock, log });
  const watch = openRevocationWatch({ queries, live, clock, log });
  const secrets = openClientSecrets(signingKey, clock);
  return {
    authenticate: openIdentity({
      access,
      secrets,
      keys,
      signIns: accounts?.signIns,
      limiter,
      signingKey,
      clock,
    }),
    keys,
    secrets,
    accounts,
    async close() {
      watch.close();
      await accounts?.close();
    },
  };
}

/** Opens the accounts, for which better-auth is loaded only here: it is a third of all modules. */
async function openAccounts({
  access,
  database,
  signingKey,
  tls,
  limiter,
  clock,
  log,
}: AccessOptions): Promise<Accounts> {
  const [{ Accounts }, { openMail }] = await Promise.all([
    import("./accounts/accounts.ts"),
    import("./accounts/mail.ts"),
  ]);
  return new Accounts({
    database,
    access,
    secret: signingKey,
    secure: access.publicUrl === undefined ? tls : access.publicUrl.startsWith("https:"),
    mail: await openMail(access.mail),
    limiter,
    clock,
    log,
  });
}
