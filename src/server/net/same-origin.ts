/** Checks whether a request comes from a page of this server: only then are its cookies accepted as credentials. */
import { isLoopback } from "./addresses.ts";

export interface PageFacts {
  /** The `Origin` header. */
  readonly origin: string | undefined;
  /** The `Host` header. */
  readonly host: string | undefined;
  /** Whether the connection to this process uses TLS. */
  readonly encrypted: boolean;
  /** The server's public origin, if configured. */
  readonly publicUrl?: string | undefined;
}

/**
 * Whether an origin is this server's own. Listed origins (ALLOWED_ORIGINS) are not: their pages send tokens. With TLS or
 * an https PUBLIC_URL, a page of the same name loaded without TLS is not, since it could be forged on the way.
 */
export function isOwnOrigin({ origin, host, encrypted, publicUrl }: PageFacts): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false;
  if (origin === publicUrl) return true;
  const page = new URL(origin);
  const ours = `${page.protocol}//${host}`;
  if (host === undefined || !URL.canParse(ours) || new URL(ours).origin !== page.origin) return false;
  if (encrypted) return page.protocol === "https:";
  if (page.protocol !== "http:" && page.protocol !== "https:") return false;
  return publicUrl === undefined || isLoopback(page.hostname);
}

/** Whether a request comes from an own page; without `Origin`, by the browser's `Sec-Fetch-Site`. */
export function isFromOwnPage(facts: PageFacts & { readonly fetchSite: string | undefined }): boolean {
  if (facts.origin !== undefined) return isOwnOrigin(facts);
  return facts.fetchSite === "same-origin" || facts.fetchSite === "none";
}

const ownCookie = /(?:^|;\s*)(?:__Host-|__Secure-)?kuku[\w.-]*=/;

/** Whether a `Cookie` header holds one of this server's cookies; other servers on the same machine set theirs, too. */
export function hasOwnCookie(header: string | undefined): boolean {
  return header !== undefined && ownCookie.test(header);
}

/**
 * Returns the value of a cookie; undefined where there is none, or several that differ: a neighbour host or a page loaded
 * without TLS may have set one of them, and nothing tells which.
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const values = new Set<string>();
  for (const pair of header?.split(";") ?? []) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) values.add(pair.slice(at + 1).trim());
  }
  return values.size === 1 ? [...values][0] : undefined;
}
