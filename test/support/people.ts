import type { SignIns } from "../../src/server/access/identity.ts";
import type { Credentials } from "../../src/server/access/principal.ts";
import type { Attempt } from "../../src/server/access/quotas/limiter.ts";
import type { Database } from "../../src/store/database.ts";

/** Adds an account; its e-mail address is made of its id. */
export async function addUser(
  { pool }: Database,
  id: string,
  role: "user" | "admin" = "user",
): Promise<void> {
  await pool.query(
    "insert into kuku.users (id, name, email, role) values ($1, $1, $1 || '@example.org', $2)",
    [id, role],
  );
}

/** Blocks an account, or lets it in again; `until`: wall-clock ms. */
export async function block({ pool }: Database, id: string, banned = true, until?: number): Promise<void> {
  await pool.query("update kuku.users set banned = $2, ban_expires = $3 where id = $1", [
    id,
    banned,
    until === undefined ? null : new Date(until),
  ]);
}

/** Signs somebody in: a row, and the token of it, which is its id. */
export async function signIn({ pool }: Database, userId: string, token: string): Promise<void> {
  await pool.query(
    "insert into kuku.sign_ins (id, token, user_id, expires_at) values ($1, $1, $2, now() + interval '1 day')",
    [token, userId],
  );
}

/** Sign-ins as these rows have them, shown as a bearer token or in the cookie `kuku.session_token`. */
export function rowSignIns({ pool }: Database): SignIns {
  return {
    async read({ token, cookie }: Credentials) {
      const shown = token ?? /kuku\.session_token=([^;]+)/.exec(cookie ?? "")?.[1];
      const { rows } = await pool.query<{ user_id: string; role: string }>(
        "select s.user_id, u.role from kuku.sign_ins s join kuku.users u on u.id = s.user_id where s.token = $1 and not u.banned",
        [shown],
      );
      const [row] = rows;
      return row && { userId: row.user_id, admin: row.role === "admin", signInId: shown as string };
    },
  };
}

/** Lets everybody try, and remembers who failed. */
export function countingLimiter() {
  const failures: Attempt[] = [];
  return {
    failures,
    async failed(attempt: Attempt) {
      failures.push(attempt);
    },
  };
}
