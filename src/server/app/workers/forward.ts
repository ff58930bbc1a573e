/** Requests to a session that another worker holds, passed on to that worker's socket file. */
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from "node:http";
import { request as httpsRequest } from "node:https";
import { pipeline } from "node:stream";

/** Carries the workers' secret and the client's address to the worker that answers. */
const addressHeader = "x-kuku-client-address";
/** Headers of one connection, which each of the two has for itself. */
const ofConnection = new Set(["connection", "keep-alive", "transfer-encoding", "expect", addressHeader]);

/** Returns the session that a request's path is about. */
export function sessionOf({ url = "" }: Pick<IncomingMessage, "url">): string | undefined {
  return /^\/api\/sessions\/([^/?#]+)/.exec(url)?.[1];
}

/** Passes a request on to the server at a socket file, and its answer back. */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { path, secure, secret }: { readonly path: string; readonly secure: boolean; readonly secret: string },
): void {
  const { method, url, rawHeaders, socket } = request;
  const headers = [...withoutConnection(rawHeaders), addressHeader, `${secret} ${socket.remoteAddress}`];
  if (request.headers["transfer-encoding"] !== undefined) headers.push("transfer-encoding", "chunked");
  const options: RequestOptions = { socketPath: path, method, path: url, headers, agent: false };
  // The certificate is this server's own, and the socket file this user's.
  const open = (): ClientRequest =>
    secure ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
  const upstream = open();
  upstream.once("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, withoutConnection(answer.rawHeaders));
    pipeline(answer, response, () => {}); // an answer that breaks off ends the connection
  });
  // The worker went away: the client's connection ends as it would have at that worker.
  upstream.once("error", () => response.destroy());
  response.once("close", () => upstream.destroy());
  pipeline(request, upstream, () => {}); // told by one of the two above
}

/** Gives a request that another worker has passed on, which it shows by the secret, the address that it came from. */
export function adoptAddress({ headers, socket }: IncomingMessage, secret: string): void {
  const told = headers[addressHeader];
  delete headers[addressHeader];
  if (typeof told !== "string" || !told.startsWith(`${secret} `)) return;
  Object.defineProperty(socket, "remoteAddress", {
    value: told.slice(secret.length + 1),
    configurable: true,
  });
}

/** Names and values in turn, as Node gives them and takes them. */
function withoutConnection(raw: readonly string[]): string[] {
  return raw.filter((_, index) => !ofConnection.has((raw[index - (index % 2)] ?? "").toLowerCase()));
}
