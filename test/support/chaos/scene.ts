/** Two nodes, the provider and the database that they share. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reservePort } from "../reserve-port.ts";
import { type Database, operatorsDatabase, ownDatabase } from "./database.ts";
import { Node } from "./node.ts";
import { openProvider, type Provider } from "./provider.ts";

/** What is disturbed. */
export interface Scene {
  readonly nodes: readonly Node[];
  readonly provider: Provider;
  readonly database: Pick<Database, "restart" | "freeze" | "fillDisk">;
  /** Straight to the database. */
  readonly databaseUrl: string;
  readonly leftOut: readonly string[];
  close(): Promise<void>;
}

/**
 * Starts two nodes, their provider, and their database unless it is the operator's.
 * @param databaseUrl of the operator's
 */
export async function openScene(databaseUrl: string | undefined): Promise<Scene> {
  const database = databaseUrl === undefined ? await ownDatabase() : await operatorsDatabase(databaseUrl);
  const provider = await openProvider();
  const folder = mkdtempSync(join(tmpdir(), "kuku-chaos-"));
  const nodes = await Promise.all(
    ["one", "two"].map(async (name) => {
      const env = {
        DATA_DIR: join(folder, name),
        DATABASE_URL: database.serverUrl,
        OPENAI_BASE_URL: provider.baseUrl,
        OPENAI_API_KEY: "none",
      };
      const node = new Node(env, await reservePort());
      await node.start();
      return node;
    }),
  );
  return {
    nodes,
    provider,
    database,
    databaseUrl: database.url,
    leftOut: database.fillDisk ? [] : ["disk full: needs a PostgreSQL started here, by root on Linux"],
    async close() {
      await Promise.all(nodes.map((node) => node.stop()));
      await provider.close();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
