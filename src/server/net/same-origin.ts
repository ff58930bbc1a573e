/** Which requests come from a page of this server's own: only with those do cookies say who somebody is. */
import { isLoopback } from "./addresses.ts";

export interface PageFacts {
  /** The `Origin` header. */
  readonly origin: string | undefined;
  /** The `Host` header. */
  readonly host: string | undefined;
  /** Whether it came over TLS, as far as is known here. */
  readonly encrypted: boolean;
  /** Where people reach this server, if it was said. */
  readonly publicUrl?: string | undefined;
}

/**
 * Whether an origin is this server's own. One that is let in beside it (ALLOWED_ORIGINS) is not: its pages show tokens.
 * Where PUBLIC_URL or TLS says so, a page of the same name without TLS is none of ours, since anybody on the way could
 * have written it.
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

/** The same of a request: a browser that gives no origin says in `Sec-Fetch-Site` whether the page was ours. */
export function isFromOwnPage(facts: PageFacts & { readonly fetchSite: string | undefined }): boolean {
  if (facts.origin !== undefined) return isOwnOrigin(facts);
  return facts.fetchSite === "same-origin" || facts.fetchSite === "none";
}

const ownCookie = /(?:^|;\s*)(?:__Host-|__Secure-)?kuku[\w.-]*=/;

/** Whether a `Cookie` header has one of this server's own in it; other servers of the same machine leave theirs, too. */
export function hasOwnCookie(header: string | undefined): boolean {
  return header !== undefined && ownCookie.test(header);
}

/** The value of a cookie; of several with the name, the first. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(";") ?? []) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
