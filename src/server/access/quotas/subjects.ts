/**
 * Subjects whose use is counted, and their limits: of one request, the user, the key and the address each for itself.
 * Pure.
 */
import { hashSecret } from "../../../lib/ids.ts";
import type { AccessConfig, Quotas } from "../../config/access-settings.ts";
import { countedAddress } from "../../net/addresses.ts";
import type { Principal } from "../principal.ts";

export interface Subject {
  /** Names it among all that are counted. */
  readonly key: string;
  readonly quotas: Quotas;
  /** The user themself, whose sessions the database knows on other nodes, too. */
  readonly ownerId?: string;
}

type Figures = Pick<AccessConfig, "perUser" | "perAddress" | "guests">;

/**
 * Returns the subjects that a principal's sessions are counted for. Guests are told apart by their address alone:
 * each may come as somebody new.
 */
export function subjectsOf(
  principal: Principal,
  address: string | undefined,
  { perUser, perAddress, guests }: Figures,
): readonly Subject[] {
  const counted = countedAddress(address);
  // Where it is not known, as for a session that a request wakes, there is no network that many might share.
  const whoever = address === undefined ? [] : [{ key: `address ${counted}`, quotas: perAddress }];
  const guest = principal.via === "guest" ? [{ key: `guest ${counted}`, quotas: guests ?? {} }] : [];
  return [...knownSubjects(principal, perUser), ...guest, ...whoever];
}

/** Returns the subjects known without an address: of a guest, only the credentials shown. */
export function knownSubjects(principal: Principal, perUser: Quotas): readonly Subject[] {
  const { via, id } = principal;
  const shown = subjectsShown(principal);
  // The narrower first: what it is refused is not taken from the wider one.
  return via === "guest" ? shown : [...shown, { key: `user ${id}`, quotas: perUser, ownerId: id }];
}

/**
 * A client secret's end user, so that each browser has what it was given, and a new secret gives nobody more; and the key
 * that all of its secrets hang on.
 */
function subjectsShown({ id, endUser, secretId, keyId, quotas, keyQuotas }: Principal): readonly Subject[] {
  const ofKey = secretId === undefined ? quotas : keyQuotas;
  return [
    ...(endUser !== undefined && quotas ? [{ key: `end user ${id} ${hashSecret(endUser)}`, quotas }] : []),
    ...(keyId !== undefined && ofKey ? [{ key: `key ${keyId}`, quotas: ofKey }] : []),
  ];
}
