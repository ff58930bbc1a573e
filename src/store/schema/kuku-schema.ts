/** The database schema of all tables. */
import { pgSchema } from "drizzle-orm/pg-core";

export const kuku = pgSchema("kuku");
