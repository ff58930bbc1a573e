import { readdirSync } from "node:fs";
import { basename } from "node:path";

/** BCP 47 tags of the languages that there is material for. */
export const textLanguages = readdirSync("src/coach/drills/texts").map((file) => basename(file, ".json"));
