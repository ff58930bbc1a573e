/**
 * `npm run eval -- [--only NAME] [--rounds N] [--scripts] [--errors SHARE] [--show]`: people of all kinds talk with the coach, and every
 * reply is checked. With `--errors` scripts are spoken, to a recogniser with that share of word errors. The reply model is the configured one, rules without a key; where a provider is configured, a model
 * plays the coachees as well, unless `--scripts`. Ends with 1 where a threshold is missed.
 */
import { parseArgs } from "node:util";
import { defaultPersonaId, findPersona, type Persona } from "../src/coach/personas/personas.ts";
import { systemClock } from "../src/lib/clock.ts";
import { openEngines } from "../src/server/app/engines/open-engines.ts";
import { ConfigError, environment, readConfig } from "../src/server/config/config.ts";
import { openLog } from "../src/server/logging/log.ts";
import { coachees as firstCoachees } from "./coach/coachees.ts";
import { converse, type Result } from "./coach/converse.ts";
import { misheard } from "./coach/mishear.ts";
import { naturalCoachees } from "./coach/natural-coachees.ts";
import { evaluationTable, shortfalls } from "./coach/table.ts";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "30" },
    scripts: { type: "boolean", default: false },
    errors: { type: "string" },
    show: { type: "boolean", default: false },
  },
});

/** A recogniser that makes so many errors, and marks most of them: of the words it tells as certain 95 % are right. */
function hearing(errors: number) {
  if (!(errors >= 0 && errors < 1)) throw new ConfigError("--errors: must be from 0 to below 1");
  let seed = 0;
  return (said: string, language: string) =>
    misheard(said, language, { errors, doubted: 0.85, doubtedRight: 0.12, seed: ++seed });
}

const coachees = [...firstCoachees, ...naturalCoachees];

async function evaluate(): Promise<readonly Result[]> {
  const rounds = Number(flags.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new ConfigError("--rounds: must be a whole number from 1");
  const chosen = coachees.filter(({ name }) => flags.only === undefined || name === flags.only);
  if (chosen.length === 0)
    throw new ConfigError(`--only: there are ${coachees.map(({ name }) => name).join(", ")}`);
  // Only the reply model is evaluated.
  const config = readConfig({ ...environment(), TRANSCRIBER: "scripted", SYNTHESIZER: "scripted" });
  const engines = await openEngines(config.providers, { clock: systemClock, log: openLog("warn") });
  try {
    const model = engines.replyModel;
    const rules = config.providers.replyModel.provider === "embedded";
    const hears = flags.errors === undefined ? undefined : hearing(Number(flags.errors));
    const player = rules || flags.scripts || hears ? undefined : model;
    console.log(
      `Reply model: ${model.name}; coachees: ${player ? `played by ${player.name}` : "scripts"}.\n`,
    );
    const persona = findPersona(defaultPersonaId) as Persona;
    const results: Result[] = [];
    const { signal } = new AbortController();
    for (const coachee of chosen)
      results.push(await converse(coachee, { persona, model, player, hears, rounds, signal }));
    return results;
  } finally {
    await engines.close();
  }
}

try {
  const results = await evaluate();
  console.log(evaluationTable(results));
  if (flags.show)
    for (const { coachee, failures } of results)
      for (const { check, text } of failures) console.log(`${coachee}, ${check}: ${text}`);
  // Of what is misheard and not marked, no coach can know: those figures are told, and no threshold is set for them.
  const short = shortfalls(results).filter(
    (line) => flags.errors === undefined || !/quote|: ends$/.test(line),
  );
  if (short.length > 0) console.log(`\nBelow what is asked for:\n${short.join("\n")}`);
  process.exitCode = short.length > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
