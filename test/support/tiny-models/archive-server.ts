/** An HTTP server with one file, which can be told to behave as servers of downloads do on bad days. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface Behaviour {
  /** Bytes of each response after which the connection is cut. */
  readonly cutAfter?: number;
  /** Awaited before the cut of a response that begins at this byte. */
  readonly beforeCut?: (from: number) => Promise<void>;
  /** Sends all of the file whatever is asked for. */
  readonly ignoresRanges?: boolean;
  readonly status?: number;
}

export interface ArchiveServer {
  readonly address: string;
  /** The ranges asked for so far; "" where there was none. */
  readonly asked: readonly string[];
  serve(file: Buffer, behaviour?: Behaviour): void;
  close(): Promise<void>;
}

export async function openArchiveServer(): Promise<ArchiveServer> {
  let file: Buffer = Buffer.alloc(0);
  let behaviour: Behaviour = {};
  let version = 0;
  const asked: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    asked.push(request.headers.range ?? "");
    if (behaviour.status !== undefined) return void response.writeHead(behaviour.status).end();
    const etag = `"${version}"`;
    const current = request.headers["if-range"] === etag && !behaviour.ignoresRanges;
    const from = current ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0) : 0;
    const rest = file.subarray(from);
    const range = from > 0 && { "content-range": `bytes ${from}-${file.length - 1}/${file.length}` };
    response.writeHead(from > 0 ? 206 : 200, { etag, "content-length": rest.length, ...range });
    const { cutAfter } = behaviour;
    if (cutAfter === undefined || cutAfter >= rest.length) return void response.end(rest);
    response.write(rest.subarray(0, cutAfter), async () => {
      await behaviour.beforeCut?.(from);
      response.destroy();
    });
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/model.tar.bz2`,
    asked,
    serve(bytes, how = {}) {
      if (!bytes.equals(file)) version++;
      file = bytes;
      behaviour = how;
      asked.length = 0;
    },
    close: () => new Promise((resolve) => void server.close(() => resolve()).closeAllConnections()),
  };
}
