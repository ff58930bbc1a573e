/** Where the built pages lie, and whether they fit their sources. The build itself is `scripts/build-pages.ts`. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { promisify } from "node:util";

/** Builds the pages; absent from a package or an image, which bring them built. */
const builder = "scripts/build-pages.ts";
/** What the pages are made of, below the package's root. */
const sources = ["web", "src/client", "src/protocol"];
/** A change of these changes the output, too. */
const tools = [builder, "node_modules/esbuild/package.json", "node_modules/preact/package.json"];

/** Folder of the built pages; each build has a folder of its own in it, named by the hash of its sources. */
export const buildsFolder = "dist/pages";

/** The files whose content decides the output, as paths below `root`, sorted. */
async function sourceFiles(root: string): Promise<string[]> {
  const listed = sources.map(async (folder) => {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  });
  const files = (await Promise.all(listed)).flat().sort();
  return [...files, ...tools.map((path) => join(root, path)).filter(existsSync)];
}

/** Returns the hash of the sources, 16 hex digits. */
export async function hashSources(root: string): Promise<string> {
  const files = await sourceFiles(root);
  const hash = createHash("sha256");
  const contents = await Promise.all(files.map((path) => readFile(path)));
  for (const [index, content] of contents.entries())
    hash.update(`${relative(root, files[index] ?? "")}\0${content.length}\0`).update(content);
  return hash.digest("hex").slice(0, 16);
}

/** Returns a mark that changes when a source is written, at the price of a `stat` a file. */
async function stampSources(root: string): Promise<string> {
  const files = await sourceFiles(root);
  const stats = await Promise.all(files.map((path) => stat(path)));
  return stats.map(({ mtimeMs, size }, index) => `${files[index]}:${mtimeMs}:${size}`).join("\n");
}

/**
 * Returns the folder of the pages built from the sources as they are, building them first where they are missing or
 * stale; without the builder, the folder of those that came along.
 * @throws Error where there are none and none can be built
 */
async function builtFolder(root: string): Promise<string> {
  const builds = join(root, buildsFolder);
  if (!existsSync(join(root, builder))) {
    const [only] = await readdir(builds).catch(() => []);
    if (only === undefined) throw new Error(`there are no built pages in ${buildsFolder}`);
    return join(builds, only);
  }
  const folder = join(builds, await hashSources(root));
  if (!existsSync(folder)) await runBuilder(root);
  return folder;
}

/** A process of its own: the build tool is no part of a running server. */
async function runBuilder(root: string): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, ["--no-warnings", builder], { cwd: root });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`the pages could not be built: ${stderr?.trim() || (error as Error).message}`);
  }
}

/** Follows the built pages: a source that is changed is built anew when the next page is asked for. */
export class PageBuild {
  readonly #root: string;
  #stamp = "";
  #folder: Promise<string> | undefined;

  constructor(root: string) {
    this.#root = resolve(root);
  }

  /** Resolves to the folder of the built pages. `fresh`: look whether a source has changed. @throws Error */
  async folder(fresh: boolean): Promise<string> {
    if (this.#folder && !(fresh && (await this.#isStale()))) return this.#folder;
    this.#stamp = await this.#readStamp();
    const building = builtFolder(this.#root);
    this.#folder = building;
    // One that failed is tried again at the next request.
    building.catch(() => {
      if (this.#folder === building) this.#folder = undefined;
    });
    return building;
  }

  async #isStale(): Promise<boolean> {
    return this.#stamp !== (await this.#readStamp());
  }

  async #readStamp(): Promise<string> {
    return existsSync(join(this.#root, builder)) ? stampSources(this.#root) : "";
  }
}
