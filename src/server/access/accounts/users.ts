/** Accounts as an administrator's command sees them. */

import type { Auth } from "./auth.ts";
import type { Passwords } from "./passwords.ts";
import { calling } from "./refusals.ts";
import { requestContext } from "./request-context.ts";

interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly admin: boolean;
  readonly blocked: boolean;
  readonly verified: boolean;
  readonly createdAt: Date;
}

interface NewAdmin {
  /** In lower case. */
  readonly email: string;
  readonly name?: string;
  readonly password?: string;
}

export interface People {
  /**
   * Makes an account, or raises the one that is there, and confirms its address. Of an address that was not confirmed,
   * whoever made the account need not be who has the address: that password and its sign-ins are no good any more.
   * @returns `made`: there was none. `link`, where no password was given: leads to choosing one. Under `base`.
   */
  makeAdmin(admin: NewAdmin, base: string): Promise<{ readonly made: boolean; readonly link?: string }>;
  /** Everybody, the oldest first. */
  list(): Promise<readonly Person[]>;
  /** Blocks an account, which ends its sign-ins, or lets it in again. @returns whether there is such an account */
  block(email: string, blocked: boolean): Promise<boolean>;
}

/** People read at once. */
const page = 500;

interface Around {
  readonly auth: Auth;
  readonly passwords: Passwords;
}

export function openPeople({ auth, passwords }: Around): People {
  const find = async (email: string) => {
    const { internalAdapter } = await auth.$context;
    return (await internalAdapter.findUserByEmail(email))?.user;
  };
  const setPassword = async (userId: string, password: string) => {
    const { internalAdapter } = await auth.$context;
    const hash = await passwords.hash(password);
    if (await internalAdapter.findCredentialAccount(userId)) {
      await internalAdapter.deleteUserSessions(userId);
      return internalAdapter.updatePassword(userId, hash);
    }
    return internalAdapter.linkAccount({
      userId,
      providerId: "credential",
      accountId: userId,
      password: hash,
    });
  };

  return {
    makeAdmin: ({ email, name, password }, base) =>
      calling(async () => {
        const { internalAdapter } = await auth.$context;
        const known = await find(email);
        if (known?.emailVerified === false) {
          await internalAdapter.deleteAccounts(known.id);
          await internalAdapter.deleteUserSessions(known.id);
        }
        const rights = { role: "admin", emailVerified: true, ...(name !== undefined && { name }) };
        const user =
          (known && (await internalAdapter.updateUser(known.id, rights))) ??
          (await internalAdapter.createUser({ email, name: "", ...rights }, { method: "email-password" }));
        const made = known === undefined;
        if (password !== undefined) {
          await setPassword(user.id, password);
          return { made };
        }
        const { promise, resolve } = Promise.withResolvers<string>();
        const at = { base, language: "en", onLink: resolve } as const;
        await requestContext.run(at, () => auth.api.requestPasswordReset({ body: { email } }));
        return { made, link: await promise };
      }),

    list: () =>
      calling(async () => {
        const { internalAdapter } = await auth.$context;
        const people: Person[] = [];
        for (let offset = 0; ; offset += page) {
          const order = { field: "id", direction: "asc" } as const;
          const users = await internalAdapter.listUsers(page, offset, order);
          for (const user of users as (Omit<Person, "admin" | "blocked" | "verified"> & Flags)[])
            people.push({
              id: user.id,
              email: user.email,
              name: user.name,
              admin: user.role === "admin",
              blocked: user.banned === true,
              verified: user.emailVerified,
              createdAt: user.createdAt,
            });
          if (users.length < page) return people;
        }
      }),

    block: (email, blocked) =>
      calling(async () => {
        const { internalAdapter } = await auth.$context;
        const user = await find(email);
        if (!user) return false;
        await internalAdapter.updateUser(user.id, { banned: blocked, banReason: null, banExpires: null });
        if (blocked) await internalAdapter.deleteUserSessions(user.id);
        return true;
      }),
  };
}

interface Flags {
  readonly role?: string | null;
  readonly banned?: boolean | null;
  readonly emailVerified: boolean;
}
