/** A page of somebody's sessions, as their own list and an administrator's tell it. */
import type { z } from "zod";
import type { Store } from "../../store/store.ts";
import { type listSessionsQuery, toSession } from "./schemas/sessions.ts";

/** Newest first, without their words. @throws StoreError */
export async function sessionPage(
  store: Pick<Store, "listSessions">,
  ownerId: string,
  { limit, cursor, status, from, to }: z.output<typeof listSessionsQuery>,
) {
  const { entries, next } = await store.listSessions({
    ownerId,
    limit,
    ...(cursor !== undefined && { cursor }),
    ...(status && { status }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  });
  return { sessions: entries.map(toSession), ...(next !== undefined && { next }) };
}
