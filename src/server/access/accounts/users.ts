/** Accounts as the administrator's command line manages them. */
import type { Auth } from "./auth.ts";
import { callAuth } from "./auth-errors.ts";
import type { Passwords } from "./passwords.ts";
import { requestContext } from "./request-context.ts";

export interface UserSummary {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly admin: boolean;
  readonly blocked: boolean;
  readonly verified: boolean;
  readonly createdAt: Date;
}

export interface NewAdmin {
  /** In lower case. */
  readonly email: string;
  readonly name?: string;
  readonly password?: string;
}

/** Users read at once. */
const pageSize = 500;

interface UserAdministrationOptions {
  readonly auth: Auth;
  readonly passwords: Passwords;
}

/** Every method throws StoreError where the database cannot be reached. */
export class UserAdministration {
  readonly #auth: Auth;
  readonly #passwords: Passwords;

  constructor({ auth, passwords }: UserAdministrationOptions) {
    this.#auth = auth;
    this.#passwords = passwords;
  }

  /**
   * Makes an administrator's account, or promotes the one that is there, and confirms its address. Where the address was
   * not confirmed, somebody else may have made the account: its password and sign-ins are removed.
   * @returns `made`: there was no account. `link`, where no password was given: leads to choosing one, under `base`
   */
  makeAdmin(
    { email, name, password }: NewAdmin,
    base: string,
  ): Promise<{ readonly made: boolean; readonly link?: string }> {
    return callAuth(async () => {
      const { internalAdapter } = await this.#auth.$context;
      const known = await this.#find(email);
      if (known?.emailVerified === false) {
        await internalAdapter.deleteAccounts(known.id);
        await internalAdapter.deleteUserSessions(known.id);
      }
      const rights = { role: "admin", emailVerified: true, ...(name !== undefined && { name }) };
      const user =
        (known && (await internalAdapter.updateUser(known.id, rights))) ??
        (await internalAdapter.createUser({ email, name: "", ...rights }, { method: "email-password" }));
      const made = known === undefined;
      if (password === undefined) return { made, link: await this.#resetLink(email, base) };
      await this.#setPassword(user.id, password);
      return { made };
    });
  }

  /** Lists all users in the order of their ids, which is that of their creation. */
  list(): Promise<readonly UserSummary[]> {
    return callAuth(async () => {
      const { internalAdapter } = await this.#auth.$context;
      const order = { field: "id", direction: "asc" } as const;
      const all: UserSummary[] = [];
      for (let offset = 0; ; offset += pageSize) {
        const users = await internalAdapter.listUsers(pageSize, offset, order);
        all.push(...(users as StoredUser[]).map(toSummary));
        if (users.length < pageSize) return all;
      }
    });
  }

  /** Blocks an account, which ends its sign-ins, or unblocks it. Returns false where there is no such account. */
  block(email: string, blocked: boolean): Promise<boolean> {
    return callAuth(async () => {
      const { internalAdapter } = await this.#auth.$context;
      const user = await this.#find(email);
      if (!user) return false;
      await internalAdapter.updateUser(user.id, { banned: blocked, banReason: null, banExpires: null });
      if (blocked) await internalAdapter.deleteUserSessions(user.id);
      return true;
    });
  }

  async #find(email: string) {
    const { internalAdapter } = await this.#auth.$context;
    return (await internalAdapter.findUserByEmail(email))?.user;
  }

  async #setPassword(userId: string, password: string): Promise<void> {
    const { internalAdapter } = await this.#auth.$context;
    const hash = await this.#passwords.hash(password);
    if (await internalAdapter.findCredentialAccount(userId)) {
      await internalAdapter.deleteUserSessions(userId);
      await internalAdapter.updatePassword(userId, hash);
    } else {
      const credential = { providerId: "credential", accountId: userId, password: hash };
      await internalAdapter.linkAccount({ userId, ...credential });
    }
  }

  async #resetLink(email: string, base: string): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    const context = { base, language: "en", onLink: resolve } as const;
    await requestContext.run(context, () => this.#auth.api.requestPasswordReset({ body: { email } }));
    return promise;
  }
}

interface StoredUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role?: string | null;
  readonly banned?: boolean | null;
  readonly emailVerified: boolean;
  readonly createdAt: Date;
}

function toSummary({ id, email, name, role, banned, emailVerified, createdAt }: StoredUser): UserSummary {
  return {
    id,
    email,
    name,
    admin: role === "admin",
    blocked: banned === true,
    verified: emailVerified,
    createdAt,
  };
}
