/** Brings the tables up to date at the start, one node at a time. */
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";

const migrationsFolder = fileURLToPath(new URL("migrations", import.meta.url));

/** Id of the advisory lock; no other lock in this database has it. */
const lock = 5_858_310_417;

/**
 * Applies the migrations that are missing. Nodes that start together wait for each other.
 * @throws the database's error
 */
export async function migrateDatabase(config: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(config);
  client.on("error", () => {}); // pending queries reject as well
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [lock]);
    await migrate(drizzle(client), {
      migrationsFolder,
      migrationsSchema: "kuku",
      migrationsTable: "migrations",
    });
  } finally {
    await client.end(); // which releases the lock
  }
}
