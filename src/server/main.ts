/** The process's first module: all others are loaded once their loading is quick. */
import { speedUpModuleLoading } from "./app/module-loading.ts";

speedUpModuleLoading();
const { runMain } = await import("./app/run-main.ts");
await runMain();
