/** Whose use is counted, and up to which figures: of one request, the user, the key and the address each for itself. Pure. */
import type { AccessConfig, Quotas } from "../access-settings.ts";
import { countedAddress } from "../addresses.ts";
import type { Principal } from "../admission.ts";

export interface Subject {
  /** Names it among all that are counted. */
  readonly key: string;
  readonly quotas: Quotas;
  /** The user themself, whose sessions the database knows on other nodes, too. */
  readonly ownerId?: string;
}

type Figures = Pick<AccessConfig, "perUser" | "perAddress" | "guests">;

/**
 * Those that a principal's sessions are counted of. Guests are told apart by their address alone: each may come as
 * somebody new.
 */
export function subjectsOf(
  principal: Principal,
  address: string | undefined,
  { perUser, perAddress, guests }: Figures,
): readonly Subject[] {
  const counted = countedAddress(address);
  // Where it is not known, as for a session that a request wakes, there is no network that many might share.
  const whoever = address === undefined ? [] : [{ key: `address ${counted}`, quotas: perAddress }];
  if (principal.via === "guest") return [{ key: `guest ${counted}`, quotas: guests ?? {} }, ...whoever];
  return [...knownSubjects(principal, perUser), ...whoever];
}

/** Those that are known without an address: nothing of a guest. */
export function knownSubjects(principal: Principal, perUser: Quotas): readonly Subject[] {
  const { via, id, quotas } = principal;
  if (via === "guest") return [];
  const user = { key: `user ${id}`, quotas: perUser, ownerId: id };
  // The narrower first: what it is refused is not taken from the wider one.
  return quotas ? [{ key: credentialsOf(principal), quotas }, user] : [user];
}

/** What a key's client secrets use is the key's; those of a signed-in user are counted together. */
function credentialsOf({ id, keyId }: Principal): string {
  return keyId === undefined ? `secrets of ${id}` : `key ${keyId}`;
}
