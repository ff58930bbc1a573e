/** Requests and sockets as bytes on the wire, whatever is asked. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import type { RunningServer } from "../../../src/server/app/server.ts";
import { Client } from "../support.ts";

export interface Sent {
  readonly json?: unknown;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The first `Set-Cookie`. */
  readonly cookie?: string | undefined;
}

/** Asks; of an answer that never ends, its beginning. */
export function send(server: RunningServer, method: string, path: string, sent: Sent): Promise<Answer> {
  const body = sent.json === undefined ? undefined : JSON.stringify(sent.json);
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${server.url}${path}`, {
      method,
      headers: {
        ...(sent.token !== undefined && { authorization: `Bearer ${sent.token}` }),
        ...(body !== undefined && {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
        }),
        ...sent.headers,
      },
    });
    request.on("error", reject);
    request.on("response", (response) => {
      const stream = response.headers["content-type"]?.startsWith("text/event-stream") ?? false;
      read(response, stream).then((text) => {
        if (stream) request.destroy();
        resolve({
          status: response.statusCode ?? 0,
          text,
          cookie: response.headers["set-cookie"]?.[0],
        });
      }, reject);
    });
    request.end(body);
  });
}

function read(response: IncomingMessage, firstAlone: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const done = () => resolve(Buffer.concat(chunks).toString("latin1"));
    response.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (firstAlone) done();
    });
    response.on("end", done);
    response.on("error", reject);
  });
}

/** A socket with the first it was told, or the answer in place of one. */
export type Socketed = Answer & { readonly client?: Client };

/** A token that can stand in a sub-protocol's name; that of a sign-in cannot, for which browsers have a cookie. */
const offerable = /^[\w.-]+$/;

/** Opens a socket; the token goes where a program puts it, or where a browser must. */
export async function openSocket(
  server: RunningServer,
  query: string,
  { token, how }: { readonly token: string | undefined; readonly how: "header" | "offer" },
): Promise<Socketed> {
  const offers = how === "offer" && token !== undefined && offerable.test(token);
  const offered = offers ? [`openai-insecure-api-key.${token}`] : [];
  const headers = token !== undefined && !offers ? { authorization: `Bearer ${token}` } : {};
  const url = `${server.url.replace("http", "ws")}/v1/realtime${query}`;
  const ws = new WebSocket(url, ["kuku.v1", ...offered], { headers });
  const refused = new Promise<Socketed>((resolve, reject) => {
    ws.once("unexpected-response", (_, response) =>
      read(response, false).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject),
    );
  });
  const client = new Client(ws);
  const opened = client.opened.then(
    async () => ({ status: 101, client, text: JSON.stringify(await client.next()) }),
    () => refused,
  );
  return Promise.race([opened, refused]);
}
