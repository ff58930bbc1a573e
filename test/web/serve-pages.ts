/** Pages from a copy of their sources, which a test may change, and an API that counts. */
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Fastify from "fastify";
import { pageRoutes, sendFile } from "../../src/server/api/page.ts";
import { openPages } from "../../src/server/http/page-files.ts";
import type { App } from "../../src/server/http/typed-app.ts";

const copied = [
  "web",
  "src/client",
  "src/protocol",
  "src/server/http/page-build.ts",
  "scripts/build-pages.ts",
];

export interface ServedPages {
  /** Folder of the copy. */
  readonly root: string;
  /** The first page's address, ending in a slash; `api/count` below it counts. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function servePages(): Promise<ServedPages> {
  const root = mkdtempSync(join(tmpdir(), "kuku-pages-"));
  for (const path of copied) cpSync(path, join(root, path), { recursive: true });
  symlinkSync(join(process.cwd(), "node_modules"), join(root, "node_modules"), "dir");
  writeFileSync(join(root, "package.json"), '{ "type": "module" }');
  const pages = openPages(root);
  const app = Fastify();
  let asked = 0;
  app.get("/", async (request, reply) => {
    const file = await pages.read("/");
    return file ? sendFile(request, reply, file) : reply.code(404).send();
  });
  app.get("/api/count", async () => ++asked);
  pageRoutes(app as unknown as App, pages);
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    root,
    url: `${url}/`,
    async stop() {
      await app.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
