import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import { isRunning, watchNpm } from "../../../src/server/app/npm-parent.ts";

const own = fileURLToPath(new URL("../../../package.json", import.meta.url));
const byNpm = { npm_lifecycle_event: "start", npm_package_json: own };

test("[SU3] once the npm that a shell hides is gone, the server is told", async () => {
  const npm = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  onTestFinished(() => void npm.kill("SIGKILL"));
  const pid = npm.pid ?? 0;
  const clock = manualClock();
  let gone = 0;
  watchNpm(
    byNpm,
    clock,
    () => gone++,
    async () => () => isRunning(pid),
  );
  await clock.advance(3000);
  expect(gone).toBe(0);
  npm.kill("SIGKILL");
  await once(npm, "exit");
  await clock.advance(1000);
  expect(gone).toBe(1);
  expect(clock.pending).toBe(0);
});

test("[SU3] a server that npx has started looks for it, and one that another command has started does not", async () => {
  const clock = manualClock();
  let looks = 0;
  const look = (script: string) =>
    watchNpm(
      { npm_lifecycle_event: "npx", npm_lifecycle_script: script, npm_package_json: "/other.json" },
      clock,
      () => {},
      async () => () => ++looks > 0,
    );
  for (const script of ["concurrently 'kuku start'", "kukui", ""]) look(script);
  await clock.advance(1000);
  expect(looks).toBe(0);
  for (const script of ["'kuku'", "kuku start"]) look(script);
  await clock.advance(1000);
  expect(looks).toBe(2);
});

test("a server that no npm has started, or another package's, looks for none", async () => {
  const clock = manualClock();
  for (const env of [
    {},
    { ...byNpm, npm_lifecycle_event: "test" },
    { ...byNpm, npm_package_json: "/other.json" },
  ])
    watchNpm(env, clock, () => {});
  await clock.advance(5000);
  expect(clock.pending).toBe(0);
});

test("[SU3] what npm start runs works in a shell, which it replaces, and in cmd.exe, which has no exec of its own", () => {
  const { scripts } = JSON.parse(readFileSync(own, "utf8"));
  expect(scripts.start).toBe("exec node src/server/main.ts");
  // cmd.exe finds it in the package's folder, where npm runs scripts, and hands all parameters on.
  expect(
    readFileSync(new URL("../../../exec.cmd", import.meta.url), "utf8")
      .split("\r\n")
      .filter(Boolean)
      .at(-1),
  ).toBe("@%*");
});
