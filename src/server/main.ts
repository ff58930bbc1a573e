/** The process's first module: all others are loaded once their loading is quick. */
import { tuneGarbageCollection } from "./app/garbage-collection.ts";
import { speedUpModuleLoading } from "./app/module-loading.ts";

tuneGarbageCollection();
speedUpModuleLoading();
const { runMain } = await import("./app/run-main.ts");
await runMain();
