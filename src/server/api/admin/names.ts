/** Names of the users that an answer mentions by id. */
import type { AdminServices } from "./admin-services.ts";

/** Reads the accounts' names; the function returned gives that of an id, undefined where it has no account. */
export async function readNames(
  { queries }: Pick<AdminServices, "queries">,
  ids: readonly (string | undefined)[],
): Promise<(id: string | undefined) => string | undefined> {
  const wanted = [...new Set(ids)].filter((id) => id !== undefined);
  const found = wanted.length === 0 ? [] : await queries.namesOf(wanted);
  const names = new Map(found.map(({ id, name }) => [id, name]));
  return (id) => (id === undefined ? undefined : names.get(id));
}
