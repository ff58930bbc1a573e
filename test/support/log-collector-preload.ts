/** Within a server that a test has started: what `log-collector.ts` does in the test's own process. */
import fs from "node:fs";

const { COLLECT_LOG: file = "", COLLECT_LOG_TEST: test = "" } = process.env;

function collect(fd: number, data: unknown): void {
  if (fd !== 1 || file === "") return;
  for (const line of String(data).split("\n"))
    if (/^\{"level":"(warn|error|fatal)"/.test(line))
      fs.appendFileSync(file, `${JSON.stringify({ test, line: JSON.parse(line) })}\n`);
}

for (const name of ["write", "writeSync"] as const) {
  const real = fs[name] as (fd: number, data: unknown, ...rest: unknown[]) => unknown;
  Object.assign(fs, {
    [name](fd: number, data: unknown, ...rest: unknown[]) {
      collect(fd, data);
      return real(fd, data, ...rest);
    },
  });
}
