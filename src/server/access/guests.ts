/** People without an account: how they are told apart, and which sessions they reach. */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { newId, newSecret } from "../../lib/ids.ts";
import { readCookie } from "../net/same-origin.ts";
import type { Principal } from "./principal.ts";

/** The cookie that makes a guest the same one tomorrow. */
const guestCookie = "kuku_guest";
const keptSeconds = 30 * 86_400;
const prefix = "guest_";
/** Of guests who show nothing by which they would be known again. */
const passingPrefix = "guest_once_";

/** Whether somebody's id is a guest's. */
export function isGuest(ownerId: string): boolean {
  return ownerId.startsWith(prefix);
}

/** A guest for one request alone: no cookie comes with it. */
export function passingGuest(): string {
  return newId("guest").replace(prefix, passingPrefix);
}

/**
 * Whether somebody may reach what an owner made, once they name it: their own, and a guest also what a guest made who
 * cannot be known again. Front ends without cookies ask as another guest each time; there the session's id is what opens
 * it, which is why it cannot be guessed (see `newSessionId`). Lists and searches never go by this.
 */
export function reaches({ id, via }: Pick<Principal, "id" | "via">, ownerId: string): boolean {
  return id === ownerId || (via === "guest" && ownerId.startsWith(passingPrefix));
}

/** An id for a new session: sorted by time, or, for a guest's, 128 bits of chance (a UUID of v7 has 42 within its tick). */
export function newSessionId(ownerId: string): string {
  if (!isGuest(ownerId)) return newId("session");
  const digits = newSecret();
  const parts = [0, 8, 12, 16, 20, 32].map((at, index, all) => digits.slice(at, all[index + 1]));
  return `session-${parts.slice(0, 5).join("-")}`;
}

/** Makes and reads the cookie, which is signed: to know a guest's id, as a log or an administrator does, is not to be it. */
export interface GuestCookies {
  /** A new guest, and the `Set-Cookie` that keeps it. */
  make(): { readonly id: string; readonly cookie: string };
  /** The guest of a `Cookie` header; undefined: none, or it was changed. */
  read(header: string | undefined): string | undefined;
}

/** @param key 32 random bytes, the same for all nodes (see `readSigningKey`); one of their own is derived from it */
export function openGuestCookies(key: Uint8Array): GuestCookies {
  const own = new Uint8Array(hkdfSync("sha256", key, "", "kuku guests' cookies", 32));
  const sign = (id: string) => createHmac("sha256", own).update(id).digest("base64url");
  return {
    make() {
      const id = newId("guest");
      const attributes = `Path=/; Max-Age=${keptSeconds}; HttpOnly; SameSite=Lax`;
      return { id, cookie: `${guestCookie}=${id}.${sign(id)}; ${attributes}` };
    },
    read(header) {
      const [id = "", mac = ""] = readCookie(header, guestCookie)?.split(".") ?? [];
      const [shown, right] = [Buffer.from(mac), Buffer.from(sign(id))];
      if (shown.length !== right.length || !timingSafeEqual(shown, right)) return undefined;
      return isGuest(id) ? id : undefined;
    },
  };
}
