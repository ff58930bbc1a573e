/** File system of the embedded database that flushes what PostgreSQL asks to have flushed; PGlite's own ignores it. */
import { fdatasyncSync, mkdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";
import { flushFolderSync, flushTree } from "../../lib/durable-files.ts";

type EmscriptenOptions = Parameters<NodeFS["init"]>[1];
type Module = Parameters<NonNullable<EmscriptenOptions["preRun"]>[number]>[0];

interface Node {
  readonly mode: number;
  readonly mount: { readonly opts: { root: string } };
}
/** The parts of Emscripten's NODEFS that are used here; it declares no types. */
interface NodeFileSystem {
  realPath(node: Node): string;
  /** Turns Node's errors into Emscripten's. */
  tryFSOperation<T>(operation: () => T): T;
  readonly stream_ops: Record<string, unknown>;
  readonly node_ops: {
    mknod(parent: Node, name: string, mode: number, device: number): Node;
    rename(node: Node, folder: Node, name: string): void;
    unlink(parent: Node, name: string): void;
    rmdir(parent: Node, name: string): void;
  };
}
interface Stream {
  readonly node: Node;
  readonly nfd: number;
}

/** Where PGlite sees the folder. */
const mountPoint = "/pglite/data";

/**
 * The folder of a database. A flush of a file also flushes the names that were given, changed or removed until then:
 * PostgreSQL leaves the first appearance of a table's file to the file system, which need not remember it.
 *
 * A new database is put together in `<folder>.new`, flushed, and only then given its name, so that a folder of that name
 * is always a whole database.
 */
export class DurableFileSystem extends NodeFS {
  readonly #folder: string;
  /** Whether the database's name is still to be given. */
  #inMaking: boolean;
  /** Folders in which names have changed since the last flush. */
  readonly #changed = new Set<string>();
  #mod: Module | undefined;

  /** @param options.create makes a new database; then neither `folder` nor `folderInMaking(folder)` may exist */
  constructor(folder: string, { create }: { readonly create: boolean }) {
    const root = create ? folderInMaking(folder) : folder;
    if (create) mkdirSync(root, { mode: 0o700 }); // people's words, not for other users of the machine
    super(root);
    this.#folder = folder;
    this.#inMaking = create;
  }

  override async init(pg: PGlite, options: EmscriptenOptions) {
    const { emscriptenOpts } = await super.init(pg, options);
    const addFlushing = (mod: Module) => {
      this.#mod = mod;
      this.#addFlushing(
        (mod.FS as unknown as { filesystems: { NODEFS: NodeFileSystem } }).filesystems.NODEFS,
      );
    };
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), addFlushing] } };
  }

  /** Called by PGlite when the files of a new database are complete, before the database runs on them; and by nobody else in time. */
  override async syncToFs(): Promise<void> {
    if (!this.#inMaking) return;
    this.#inMaking = false;
    await flushTree(this.rootDir);
    renameSync(this.rootDir, this.#folder);
    this.#changed.clear();
    flushFolderSync(dirname(this.#folder));
    const { node } = this.#mod!.FS.lookupPath(mountPoint, {}) as unknown as { node: Node };
    node.mount.opts.root = this.#folder;
    this.rootDir = this.#folder;
  }

  #addFlushing(nodefs: NodeFileSystem): void {
    const { node_ops: names, stream_ops: streams, realPath } = nodefs;
    const changed = this.#changed;
    const { mknod, rename, unlink, rmdir } = names;
    names.mknod = (parent, ...rest) => {
      changed.add(realPath(parent));
      return mknod(parent, ...rest);
    };
    names.rename = (node, folder, name) => {
      changed.add(dirname(realPath(node))).add(realPath(folder));
      rename(node, folder, name);
    };
    names.unlink = (parent, name) => {
      changed.add(realPath(parent));
      unlink(parent, name);
    };
    names.rmdir = (parent, name) => {
      changed.add(realPath(parent));
      rmdir(parent, name);
    };
    streams.fsync = ({ node, nfd }: Stream) =>
      nodefs.tryFSOperation(() => {
        if (isFolder(node)) changed.add(realPath(node));
        else fdatasyncSync(nfd);
        for (const folder of changed) {
          flushFolderSync(folder);
          changed.delete(folder);
        }
        return 0;
      });
  }
}

/** Where a new database is put together before it has its name. */
export function folderInMaking(folder: string): string {
  return `${folder}.new`;
}

function isFolder({ mode }: Node): boolean {
  return (mode & 0o170000) === 0o040000;
}
