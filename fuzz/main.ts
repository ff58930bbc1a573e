/**
 * `npm run fuzz` (some minutes): 100,000 mutated messages and requests against a server in a process of its own.
 *
 *   npm run fuzz -- --mode accounts --seed 7 --count 20000 --only rest,raw
 *
 * Ends with 1 where an answer, the log, the witness, the memory or the handles were not as they must be.
 */
import { parseArgs } from "node:util";
import { judgeLine } from "./judge.ts";
import { meet } from "./people.ts";
import { type FuzzReport, type Kind, kinds, runFuzz } from "./run.ts";
import { type Figures, type FuzzedServer, type Mode, startFuzzed } from "./server.ts";
import { openWitness } from "./talk.ts";

/** Most that memory and open files may grow by between a tenth of the run and its end. */
const mostGrowth = 1.5;
const mostMoreFiles = 10;
/** Characters of a failure's input that are shown. */
const longestShown = 4_000;
const secretWords = "the witness keeps a marmot named Ferdinand";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    count: { type: "string", default: "100000" },
    only: { type: "string", default: Object.keys(kinds).join(",") },
    mode: { type: "string", default: "none" },
  },
});
const seed = Number(values.seed);
const count = Number(values.count);
const only = values.only.split(",") as Kind[];
const mode = values.mode as Mode;
if (only.some((kind) => !(kind in kinds)))
  throw new Error(`--only takes some of ${Object.keys(kinds).join(",")}`);

console.log(`seed ${seed}, ${count} messages and requests, mode ${mode}: ${only.join(", ")}`);
const server = await startFuzzed(mode);
const problems = await fuzz(server).catch((error: Error) => [`the fuzzer itself failed: ${error.stack}`]);
const code = await server.stop();
if (code !== 0) problems.push(`the server ended with ${code}`);
problems.push(
  ...server.lines
    .map(judgeLine)
    .filter((found) => found !== undefined)
    .slice(0, 10),
);
for (const problem of problems) console.log(`\n✗ ${problem}`);
console.log(
  problems.length === 0 ? "\nnothing found" : `\n${problems.length} problems; again with --seed ${seed}`,
);
process.exitCode = problems.length === 0 ? 0 : 1;

async function fuzz({ url, port, ...rest }: FuzzedServer): Promise<string[]> {
  const people = await meet(url, mode);
  const witness = await openWitness({ url: url.replace("http", "ws"), headers: people.witness }, secretWords);
  const common = {
    target: { host: "127.0.0.1", port },
    only,
    identities: people.fuzzer,
    witness,
    ...(people.apart && { secretWords }),
  };
  const startedAt = performance.now();
  // What is loaded, compiled and kept for good after the first of each kind is no leak.
  const warm = await runFuzz({ ...common, seed: seed + 500_000, count: Math.ceil(count / 10) });
  const before = await rest.settle(1);
  const tenths: number[] = [];
  const onTenth = () => rest.figures().then(({ residentMb }) => void tenths.push(residentMb));
  const report = await runFuzz({ ...common, seed, count, onProgress: tellProgress(onTenth) });
  const after = await rest.settle(1);
  console.log(`memory under way, by tenth, MB: ${tenths.join(", ")}`);
  witness.close();
  show(report, { before, after, seconds: (performance.now() - startedAt) / 1000 });
  return [...failuresOf(warm), ...failuresOf(report), ...growth(before, after)];
}

function tellProgress(onTenth: () => Promise<void>): (done: number) => void {
  let told = 0;
  return (done) => {
    if (done - told < count / 10) return;
    told = done;
    console.log(`  ${done}`);
    onTenth().catch((error: Error) => console.log(`  no figures: ${error.message}`));
  };
}

function show(report: FuzzReport, run: { before: Figures; after: Figures; seconds: number }): void {
  const { before, after, seconds } = run;
  const sent = Object.entries(report.sent).filter(([, sum]) => sum > 0);
  console.log(
    `sent: ${sent.map(([kind, sum]) => `${kind} ${sum}`).join(", ")}; ${report.operations} operations`,
  );
  const answers = [...report.answers].sort(([a], [b]) => a.localeCompare(b));
  console.log(`answers: ${answers.map(([what, times]) => `${what} ×${times}`).join(", ")}`);
  const ratio = (after.residentMb / before.residentMb).toFixed(2);
  console.log(`memory: ${before.residentMb} MB after a tenth, ${after.residentMb} MB at the end (×${ratio})`);
  console.log(`open files: ${before.files}, then ${after.files}; connections: ${after.connections}`);
  console.log(`${seconds.toFixed(0)} s`);
}

function failuresOf({ failures }: FuzzReport): string[] {
  return failures.map(({ kind, what, input }) => `${kind}: ${what}\n  ${input.slice(0, longestShown)}`);
}

function growth(before: Figures, after: Figures): string[] {
  const found: string[] = [];
  if (after.residentMb > before.residentMb * mostGrowth) found.push("memory has grown");
  if (after.files > before.files + mostMoreFiles) found.push("open files have grown");
  if (after.connections > 1) found.push("connections were left");
  return found;
}
