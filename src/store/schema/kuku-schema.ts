/** The schema that all of the tables stand in. */
import { pgSchema } from "drizzle-orm/pg-core";

export const kuku = pgSchema("kuku");
