/** Guests, who have no account: their ids, their cookie, and the sessions they may reach. */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../lib/clock.ts";
import { newId, newSecret } from "../../lib/ids.ts";
import type { SessionRecord } from "../../store/records.ts";
import { readCookie } from "../net/same-origin.ts";
import type { Principal } from "./principal.ts";

/** The cookie by which a guest is recognised later, without TLS; with TLS its name has a prefix. */
const guestCookie = "kuku_guest";
/** With this prefix browsers let no other host, and no page loaded without TLS, set the cookie. */
const secureCookie = `__Host-${guestCookie}`;
const cookieSeconds = 30 * 86_400;
const prefix = "guest_";
/** Prefix of guests without a cookie, who cannot be recognised later. */
const passingPrefix = "guest_once_";

/** Whether an owner id is a guest's. */
export function isGuest(ownerId: string): boolean {
  return ownerId.startsWith(prefix);
}

/** Makes the id of a guest for one request, where no cookie can be set. */
export function passingGuest(): string {
  return newId("guest").replace(prefix, passingPrefix);
}

/**
 * Whether a principal may reach a session by its id: their own, with a client secret only those of its end user, and for
 * guests also that of a guest without a cookie. Front ends without cookies are another guest with each request; there the session's id is the credential, which
 * is why it cannot be guessed (see `newSessionId`). Lists and searches do not use this rule.
 */
export function reaches(
  { id, via, endUser }: Pick<Principal, "id" | "via" | "endUser">,
  { ownerId, endUser: of }: Pick<SessionRecord, "ownerId" | "endUser">,
): boolean {
  if (endUser !== undefined && endUser !== of) return false;
  return id === ownerId || (via === "guest" && ownerId.startsWith(passingPrefix));
}

/** Time at which a guest's id was made, wall-clock ms: the first 48 bits of a UUID v7. */
function madeAt(id: string): number {
  return Number.parseInt(id.slice(prefix.length, prefix.length + 12), 16);
}

/** Makes a session id: sorted by time, or, for guests, of 128 random bits (a UUID v7 has 42 within its tick). */
export function newSessionId(ownerId: string): string {
  if (!isGuest(ownerId)) return newId("session");
  const digits = newSecret();
  const parts = [0, 8, 12, 16, 20, 32].map((at, index, all) => digits.slice(at, all[index + 1]));
  return `session-${parts.slice(0, 5).join("-")}`;
}

/** Makes and reads the guest cookie, which is signed, so that knowing a guest's id is not enough to pass for the guest. */
export interface GuestCookies {
  /**
   * Makes the `Set-Cookie` headers of a guest. `secure`: its browser reaches the server by https; the cookie without the
   * prefix, which an earlier version set, is then removed.
   */
  make(id: string, secure: boolean): readonly string[];
  /**
   * Reads the guest id of a `Cookie` header; undefined: there is none, or its signature is wrong. `old`: it is one that an
   * earlier version set for https, which is read until the last of those have expired.
   */
  read(
    header: string | undefined,
    secure: boolean,
  ): { readonly id: string; readonly old: boolean } | undefined;
}

/** @param key 32 random bytes, the same for all nodes (see `readSigningKey`); the cookies' own key is derived from it */
export function openGuestCookies(key: Uint8Array, clock: Pick<Clock, "wallTime">): GuestCookies {
  const own = new Uint8Array(hkdfSync("sha256", key, "", "kuku guests' cookies", 32));
  // Signed together with the prefixed name, a value is of no use under the other, which a neighbour host can set.
  const sign = (id: string, name: string) =>
    createHmac("sha256", own)
      .update(name === secureCookie ? `${name} ${id}` : id)
      .digest("base64url");
  const readId = (header: string | undefined, name: string) => {
    const [id = "", mac = ""] = readCookie(header, name)?.split(".") ?? [];
    const [given, expected] = [Buffer.from(mac), Buffer.from(sign(id, name))];
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    return isGuest(id) ? id : undefined;
  };
  const isRecent = (id: string) => clock.wallTime() - madeAt(id) < cookieSeconds * 1000;
  return {
    make(id, secure) {
      const attributes = "Path=/; HttpOnly; SameSite=Lax";
      const name = secure ? secureCookie : guestCookie;
      const kept = `${name}=${id}.${sign(id, name)}; Max-Age=${cookieSeconds}; ${attributes}`;
      return secure ? [`${kept}; Secure`, `${guestCookie}=; Max-Age=0; ${attributes}; Secure`] : [kept];
    },
    read(header, secure) {
      const prefixed = readId(header, secureCookie);
      if (prefixed !== undefined) return { id: prefixed, old: false };
      const id = readId(header, guestCookie);
      if (id === undefined || (secure && !isRecent(id))) return undefined;
      return { id, old: secure };
    },
  };
}
