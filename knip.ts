/** Where knip begins to look for files, exports and packages that nobody uses. */
import type { KnipConfig } from "knip";

/** The scripts of a page: `<script src="/web/app.ts">`. */
const pageScripts = (html: string): string =>
  [...html.matchAll(/<script[^>]+src="\/([^"]+)"/g)].map(([, path]) => `import "../${path}";`).join("\n");

export default {
  entry: [
    "web/*.html",
    "web/service-worker.ts",
    // Languages, found by the build.
    "web/messages/{??,???}.ts",
    // The client library.
    "src/client/index.ts",
    "src/client/node/node-socket.ts",
    // Loaded by `bin/kuku.js`, from the sources or compiled.
    "src/server/app/{admin,models}-cli.ts",
    "src/client/cli/main.ts",
    // Threads, loaded by their URL.
    "src/**/*worker.ts",
    "src/**/*worklet.ts",
    // Programs that package.json does not name.
    "bench/{delivery,embedded,hot,uploads}.ts",
    "eval/prosody/fixtures.ts",
    "bench/targets/*.ts",
    "scripts/silero-weights.ts",
    "scripts/language-model/main.ts",
    "test/**/*.test.ts",
    "test/support/log-collector{,-preload}.ts",
    "test/support/power-cut/recorder.ts",
  ],
  project: ["{src,web,test,bench,eval,fuzz,scripts,bin}/**/*.{ts,tsx,js,html}"],
  compilers: { html: pageScripts },
  // Run as programs or resolved by name at run time, which knip does not see.
  // `kuku:languages/…` is made by the build of the pages.
  ignoreDependencies: ["kuku", "@redocly/cli", "@sparticuz/chromium", "dependency-cruiser", "s3rver"],
  ignoreBinaries: ["flite", "mount", "praat", "taskset", "umount", "unshare"],
} satisfies KnipConfig;
