/**
 * Makes what the package holds in place of `src`, since Node strips no types below node_modules: `dist`, laid out as `src`
 * is, with the code compiled, the client library's types, every file that is read at run time, and the built pages. Run by
 * `npm pack`.
 */
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, runProgram } from "./run-program.ts";

const source = join(root, "src");
const target = join(root, "dist");

/** Address of a module of ours, such as a thread's, which the compiler leaves as it is. */
const moduleAddress = /(new URL\("\.{0,2}[^":]*\.)ts(", import\.meta\.url\))/g;

/** Relative specifier that a declaration names. */
const declared = /(from "\.{1,2}\/[^"]+\.|import\("\.{1,2}\/[^"]+\.)ts"/g;

/** Files that nothing reads at run time: sources, and what makes the next migration. */
const unread = /\.(ts|c)$|[\\/]migrations[\\/]meta[\\/]\d+_snapshot\.json$/;

async function run(...command: readonly string[]): Promise<void> {
  const { code, all } = await runProgram(command);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}\n${all}`);
}

function rewrite(pattern: string, change: (text: string) => string): void {
  for (const path of globSync(pattern, { cwd: target })) {
    const file = join(target, path);
    const text = readFileSync(file, "utf8");
    const changed = change(text);
    if (changed !== text) writeFileSync(file, changed);
  }
}

/** Complains about a module that would be looked for under the name of its source. */
function checkAddresses(): void {
  const left = globSync("**/*.{js,d.ts}", { cwd: target }).filter((path) =>
    /(from|import|import\(|new URL\()\s*["'`]\.{0,2}[^"'`\n]*\.ts["'`]/.test(
      readFileSync(join(target, path), "utf8"),
    ),
  );
  if (left.length > 0) throw new Error(`these still name a source file: ${left.join(", ")}`);
}

/** Builds `dist` anew. */
async function buildPackage(): Promise<void> {
  rmSync(target, { recursive: true, force: true });
  await run("typescript/bin/tsc", "-p", "tsconfig.package.json");
  await run("typescript/bin/tsc", "-p", "tsconfig.client.json");
  rewrite("**/*.js", (text) => text.replace(moduleAddress, "$1js$2"));
  rewrite("**/*.d.ts", (text) => text.replace(declared, '$1js"'));
  checkAddresses();
  cpSync(source, target, { recursive: true, filter: (path) => !unread.test(path) });
  await run("../scripts/build-pages.ts");
}

await buildPackage();
