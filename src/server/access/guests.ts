/** Guests, who have no account: their ids, their cookie, and the sessions they may reach. */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { newId, newSecret } from "../../lib/ids.ts";
import { readCookie } from "../net/same-origin.ts";
import type { Principal } from "./principal.ts";

/** The cookie by which a guest is recognised later. */
const guestCookie = "kuku_guest";
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
 * Whether a principal may reach an owner's session by its id: their own, and for guests also that of a guest without a
 * cookie. Front ends without cookies are another guest with each request; there the session's id is the credential, which
 * is why it cannot be guessed (see `newSessionId`). Lists and searches do not use this rule.
 */
export function reaches({ id, via }: Pick<Principal, "id" | "via">, ownerId: string): boolean {
  return id === ownerId || (via === "guest" && ownerId.startsWith(passingPrefix));
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
  /** Makes a new guest and the `Set-Cookie` header for it. */
  make(): { readonly id: string; readonly cookie: string };
  /** Reads the guest id of a `Cookie` header; undefined: there is none, or its signature is wrong. */
  read(header: string | undefined): string | undefined;
}

/** @param key 32 random bytes, the same for all nodes (see `readSigningKey`); the cookies' own key is derived from it */
export function openGuestCookies(key: Uint8Array): GuestCookies {
  const own = new Uint8Array(hkdfSync("sha256", key, "", "kuku guests' cookies", 32));
  const sign = (id: string) => createHmac("sha256", own).update(id).digest("base64url");
  return {
    make() {
      const id = newId("guest");
      const attributes = `Path=/; Max-Age=${cookieSeconds}; HttpOnly; SameSite=Lax`;
      return { id, cookie: `${guestCookie}=${id}.${sign(id)}; ${attributes}` };
    },
    read(header) {
      const [id = "", mac = ""] = readCookie(header, guestCookie)?.split(".") ?? [];
      const [given, expected] = [Buffer.from(mac), Buffer.from(sign(id))];
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
      return isGuest(id) ? id : undefined;
    },
  };
}
