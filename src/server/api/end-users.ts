/** End users of an application, whom the makers of client secrets name (`kuku.user`). */
import { z } from "zod";
import type { SessionsOf } from "../../store/store.ts";
import { namedEndUser } from "../access/client-secrets.ts";

/** The maker's name of an end user. */
export const endUserName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^\P{C}*$/u, "has a control character");

/** The query parameter by which whoever makes client secrets looks at one end user's sessions. */
export const endUserQuery = endUserName
  .optional()
  .describe("Those alone that were made with client secrets of this `kuku.user`.");

/** Restricts a query to the end user that a request names; one of a client secret is about its own in any case. */
export function ofEndUser(of: SessionsOf, user: string | undefined): SessionsOf {
  return user === undefined || of.endUser !== undefined ? of : { ...of, endUser: namedEndUser(user) };
}
