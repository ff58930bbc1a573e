/**
 * Two servers on one PostgreSQL under talk, and one disturbance after another: killed, stopped, cut off, out of disk. Ends
 * with 1 where something acknowledged is lost, stored twice, out of place or altered, or a client did not come back.
 *
 *   npm run test:chaos -- [--minutes 5] [--talkers 50] [--every 10] [--database-url postgres://…]
 *
 * With a URL the database there is used, which should be an empty one: it is cut off and stalled on the wire alone. Without,
 * one is started, crashed, frozen and, by root on Linux, filled up.
 */
import { parseArgs } from "node:util";
import { chaosUnderTalk } from "../../test/support/chaos/chaos.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    talkers: { type: "string", default: "50" },
    every: { type: "string", default: "10" },
    "database-url": { type: "string" },
  },
});
const startedAt = performance.now();
const { troubles, missing, leftOut, ...figures } = await chaosUnderTalk({
  minutes: Number(values.minutes),
  talkers: Number(values.talkers),
  everyMs: Number(values.every) * 1000,
  databaseUrl: values["database-url"],
  onDisturbance: (name) => console.log(`${Math.round((performance.now() - startedAt) / 1000)} s: ${name}`),
});
for (const reason of leftOut) console.log(`left out: ${reason}`);
for (const item of missing) console.log(`lost: ${item}`);
for (const trouble of troubles) console.log(`trouble: ${trouble}`);
for (const [name, figure] of Object.entries(figures))
  console.log(`${name}: ${typeof figure === "number" ? figure : JSON.stringify(figure)}`);
const { lost, twice, misplaced, altered, absent } = figures;
process.exitCode = lost + twice + misplaced + altered + absent + troubles.length > 0 ? 1 : 0;
