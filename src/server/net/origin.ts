/** Which web pages may open a socket. A browser always sends its page's origin; other clients send none. */
import { isIP } from "node:net";
import { isLoopback, withoutBrackets } from "./addresses.ts";

/** What is known of an upgrade and of this server. */
export interface OriginFacts {
  /** The `Origin` header; undefined: not a browser. */
  readonly origin: string | undefined;
  /** The `Host` header. */
  readonly host: string | undefined;
  /** Origins the configuration lets in beside those below. */
  readonly allowed: readonly string[];
  /** Whether the server listens on loopback alone. */
  readonly loopbackOnly: boolean;
  /** Where people reach it, an origin; undefined: not known. */
  readonly publicUrl?: string | undefined;
}

/**
 * Lets in: no origin; a listed one; the public one; any page on this machine's loopback; the server's own pages. A server that listens
 * on loopback alone counts as its own only pages asked for by address or as localhost: any other name that leads there
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
 * Whether a server goes by this name. One that listens on loopback alone, or was told its public name, goes by that, by
 * an address, by localhost and by the names of listed origins: any other name was pointed at it from outside, which
 * makes a page of that name one of ours (DNS rebinding). One that is open to other machines and was told nothing cannot
 * know its names.
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
