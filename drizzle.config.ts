/** Where `npx drizzle-kit generate` reads the schema and writes the next migration. */
import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: ["./src/store/kuku-schema.ts", "./src/store/schema.ts", "./src/store/accounts-schema.ts"],
  out: "./src/store/migrations",
});
