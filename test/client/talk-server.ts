/** A server with the offline engines for the tests of a file, and `kuku talk` spoken to it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
import { main } from "../../src/client/cli/main.ts";
import type { TalkResult } from "../../src/client/cli/outcome.ts";
import { testDatabase } from "../support/test-database.ts";
import { type Served, serve } from "../web/serve.ts";

/** Path of a recording among the fixtures. */
export const recording = (name: string) =>
  fileURLToPath(new URL(`../fixtures/speech/${name}`, import.meta.url));

/** Starts it before a file's tests and stops it behind them. */
export function openTalkServer() {
  let folder = "";
  let server: Served | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kuku-talk-"));
    server = await serve(folder, { DATABASE_URL: await testDatabase() });
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    /** A folder for files of the tests. */
    get folder() {
      return folder;
    },
    get socketUrl() {
      return server?.socketUrl ?? "";
    },
    /** Speaks a recording; the last line of JSON, and the exit code. Of a flag that comes twice the last counts. */
    async speak(file: string, ...flags: string[]): Promise<TalkResult & { code: number }> {
      let last = "";
      const out = {
        write(line: string) {
          last = line;
        },
      };
      const url = server?.socketUrl ?? "";
      const args = ["talk", file, "--json", "--fast", "--timeout", "400", "--url", url, ...flags];
      const code = await main(args, { out, error: out });
      return { ...(JSON.parse(last) as TalkResult), code };
    },
  };
}
