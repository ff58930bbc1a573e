/** Within a server that a test has started: what `log-collector.ts` does in the test's own process. */
import fs from "node:fs";

const { COLLECT_LOG: file = "", COLLECT_LOG_TEST: test = "" } = process.env;
const { writeSync } = fs;
fs.writeSync = ((fd: number, data: string, ...rest: []) => {
  if (fd === 1 && file !== "")
    for (const line of String(data).split("\n"))
      if (/^\{"level":"(warn|error|fatal)"/.test(line))
        fs.appendFileSync(file, `${JSON.stringify({ test, line: JSON.parse(line) })}\n`);
  return writeSync(fd, data, ...rest);
}) as typeof writeSync;
