/** `node bench/uploads.ts FILE…`: how long uploaded recordings take to decode, and what the event loop feels of it. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { openUploadDecoder } from "../src/pipeline/uploads/upload-decoder.ts";

const files = process.argv.slice(2);
if (files.length === 0) {
  console.log(
    "node bench/uploads.ts FILE…    decodes each file five times on a warm thread; the median counts",
  );
  process.exit(0);
}
const signal = new AbortController().signal;
const decoder = openUploadDecoder({ threads: 1 });
const rows = [];
for (const file of files) {
  const times: number[] = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let seconds = 0;
  for (let i = 0; i < 6; i++) {
    const began = performance.now();
    const decoded = await decoder.decode(file, { rate: 24_000, maxMs: 3_600_000, signal });
    seconds = decoded.durationMs / 1000;
    if (i === 0) delay.enable();
    else times.push(performance.now() - began);
  }
  delay.disable();
  rows.push({
    file,
    seconds: Number(seconds.toFixed(2)),
    ms: Math.round(times.sort((a, b) => a - b)[2]!),
    "loop p99, ms": Number((delay.percentile(99) / 1e6).toFixed(1)),
    "resident, MB": Math.round(process.memoryUsage().rss / 1e6),
  });
}
console.table(rows);
await decoder.close();
