/** Files of the pages and the client library for browsers; TypeScript is served with its types stripped. */
import { createHash } from "node:crypto";
import { readFile, realpath, stat } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { extname, join, sep } from "node:path";

/** A file ready to be sent. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Buffer;
  /** Changes with the content, quotes included. */
  readonly etag: string;
}

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".ts": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".webmanifest": "application/manifest+json",
};

/** Folders a browser may read, below the package's root. */
export const pageFolders = ["web", "src/client", "src/protocol"];
/** Pages that have an address of their own beside the first one. */
export const pageAddresses = ["/progress.html", "/report.html", "/sign-in.html", "/account.html"];
/** Paths of the client library's Node parts, which browsers may not read. */
const nodeOnly = /^\/src\/client\/(node|cli)\//;
/** Every path segment starts with a letter, a digit or an underscore: no hidden files, no parent folders. */
const readablePath = /^\/(?:[A-Za-z0-9_][\w-]*\/)+[A-Za-z0-9_][\w-]*(?:\.[\w-]+)+$/;

export interface Page {
  /** The file behind a URL path, or undefined where there is none to be had. */
  read(path: string): Promise<PageFile | undefined>;
}

/** Opens the page's files below `root`, the folder that holds `web/` and `src/`. Files are kept until they change. */
export function openPage(root: string): Page {
  const cache = new Map<string, { readonly version: string; readonly file: PageFile }>();
  return {
    async read(path) {
      const wanted = path === "/" ? "/web/index.html" : pageAddresses.includes(path) ? `/web${path}` : path;
      if (!readablePath.test(wanted) || nodeOnly.test(wanted)) return undefined;
      const folder = pageFolders.find((name) => wanted.startsWith(`/${name}/`));
      const contentType = contentTypes[extname(wanted)];
      if (folder === undefined || contentType === undefined) return undefined;
      try {
        const location = await realpath(join(root, wanted));
        if (!location.startsWith((await realpath(join(root, folder))) + sep)) return undefined;
        const { mtimeMs, size } = await stat(location);
        const version = `${mtimeMs}-${size}`;
        const kept = cache.get(wanted);
        if (kept?.version === version) return kept.file;
        const body = toBrowser(wanted, await readFile(location));
        const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
        const file = { contentType, body, etag };
        cache.set(wanted, { version, file });
        return file;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
  };
}

function toBrowser(path: string, content: Buffer): Buffer {
  if (!path.endsWith(".ts")) return content;
  return Buffer.from(quietly(() => stripTypeScriptTypes(content.toString("utf8"))));
}

/** Suppresses Node's warning that type stripping is experimental. */
function quietly<T>(work: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR" || code === "ENAMETOOLONG";
}
