/** Brings the tables up to date at the start, one node at a time. */
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";

const migrationsFolder = fileURLToPath(new URL("migrations", import.meta.url));

/** Any number that nobody else locks in this database. */
const lock = 5_858_310_417;

/**
 * Applies the migrations that are missing. Nodes that start together wait for each other.
 * @throws the database's error
 */
export async function migrateDatabase(config: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(config);
  client.on("error", () => {}); // whatever waits for an answer is told, too
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [lock]);
    await migrate(drizzle(client), {
      migrationsFolder,
      migrationsSchema: "kuku",
      migrationsTable: "migrations",
    });
  } finally {
    await client.end(); // and with it the lock
  }
}
