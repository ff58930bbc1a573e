/** A socket in Node: `ws`, which tells why a connection failed and can be told to trust a self-made certificate. */
import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import { finalPrefix, type OpenSocket, refusalPrefix, type Socket } from "../socket.ts";

export interface NodeSocketOptions {
  /** Accept any TLS certificate: for a server on one's own network with a certificate made on the spot. */
  readonly insecure?: boolean;
  /** Sent with the upgrade, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Most of a refusal's body that is read, bytes. */
const bodyLimit = 8_192;

/** The reason of a refused upgrade: the `error` of the answer's JSON, or its status. */
async function readRefusal(response: IncomingMessage): Promise<string> {
  const status = `${response.statusCode} ${response.statusMessage ?? ""}`.trim();
  try {
    let body = "";
    for await (const piece of response.setEncoding("utf8")) {
      body += piece;
      if (body.length > bodyLimit) break;
    }
    const { error } = JSON.parse(body) as { error?: unknown };
    const message = typeof error === "object" && error !== null && "message" in error ? error.message : error;
    return typeof message === "string" ? message : status;
  } catch {
    return status;
  }
}

/** Whether a status means that the same request has no chance later: not too early, too many, or taken just now. */
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && ![408, 409, 425, 429].includes(status);
}

/** Opens sockets with `ws`. */
export function nodeSocket(options: NodeSocketOptions = {}): OpenSocket {
  return (url, protocols) => {
    const socket = new WebSocket(url, [...protocols], {
      perMessageDeflate: false,
      headers: { ...options.headers },
      ...(options.insecure ? { rejectUnauthorized: false } : {}),
    });
    socket.on("unexpected-response", (_request, response) => {
      void readRefusal(response).then((reason) => {
        const prefix = isFinal(response.statusCode ?? 0) ? finalPrefix : refusalPrefix;
        socket.emit("error", new Error(`${prefix}${reason}`));
        socket.terminate();
      });
    });
    return socket as unknown as Socket;
  };
}
