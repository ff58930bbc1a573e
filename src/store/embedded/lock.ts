/** Lock of an embedded database's folder against other processes. */
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../store.ts";

/** SQLite's result code for a database that another connection has locked. */
const busy = 5;

/**
 * Locks a file until the process ends or the returned function is called. The lock is SQLite's and so the kernel's: free
 * at once when its process is killed, and never held twice.
 * @throws StoreError when another process holds it, or the file cannot be locked
 */
export function lockFile(path: string): () => void {
  let file: DatabaseSync | undefined;
  try {
    file = new DatabaseSync(path);
    file.exec("pragma locking_mode = exclusive; begin exclusive");
  } catch (cause) {
    file?.close();
    const { errcode, errstr } = cause as { readonly errcode?: number; readonly errstr?: string };
    const reason =
      errcode !== undefined && (errcode & 0xff) === busy
        ? `another process uses this data folder (${path} is locked); stop it, give this one another DATA_DIR, or let both use a PostgreSQL (DATABASE_URL)`
        : `${path} cannot be locked (${errstr ?? String(cause)})`;
    throw new StoreError(reason, { cause });
  }
  return () => file.close();
}
