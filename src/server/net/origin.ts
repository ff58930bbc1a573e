/** Checks which web pages may open a socket. A browser always sends its page's origin; other clients send none. */
import { isIP } from "node:net";
import { isLoopback, withoutBrackets } from "./addresses.ts";

/** Properties of an upgrade request and of this server that decide whether its origin is allowed. */
export interface OriginFacts {
  /** The `Origin` header; undefined: not a browser. */
  readonly origin: string | undefined;
  /** The `Host` header. */
  readonly host: string | undefined;
  /** Origins that the configuration allows (ALLOWED_ORIGINS). */
  readonly allowed: readonly string[];
  /** Whether the server listens on loopback alone. */
  readonly loopbackOnly: boolean;
  /** The server's public origin; undefined: not configured. */
  readonly publicUrl?: string | undefined;
}

/**
 * Allows: no origin; a listed one; the public one; any page on this machine's loopback; the server's own pages. Of a
 * server that listens on loopback alone, own pages are only those addressed by IP address or as localhost: any other name
 * was pointed at this machine from outside (DNS rebinding).
 */
export function originAllowed({ origin, host, allowed, loopbackOnly, publicUrl }: OriginFacts): boolean {
  if (origin === undefined) return true;
  if (allowed.includes(origin) || origin === publicUrl) return true;
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  if (page.protocol !== "http:" && page.protocol !== "https:") return false;
  if (isLoopback(page.hostname)) return true;
  if (host === undefined || !sameHost(page, host)) return false;
  return !loopbackOnly || isIP(withoutBrackets(page.hostname)) !== 0;
}

function sameHost(page: URL, host: string): boolean {
  const ours = `${page.protocol}//${host}`;
  return URL.canParse(ours) && new URL(ours).host === page.host;
}

/**
 * Whether `host` is a name of this server. A server that listens on loopback alone, or whose public origin is configured,
 * accepts that name, IP addresses, localhost and the names of listed origins: with any other name (DNS rebinding), foreign
 * pages would count as its own. A server open to other machines without a configured name accepts every name.
 */
export function hostAllowed({
  host,
  allowed,
  loopbackOnly,
  publicUrl,
}: Omit<OriginFacts, "origin">): boolean {
  if ((!loopbackOnly && publicUrl === undefined) || host === undefined) return true;
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  if (isLoopback(hostname) || isIP(withoutBrackets(hostname)) !== 0) return true;
  const names = publicUrl === undefined ? allowed : [publicUrl, ...allowed];
  return names.some((origin) => new URL(origin).hostname === hostname);
}
