/** The built pages, in memory: each file as it is and compressed, found by its path in a fixed list. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { PageBuild } from "./page-build.ts";

/** A file ready to be sent. */
export interface PageFile {
  readonly contentType: string;
  /** By content encoding; `identity` is always there. */
  readonly bodies: { readonly identity: Buffer; readonly br?: Buffer; readonly gzip?: Buffer };
  /** Changes with the content, quotes included. */
  readonly etag: string;
  /** The name holds the content's hash: a browser may keep the file for good. */
  readonly immutable: boolean;
}

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};
const encodings = { ".br": "br", ".gz": "gzip" } as const;

/** Pages and files that have an address of their own, beside the first page. */
export const pageAddresses = [
  "/progress.html",
  "/report.html",
  "/sign-in.html",
  "/account.html",
  "/admin.html",
  "/offline.html",
  "/manifest.webmanifest",
  "/service-worker.js",
];
/** Folder of the files that are named by their content. */
export const assetsAddress = "/assets";

type Files = ReadonlyMap<string, PageFile>;

export interface Pages {
  /** The file behind a URL path, or undefined where there is none. @throws Error where pages cannot be built */
  read(path: string): Promise<PageFile | undefined>;
}

/** Opens the pages below `root`, the folder that holds `web/`, `src/` and `dist/`; missing ones begin to be built. */
export function openPages(root: string): Pages {
  const build = new PageBuild(root);
  let loaded: { readonly folder: string; readonly files: Promise<Files> } | undefined;
  /** The build before: pages of it are open, or on their way, and ask for their files. */
  let before: typeof loaded;
  const load = async (fresh: boolean): Promise<Files> => {
    const folder = await build.folder(fresh);
    if (loaded?.folder !== folder) {
      before = loaded;
      loaded = { folder, files: loadFiles(folder) };
    }
    return loaded.files;
  };
  // Not awaited: a port that opens does not wait for its pages.
  load(false).catch(() => {});
  return {
    async read(path) {
      const isPage = !path.startsWith(`${assetsAddress}/`);
      const file = (await load(isPage)).get(path === "/" ? "/index.html" : path);
      return file ?? (isPage ? undefined : (await before?.files)?.get(path));
    },
  };
}

async function loadFiles(folder: string): Promise<Files> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length).replaceAll(sep, "/"));
  const contents = new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
  const files = names
    .filter((name) => contentTypes[extname(name)] !== undefined)
    .map((name) => [name, pageFile(name, contents)] as const);
  return new Map(files);
}

function pageFile(name: string, contents: ReadonlyMap<string, Buffer>): PageFile {
  const identity = contents.get(name) ?? Buffer.alloc(0);
  const compressed = Object.entries(encodings).flatMap(([suffix, encoding]) => {
    const body = contents.get(name + suffix);
    return body ? [[encoding, body]] : [];
  });
  return {
    contentType: contentTypes[extname(name)] ?? "",
    bodies: { identity, ...Object.fromEntries(compressed) },
    etag: `"${createHash("sha256").update(identity).digest("base64url").slice(0, 22)}"`,
    immutable: name.startsWith(`${assetsAddress}/`),
  };
}
