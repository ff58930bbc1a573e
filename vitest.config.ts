import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    setupFiles: process.env.COLLECT_LOG ? ["test/support/log-collector.ts"] : [],
    globalSetup: ["test/support/data-dir.ts"],
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
