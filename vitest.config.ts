import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const collectsLog = process.env.COLLECT_LOG !== undefined;

const shared = {
  // A limit for what hangs, not for what is slow.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 100_000 } },
  setupFiles: collectsLog ? ["test/support/log-collector.ts"] : [],
  // Node loads the TypeScript by itself, as it does in production; the log collector alone mocks a module.
  experimental: collectsLog ? {} : { viteModuleRunner: false, nodeLoader: false },
  // A worker keeps its modules from file to file. Files with a browser or a process of their own wait for it half of
  // their time: more workers than cores.
  isolate: false,
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
  restoreMocks: true,
  unstubEnvs: true,
};
const services = { ...shared, pool: "forks", globalSetup: ["test/support/global-setup.ts"] } as const;

/** See CONTRIBUTING.md for which test is of which kind. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: "quick",
          pool: "threads",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.{integration,soak}.test.ts"],
        },
      },
      { test: { ...services, name: "integration", include: ["test/**/*.integration.test.ts"] } },
      { test: { ...services, name: "soak", include: ["test/**/*.soak.test.ts"], testTimeout: 900_000 } },
    ],
  },
});
