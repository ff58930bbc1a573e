import { defineConfig } from "vitest/config";

/** Long runs: processes killed in the middle of work, floods, fuzzing. */
const soak = ["test/server/survival-*.test.ts", "test/server/{vanish,fuzz}.test.ts"];

const collectsLog = process.env.COLLECT_LOG !== undefined;

const shared = {
  // A limit for what hangs; a busy machine is only slow.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  setupFiles: collectsLog ? ["test/support/log-collector.ts"] : [],
  // Node loads the TypeScript by itself, as it does in production; the log collector alone mocks a module.
  experimental: collectsLog ? {} : { viteModuleRunner: false, nodeLoader: false },
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: "integration",
          include: ["test/**/*.test.ts"],
          exclude: soak,
          globalSetup: ["test/support/data-dir.ts"],
        },
      },
      { test: { ...shared, name: "soak", include: soak, globalSetup: ["test/support/data-dir.ts"] } },
    ],
  },
});
