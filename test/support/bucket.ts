/** An S3 server on this machine, with one bucket. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The package's class, which has no types. */
interface S3Server {
  run(): Promise<AddressInfo>;
  close(): Promise<void>;
  readonly httpServer: Server;
}
const S3rver = createRequire(import.meta.url)("s3rver") as new (options: object) => S3Server;

/** What the package leaves out of the protocol: an unfinished upload given up loses its parts. */
function takeBackUploads(server: Server, directory: string): void {
  const [serve] = server.listeners("request");
  server.removeAllListeners("request");
  server.on("request", async (request, response) => {
    const upload = new URL(request.url ?? "", "http://s3").searchParams.get("uploadId");
    if (request.method !== "DELETE" || !upload) return serve?.call(server, request, response);
    const folders = await readdir(directory, { recursive: true, withFileTypes: true });
    const folder = folders.find((entry) => entry.name === upload);
    if (folder) await rm(join(folder.parentPath, upload), { recursive: true });
    response.writeHead(folder ? 204 : 404).end();
  });
}

/** Starts one with an empty bucket of this name. */
export async function startBucket(name: string) {
  const directory = await mkdtemp(join(tmpdir(), "bucket-"));
  const server = new S3rver({
    port: 0,
    address: "127.0.0.1",
    silent: true,
    directory,
    configureBuckets: [{ name, configs: [] }],
  });
  const { port } = await server.run();
  takeBackUploads(server.httpServer, directory);
  const credentials = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };
  return {
    s3: { endpoint: `http://127.0.0.1:${port}`, credentials },
    async everything() {
      const names = await readdir(directory, { recursive: true, withFileTypes: true });
      return names
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
    },
    async close() {
      server.httpServer.closeAllConnections();
      await server.close();
      await rm(directory, { recursive: true });
    },
  };
}
