/** Lock of an embedded database's folder against other processes. */
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../store.ts";

/**
 * Locks a file until the process ends or the returned function is called. The lock is SQLite's and so the kernel's: free
 * at once when its process is killed, and never held twice.
 * @throws StoreError when another process holds it
 */
export function lockFile(path: string): () => void {
  const file = new DatabaseSync(path);
  try {
    file.exec("pragma locking_mode = exclusive; begin exclusive");
  } catch (cause) {
    file.close();
    throw new StoreError(
      `another process uses this data folder (${path} is locked); stop it, give this one another DATA_DIR, or let both use a PostgreSQL (DATABASE_URL)`,
      { cause },
    );
  }
  return () => file.close();
}
