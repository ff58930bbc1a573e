/** Reads the project's own prompts for models, once when the process starts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The text of `prompts/<name>.md`. @throws the file system's error */
export function readPrompt(name: "assessment" | "report"): string {
  return readFileSync(join(import.meta.dirname, "prompts", `${name}.md`), "utf8").trimEnd();
}
