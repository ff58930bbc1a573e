/** What addresses mean to a server: this machine alone, or the networks it is in. */
import { networkInterfaces } from "node:os";

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

/** This machine's addresses in its networks, IPv4, loopback left out. */
export function lanAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter((entry) => !entry.internal && entry.family === "IPv4")
    .map((entry) => entry.address);
}
