/** Runs the programs of installed packages. */
import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";

export const root = join(import.meta.dirname, "..");
const modules = join(root, "node_modules");
/** Folder of compiled modules, the one that programs started by tests use. */
const compiled = join(modules, ".cache/compiled");

export interface Ended {
  readonly code: number;
  /** The standard output; empty when shown. */
  readonly out: string;
  /** Both outputs in the order they came; empty when shown. */
  readonly all: string;
}

/**
 * Runs a package's program, given as a path below node_modules, with this very Node and in the repository's folder.
 * @param output `show`: passed through as it comes, else returned.
 * @param env what its environment has beside this process's own
 */
export function runProgram(
  [program = "", ...args]: readonly string[],
  output: "return" | "show" = "return",
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const to = output === "show" ? "inherit" : "pipe";
  return new Promise((resolve) => {
    const path = [join(modules, ".bin"), process.env.PATH ?? ""].join(delimiter);
    const child = spawn(process.execPath, [join(modules, program), ...args], {
      cwd: root,
      env: { NODE_COMPILE_CACHE: compiled, ...process.env, ...env, PATH: path },
      stdio: ["ignore", to, to],
    });
    let out = "";
    let all = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      all += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      all += text;
    });
    child.on("error", (error) => resolve({ code: 1, out, all: `${all}${error.message}\n` }));
    child.on("close", (code) => resolve({ code: code ?? 1, out, all }));
  });
}
