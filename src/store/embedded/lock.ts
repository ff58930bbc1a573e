/** Keeps a second process off the folder of an embedded database. */
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../store.ts";

/**
 * Locks a file for as long as this process lives or until the answer is called. The lock is SQLite's, that is the
 * kernel's: one that a killed process held is free at once, and two that start together cannot both have it.
 * @throws StoreError when somebody has it.
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
