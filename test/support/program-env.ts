/** The environment that programs started by a test begin with: nothing of this process's but what finds programs. */
import { tmpdir } from "node:os";
import { join } from "node:path";

export const programEnv: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? "",
  TMPDIR: tmpdir(),
  // A busy machine may take longer over a handshake than a client is given.
  AUTHENTICATION_DEADLINE_SECONDS: "100",
  // The first process that ends by itself keeps its modules compiled for all that are started after it.
  NODE_COMPILE_CACHE: join(import.meta.dirname, "../../node_modules/.cache/compiled"),
};
