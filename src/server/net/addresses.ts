/** Network addresses: loopback, this machine's own, trusted proxies, and the key that a client's address is counted by. */
import type { IncomingMessage } from "node:http";
import { isIPv4, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { all, compile } from "@fastify/proxy-addr";

/** Whether an address or host name means this machine alone. */
export function isLoopback(name: string): boolean {
  const host = withoutBrackets(name);
  return (
    host === "localhost" || host.endsWith(".localhost") || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host)
  );
}

/** An IPv6 address as it stands in a URL, without its brackets; anything else as it is. */
export function withoutBrackets(name: string): string {
  return name.replace(/^\[(.*)\]$/, "$1");
}

/** Lists this machine's addresses in its networks, IPv4, loopback left out. */
export function lanAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter((entry) => !entry.internal && entry.family === "IPv4")
    .map((entry) => entry.address);
}

/** Whether the proxy at an address, `hop` steps away, is trusted; the type of Fastify's `trustProxy`. */
export type TrustProxy = (address: string, hop: number) => boolean;

/**
 * Makes the check for trusted proxies: those of these addresses, networks (`10.0.0.0/8`) and names (`loopback`, `linklocal`,
 * `uniquelocal`). Undefined: none.
 * @throws TypeError for an entry that is none of these
 */
export function trustProxies(proxies: readonly string[]): TrustProxy | undefined {
  return proxies.length === 0 ? undefined : compile([...proxies]);
}

/**
 * Returns the client's address: the last one in the chain of `X-Forwarded-For` that is no trusted proxy's, as Fastify's
 * `request.ip` with the same `trust`. Entries before that can be forged. Undefined: the socket is gone.
 */
export function clientAddress(request: IncomingMessage, trust: TrustProxy | undefined): string | undefined {
  const { remoteAddress } = request.socket;
  return remoteAddress === undefined || !trust ? remoteAddress : all(request, trust).at(-1);
}

/** Key of all clients without a usable address. */
const unknownAddress = "unknown";

/**
 * Returns the key that an address is counted by: IPv4 as it is, also where it is written as IPv6 (`::ffff:192.0.2.1`) or with a port;
 * of IPv6 the first 64 bits, as one subscriber has all addresses below them (RFC 6177). Anything else is
 * `unknown`, so that keys are few and short.
 */
export function countedAddress(address: string | undefined): string {
  if (address === undefined) return unknownAddress;
  if (isIPv4(address)) return address;
  const host = /^(?:\[(.+)\]|([\d.]+))(?::\d+)?$/.exec(address);
  const bare = host?.[1] ?? host?.[2] ?? address;
  if (isIPv4(bare)) return bare;
  const [unzoned = ""] = bare.split("%");
  return isIPv6(unzoned) ? network64(unzoned) : unknownAddress;
}

function network64(address: string): string {
  // The canonical form, without an IPv4 part.
  const [head = "", tail] = withoutBrackets(new URL(`http://[${address}]`).hostname).split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail ? tail.split(":") : [];
  const groups = [...first, ...Array<string>(8 - first.length - last.length).fill("0"), ...last];
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16));
  if (groups.slice(0, 6).join(":") === "0:0:0:0:0:ffff")
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  return `${groups.slice(0, 4).join(":")}::/64`;
}
