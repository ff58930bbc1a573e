/**
 * Limits the open connections of one address, before a byte of any is read: a connection that never sends a request
 * is counted here alone.
 */
import type { Server, Socket } from "node:net";
import { countedAddress, type TrustProxy } from "../../net/addresses.ts";
import { openCounts } from "./concurrent-counts.ts";

/** Pages, requests and upgrades beside the sockets of sessions, of everybody behind one address. */
const besideSessions = 100;

/**
 * Closes connections of an address that has as many as it may. A believed proxy's are its clients', and not counted.
 * @param options.sessions that one address may have at once; undefined: any number, and of connections, too
 */
export function capConnections(
  server: Server,
  options: { readonly sessions: number | undefined; readonly trustProxy: TrustProxy | undefined },
): void {
  const { sessions, trustProxy } = options;
  if (sessions === undefined) return;
  // A session that comes back has two for a moment.
  const most = 2 * sessions + besideSessions;
  const counts = openCounts();
  server.on("connection", (socket: Socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || trustProxy?.(remoteAddress, 0)) return;
    const from = countedAddress(remoteAddress);
    if (!counts.take(from, most)) return void socket.destroy();
    socket.once("close", () => counts.give(from));
  });
}
