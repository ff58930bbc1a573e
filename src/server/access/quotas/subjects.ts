/**
 * Subjects whose use is counted, and their limits: of one request, the user, the key and the address each for itself.
 * Pure.
 */
import { hashSecret } from "../../../lib/ids.ts";
import type { SessionsHeld } from "../../../store/queries/limit-pool.ts";
import type { AccessConfig, Quotas } from "../../config/access-settings.ts";
import { countedAddress } from "../../net/addresses.ts";
import { nameOfEndUser } from "../client-secrets.ts";
import type { Principal } from "../principal.ts";

export interface Subject {
  /** Names it among all that are counted. */
  readonly key: string;
  readonly quotas: Quotas;
  /** Owner of the sessions that count for it, those of other nodes included. */
  readonly sessions?: SessionsHeld;
}

type Figures = Pick<AccessConfig, "perUser" | "perApplication" | "perAddress" | "guests">;
type KnownFigures = Pick<AccessConfig, "perUser" | "perApplication">;

/**
 * Returns the subjects that a principal's sessions are counted for. Guests are told apart by their address alone:
 * each may come as somebody new.
 */
export function subjectsOf(
  principal: Principal,
  address: string | undefined,
  figures: Figures,
): readonly Subject[] {
  const { perAddress, guests } = figures;
  const counted = countedAddress(address);
  // Where it is not known, as for a session that a request wakes, there is no network that many might share.
  const whoever = address === undefined ? [] : [{ key: `address ${counted}`, quotas: perAddress }];
  const guest = principal.via === "guest" ? [{ key: `guest ${counted}`, quotas: guests ?? {} }] : [];
  return [...knownSubjects(principal, figures), ...guest, ...whoever];
}

/** Returns the subjects known without an address: of a guest, only the credentials shown. */
export function knownSubjects(principal: Principal, figures: KnownFigures): readonly Subject[] {
  const { via, id, endUser } = principal;
  const shown = subjectsShown(principal);
  if (via === "guest") return shown;
  // The narrower first: what it is refused is not taken from the wider one.
  if (nameOfEndUser(endUser) !== undefined) return [...shown, ...subjectsOfEndUser(principal, figures)];
  const sessions: SessionsHeld = { ownerId: id, by: "owner" };
  return [...shown, { key: `user ${id}`, quotas: figures.perUser, sessions }];
}

/**
 * The named end user of an application, who may do as much at once as any user; all of the application's end users; and its
 * owner, who pays for what they use in a day.
 */
function subjectsOfEndUser(
  { id, endUser = "" }: Principal,
  { perUser, perApplication }: KnownFigures,
): readonly Subject[] {
  const { audioSecondsPerDay, tokensPerDay, costPerDay, ...rates } = perUser;
  const days = Object.entries({ audioSecondsPerDay, tokensPerDay, costPerDay });
  const set = days.filter(([, most]) => most !== undefined);
  return [
    { key: `one of ${id} ${hashSecret(endUser)}`, quotas: rates, sessions: { ownerId: id, by: { endUser } } },
    { key: `all of ${id}`, quotas: perApplication, sessions: { ownerId: id, by: "end users" } },
    { key: `user ${id}`, quotas: Object.fromEntries(set) },
  ];
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
