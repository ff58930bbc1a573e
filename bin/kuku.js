#!/usr/bin/env node
// The command's first step, in JavaScript that any Node reads: find a Node that runs the code, then hand over.
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const runsTypeScript = major > 22 || (major === 22 && minor >= 18);

/** Loads a module of ours: the source in a clone, what was compiled from it in a package. */
const inClone = existsSync(new URL("../src/server/main.ts", import.meta.url));
const load = (path) => import(inClone ? `../src/${path}.ts` : `../dist/${path}.js`);

if (runsTypeScript) {
  const [first, ...rest] = process.argv.slice(2);
  if (first === "start") {
    process.argv.splice(2, 1);
    await load("server/main");
  } else if (first === "admin") {
    // The accounts of a server on this machine; all else talks to one from outside.
    const { main } = await load("server/app/admin-cli");
    process.exitCode = await main(rest);
  } else if (first === "models") {
    const { main } = await load("server/app/models-cli");
    process.exitCode = await main(rest);
  } else {
    const { main } = await load("client/cli/main");
    process.exitCode = await main(process.argv.slice(2));
  }
} else {
  // A clone brings its own Node as a development dependency.
  const own = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));
  if (existsSync(own) && realpathSync(own) !== realpathSync(process.execPath)) {
    const child = spawn(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
      stdio: "inherit",
    });
    // Who ends this process means the one that does the work.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    child.once("exit", (code) => {
      process.exitCode = code ?? 1;
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(signal);
    });
  } else {
    console.error(`kuku needs Node 22.19 or later; this is ${process.version}. See https://nodejs.org.`);
    process.exitCode = 2;
  }
}
