/** Where `npx drizzle-kit generate` reads the schema and writes the next migration. */
import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: [
    "./src/store/schema/kuku-schema.ts",
    "./src/store/schema/schema.ts",
    "./src/store/schema/accounts-schema.ts",
  ],
  out: "./src/store/schema/migrations",
});
