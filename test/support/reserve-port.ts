/** Ports for programs that cannot say which one they got, or that are started again on the same one. */
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";

const lowest = 10_000;
/** First of the ports that systems give to connections and to listeners on port 0, where that cannot be read. */
const defaultEphemeral = 32_768;

/**
 * Returns a TCP port of loopback that nobody listens on and that nobody gets until this process ends: it is none of those
 * that the system gives out, and other calls, of other processes too, pass over it, since its UDP twin is held.
 * @throws Error where a thousand ports in a row are taken
 */
export async function reservePort(): Promise<number> {
  const end = await firstEphemeral();
  for (let attempt = 0; attempt < 1000; attempt++) {
    const port = randomInt(lowest, end);
    const claim = await claimUdp(port);
    if (!claim) continue;
    if (await isUnused(port)) return port;
    claim.close();
  }
  throw new Error(`no unused port between ${lowest} and ${end}`);
}

/** Where the system gives out ports from `lowest` on, none can be kept from it: then any port up to the last one. */
async function firstEphemeral(): Promise<number> {
  const range = await readFile("/proc/sys/net/ipv4/ip_local_port_range", "utf8").catch(() => "");
  const first = Number.parseInt(range, 10) || defaultEphemeral;
  return first > lowest ? first : 65_536;
}

function claimUdp(port: number) {
  const socket = createSocket("udp4").unref();
  return new Promise<typeof socket | undefined>((resolve) => {
    socket.once("error", () => resolve(undefined));
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, () => resolve(socket));
  });
}

function isUnused(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
