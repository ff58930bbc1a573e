/** Writes `.env.example` from the settings' schema: `node src/server/config/env-example.ts > .env.example`. */
import { settings } from "./config.ts";

/** The text of `.env.example`: every variable with its meaning, commented out at its default. */
export function envExample(): string {
  const lines = [
    "# Copy to .env and take out the # where another value is wanted. Generated from src/server/config/config.ts.",
  ];
  for (const [name, entry] of Object.entries(settings))
    lines.push("", `# ${entry.doc}`, `#${name}=${entry.fallback ?? ""}`);
  return `${lines.join("\n")}\n`;
}

if (import.meta.main) process.stdout.write(envExample());
