/** Writes the tables of PROTOCOL.md that hold this server against the installed package's types: `npm run reference`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Coverage } from "./reference/coverage.ts";
import { decisions } from "./reference/decisions.ts";
import { readPackageTypes } from "./reference/package-types.ts";
import { replaceReference } from "./reference/render.ts";
import { roots } from "./reference/roots.ts";
import { root } from "./run-program.ts";

const path = join(root, "PROTOCOL.md");
const { types } = new Coverage(roots(readPackageTypes()), decisions);
writeFileSync(path, replaceReference(readFileSync(path, "utf8"), types));
