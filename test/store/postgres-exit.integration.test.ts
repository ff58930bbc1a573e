import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";

test("a process that has started PostgreSQL for its tests ends with its own exit code", async () => {
  const script = `
    const { startPostgres } = await import("./test/support/postgres.ts");
    await (await startPostgres()).stop();
    process.exitCode = 3;`;
  const child = spawn(process.execPath, ["--no-warnings", "--input-type=module", "--eval", script], {
    stdio: "inherit",
  });
  expect(await once(child, "exit")).toEqual([3, null]);
});
