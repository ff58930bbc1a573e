/** The temporary folder of a run of tests: tells what they leave behind, and goes with the run. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class RunFolder {
  readonly #folder = mkdtempSync(join(tmpdir(), "kuku-check-"));
  /** Folder that the run's programs take for the machine's temporary one. */
  readonly temporary = join(this.#folder, "tmp");

  constructor() {
    mkdirSync(this.temporary);
    // PostgreSQL, which does not run as root, keeps its cluster there.
    chmodSync(this.#folder, 0o755);
  }

  /** Returns the path of a file that is kept out of the temporary folder. */
  file(name: string): string {
    return join(this.#folder, name);
  }

  /** Returns the names of what is left in the temporary folder, but for Node's cache and a killed browser's. */
  leftBehind(): string[] {
    return readdirSync(this.temporary)
      .filter((name) => !/^(\.org\.chromium\.|playwright|node-compile-cache$)/.test(name))
      .sort();
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
