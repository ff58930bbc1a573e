/** A socket in Node: `ws`, which tells why a connection failed and can be told to trust a self-made certificate. */
import { WebSocket } from "ws";
import type { OpenSocket, Socket } from "../socket.ts";

export interface NodeSocketOptions {
  /** Accept any TLS certificate: for a server on one's own network with a certificate made on the spot. */
  readonly insecure?: boolean;
  /** Sent with the upgrade, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Opens sockets with `ws`. */
export function nodeSocket(options: NodeSocketOptions = {}): OpenSocket {
  return (url, protocols) =>
    new WebSocket(url, [...protocols], {
      perMessageDeflate: false,
      headers: { ...options.headers },
      ...(options.insecure ? { rejectUnauthorized: false } : {}),
    }) as unknown as Socket;
}
