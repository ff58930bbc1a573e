/** Plain HTTP beside the socket: health, the page, the protocol's schemas, and the envelope for all that is not there. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { failure, securityHeaders } from "./answers.ts";
import type { Logger } from "./logging.ts";
import type { Page } from "./page.ts";

export interface Routes {
  readonly page: Page;
  /** Path of the WebSocket, which a plain request gets wrong. */
  readonly realtimePath: string;
  /** JSON documents by path, made when first asked for. */
  readonly documents: Readonly<Record<string, () => unknown>>;
  /** Whether the server takes new work. */
  readonly healthy: () => boolean;
  readonly log: Logger;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Makes the listener for `request`. It answers everything and never throws. */
export function routeRequests(routes: Routes): (request: IncomingMessage, response: ServerResponse) => void {
  const documents = new Map<string, string>();
  const document = (path: string, make: () => unknown): Answer => {
    let body = documents.get(path);
    if (body === undefined) {
      body = JSON.stringify(make());
      documents.set(path, body);
    }
    return json(200, body);
  };

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const path = readPath(request.url);
    if (path === undefined) return notFound();
    if (path === routes.realtimePath) return upgradeRequired();
    const make = Object.hasOwn(routes.documents, path) ? routes.documents[path] : undefined;
    const known = path === "/health" || make !== undefined;
    const file = known ? undefined : await routes.page.read(path);
    if (!known && file === undefined) return notFound();
    if (request.method !== "GET" && request.method !== "HEAD")
      return {
        ...json(405, failure("METHOD_NOT_ALLOWED", "This path is only read.")),
        headers: { ...jsonHeaders, Allow: "GET, HEAD" },
      };
    if (make) return document(path, make);
    if (file === undefined) return health(routes.healthy());
    const headers = { "Content-Type": file.contentType, "Cache-Control": "no-cache", ETag: file.etag };
    if (request.headers["if-none-match"] === file.etag) return { status: 304, headers, body: "" };
    return { status: 200, headers, body: file.body };
  };

  return (request, response) => {
    answer(request)
      .catch((error: unknown) => {
        routes.log.error({ err: error }, "request failed");
        return json(500, failure("INTERNAL_ERROR", "Something went wrong on the server."));
      })
      .then((result) => write(request, response, result))
      .catch((error: unknown) => {
        routes.log.error({ err: error }, "answer failed");
        response.destroy();
      });
  };
}

const jsonHeaders = { "Content-Type": "application/json; charset=utf-8" };

function json(status: number, body: string): Answer {
  return { status, headers: jsonHeaders, body };
}

function notFound(): Answer {
  return json(404, failure("NOT_FOUND", "There is nothing at this path."));
}

function upgradeRequired(): Answer {
  const body = failure("upgrade_required", "This path is a WebSocket: connect with ws:// or wss://.");
  return { status: 426, headers: { ...jsonHeaders, Upgrade: "websocket", Connection: "Upgrade" }, body };
}

function health(healthy: boolean): Answer {
  const body = JSON.stringify({ status: healthy ? "healthy" : "draining" });
  return { status: healthy ? 200 : 503, headers: { ...jsonHeaders, "Cache-Control": "no-store" }, body };
}

/** The path without its query, or undefined where it cannot be read. Dots that lead upwards are gone after this. */
function readPath(target: string | undefined): string | undefined {
  const base = "http://server";
  // Two slashes would name another host.
  if (!target?.startsWith("/") || target.startsWith("//") || !URL.canParse(target, base)) return undefined;
  return new URL(target, base).pathname;
}

function write(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  // What a client sends to a path that is only read is thrown away, so that the connection can go on.
  request.resume();
  response.writeHead(status, {
    ...securityHeaders,
    ...headers,
    ...(status === 304 ? {} : { "Content-Length": Buffer.byteLength(body) }),
  });
  if (request.method === "HEAD" || status === 304) response.end();
  else response.end(body);
}
