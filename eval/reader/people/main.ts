/**
 * Evaluates the judgement of readings with recordings of people, in the rooms they may sit in:
 * `npm run eval:people -- --folder FOLDER [--part judging|calibration] [--conditions clean,…] [--reader June] [--every 1] [--session yes|no] [--show]`.
 */
import { parseArgs } from "node:util";
import type { Transcriber } from "../../../src/ports/transcriber.ts";
import { openEmbeddedTranscriber } from "../../../src/providers/embedded/recogniser/transcriber.ts";
import { transcribe } from "../hearing.ts";
import { type Mark, markReading, percent, rates, table } from "../marking.ts";
import { conditions, inRoom, loud } from "./conditions.ts";
import {
  backgroundVoice,
  howToGet,
  type Part,
  type PersonReading,
  type Reader,
  readersIn,
} from "./recordings.ts";

const { values: flags } = parseArgs({
  options: {
    folder: { type: "string" },
    part: { type: "string", default: "judging" },
    conditions: { type: "string", default: Object.keys(conditions).join(",") },
    reader: { type: "string", default: "" },
    every: { type: "string", default: "1" },
    session: { type: "string", default: "yes" },
    show: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

/** A judged reading; `reason`: what kept it from being judged. */
interface Judged {
  readonly mark: Mark;
  readonly reason: string | undefined;
}

/** Has a session's readings judged one after another, as heard in a room. */
async function judge(
  transcriber: Transcriber,
  folder: string,
  reader: Reader,
  condition: string,
): Promise<Judged[]> {
  const room = conditions[condition];
  if (!room) throw new Error(`--conditions: there are ${Object.keys(conditions).join(", ")}`);
  const behind = await loud(backgroundVoice(folder, reader.name));
  const speaker = {};
  const judged: Judged[] = [];
  for (const [i, plan] of reader.readings.entries()) {
    const recording = await inRoom(room, plan.recording, behind, i * 100_003);
    const { understood, reading, unjudgeable } = await transcribe(transcriber, recording, {
      expectation: { kind: "reading", text: plan.sentence.text },
      language: reader.language,
      ...(flags.session === "yes" && { speaker }),
      padded: false,
    });
    const mark = markReading(plan, understood ? reading?.words : undefined);
    const reason = unjudgeable ?? (mark.told === "not understood" ? "not heard" : undefined);
    judged.push({ mark, reason });
    if (flags.show) show(reader, condition, plan, reading?.words, mark);
  }
  return judged;
}

function show(
  { name }: Reader,
  condition: string,
  { sentence, said, kind }: PersonReading,
  words: readonly { verdict: string; expected?: string; heard?: string }[] | undefined,
  mark: Mark,
): void {
  const right = mark.falseFlags === 0 && (mark.kind === "none") === (mark.told === "unnoticed");
  if (right) return;
  const told = words?.map(({ verdict, expected, heard }) =>
    verdict === "correct" ? expected : `[${verdict} ${expected ?? ""}→${heard ?? "?"}]`,
  );
  process.stderr.write(
    `${name}, ${condition}, ${kind}\n  text: ${sentence.text}\n  said: ${said}\n  told: ${told?.join(" ") ?? "–"}\n`,
  );
}

function row(name: string, judged: readonly Judged[]): string[] {
  const kept = judged.flatMap(({ mark, reason }) => (reason === undefined ? [mark] : []));
  const { precision, recall, falsePer100 } = rates(kept);
  const counts = new Map<string, number>();
  for (const { reason } of judged)
    if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const words = kept.reduce((sum, mark) => sum + mark.words, 0);
  return [
    name,
    String(judged.length),
    String(words),
    Number.isNaN(falsePer100) ? "–" : falsePer100.toFixed(2),
    percent(precision),
    percent(recall),
    percent(1 - kept.length / judged.length),
    [...counts].map(([reason, count]) => `${reason} ${count}`).join(", "),
  ];
}

if (flags.help || flags.folder === undefined) {
  process.stdout.write(
    `--folder FOLDER: recordings from Debian's packages, unpacked there by\n${howToGet}\n`,
  );
  process.exitCode = flags.help ? 0 : 2;
} else {
  const { folder } = flags;
  const every = Math.max(1, Number(flags.every));
  const readers = readersIn(folder)
    .filter(({ part, name }) => part === (flags.part as Part) && name.startsWith(flags.reader))
    .map((reader) => ({ ...reader, readings: reader.readings.filter((_, i) => i % every === 0) }));
  const transcriber = await openEmbeddedTranscriber({ threads: 1 });
  const rows: string[][] = [];
  for (const condition of flags.conditions.split(",")) {
    const byReader = new Map<string, Judged[]>();
    for (const reader of readers) {
      const own = byReader.get(reader.name) ?? [];
      byReader.set(reader.name, [...own, ...(await judge(transcriber, folder, reader, condition))]);
    }
    for (const [name, judged] of byReader) rows.push(row(`${condition}: ${name}`, judged));
  }
  const head = [
    "heard",
    "readings",
    "words judged",
    "right words flagged per 100",
    "precision",
    "errors noticed",
    "not judged",
    "why",
  ];
  process.stdout.write(`${table(head, rows)}\n`);
  await transcriber.close();
}
