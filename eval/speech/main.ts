/**
 * Evaluates free speech offline: word errors, how often a word told as certain was said, and cost.
 * `npm run eval:speech -- --folder UNPACKED [--set prompts|test-data|coachees|all] [--part judging|calibration|both] [--every 1] [--paced] [--show]`.
 * Of each set, every other utterance is for calibration (margins are set on it) and the rest for judging. `--paced` hands the audio in as
 * it is spoken, and tells how long after its end the transcript came. `--folder` holds the unpacked Debian packages asterisk-core-sounds-en,
 * asterisk-core-sounds-en-wav and pocketsphinx-testdata: `apt-get download NAME; dpkg -x NAME_*.deb UNPACKED`.
 */
import { parseArgs } from "node:util";
import type { Recording } from "../../src/pipeline/audio/wav.ts";
import type { Transcript } from "../../src/ports/transcriber.ts";
import {
  type EmbeddedTranscriber,
  openEmbeddedTranscriber,
} from "../../src/providers/embedded/recogniser/transcriber.ts";
import { coachees, prompts, testData, type Utterance } from "./recordings.ts";
import { plainWords, type Scored, score } from "./scoring.ts";

const { values: flags } = parseArgs({
  options: {
    folder: { type: "string", default: "." },
    set: { type: "string", default: "all" },
    part: { type: "string", default: "judging" },
    every: { type: "string", default: "1" },
    paced: { type: "boolean", default: false },
    show: { type: "boolean", default: false },
  },
});

/** Word errors that are good enough, and the share of certain words that has to be right. */
const sets: Readonly<Record<string, { goal: number; utterances: () => Utterance[] }>> = {
  prompts: { goal: 0.28, utterances: () => prompts(flags.folder) },
  "test-data": { goal: 0.22, utterances: () => testData(flags.folder) },
  coachees: { goal: 0.1, utterances: coachees },
};
const certainGoal = 0.95;
const pieceMs = 20;

interface Heard {
  readonly transcript: Transcript;
  /** From the end of the audio to the transcript, ms. */
  readonly lateMs: number;
}

async function hear(transcriber: EmbeddedTranscriber, { rate, pcm }: Recording): Promise<Heard> {
  let ended = 0;
  const piece = (rate * pieceMs) / 1000;
  const audio = (async function* () {
    const begun = performance.now();
    for (let at = 0, i = 1; at < pcm.length; at += piece, i++) {
      const wait = begun + i * pieceMs - performance.now();
      if (flags.paced && wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      yield pcm.slice(at, at + piece);
    }
    ended = performance.now();
  })();
  const { signal } = new AbortController();
  for await (const event of transcriber.transcribe(audio, { rate, language: "en-US", signal }))
    if (event.type === "final") return { transcript: event.transcript, lateMs: performance.now() - ended };
  throw new Error("no final");
}

/** The words that are told, each with whether it is told as certain. */
function told({ text, words }: Transcript): { word: string; certain: boolean }[] {
  if (!words) return plainWords(text).map((word) => ({ word, certain: true }));
  return words.flatMap(({ text, doubtful }) =>
    plainWords(text).map((word) => ({ word, certain: !doubtful })),
  );
}

class Tally {
  words = 0;
  errors = { substituted: 0, inserted: 0, deleted: 0 };
  told = 0;
  certain = 0;
  certainRight = 0;
  audioS = 0;
  cpuS = 0;
  readonly lateMs: number[] = [];

  add(scored: Scored, words: readonly { certain: boolean }[]): void {
    this.words += scored.words;
    for (const kind of ["substituted", "inserted", "deleted"] as const) this.errors[kind] += scored[kind];
    words.forEach(({ certain }, at) => {
      this.told++;
      if (certain) this.certain++;
      if (certain && scored.right[at]) this.certainRight++;
    });
  }

  get wordErrors(): number {
    const { substituted, inserted, deleted } = this.errors;
    return (substituted + inserted + deleted) / this.words;
  }
}

async function evaluate(transcriber: EmbeddedTranscriber, utterances: readonly Utterance[]): Promise<Tally> {
  const tally = new Tally();
  for (const { name, text, record } of utterances) {
    const recording = await record();
    const before = process.cpuUsage();
    const { transcript, lateMs } = await hear(transcriber, recording);
    const { user, system } = process.cpuUsage(before);
    tally.cpuS += (user + system) / 1e6;
    tally.audioS += recording.pcm.length / recording.rate;
    tally.lateMs.push(lateMs);
    const words = told(transcript);
    const said = plainWords(text);
    const scored = score(
      said,
      words.map(({ word }) => word),
    );
    tally.add(scored, words);
    if (flags.show)
      process.stderr.write(
        `${name}\n  said:  ${said.join(" ")}\n  heard: ${words.map(({ word, certain }) => (certain ? word : `(${word})`)).join(" ")}\n`,
      );
  }
  return tally;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const transcriber = await openEmbeddedTranscriber({ threads: 2 });
const warmth: Recording = { rate: 16_000, pcm: new Int16Array(32_000) };
await hear(transcriber, warmth);
let met = true;
const parts = flags.part === "both" ? [0, 1] : [flags.part === "calibration" ? 0 : 1];
for (const [name, { goal, utterances }] of Object.entries(sets)) {
  if (flags.set !== "all" && flags.set !== name) continue;
  const chosen = utterances().filter(
    (_, at) => parts.includes(at % 2) && (at >> 1) % Number(flags.every) === 0,
  );
  if (chosen.length === 0) {
    console.log(`${name}: nothing there (see --folder in eval/speech/main.ts)`);
    continue;
  }
  const tally = await evaluate(transcriber, chosen);
  const right = tally.certainRight / tally.certain;
  met &&= tally.wordErrors <= goal && right >= certainGoal;
  const late = tally.lateMs.sort((a, b) => a - b)[Math.floor(tally.lateMs.length / 2)] ?? 0;
  const { substituted, inserted, deleted } = tally.errors;
  console.log(
    `${name}, ${flags.part}: ${chosen.length} utterances, ${tally.words} words; word errors ${percent(tally.wordErrors)} ` +
      `(goal ${percent(goal)}: ${substituted} substituted, ${inserted} inserted, ${deleted} deleted); ` +
      `certain ${percent(tally.certain / tally.told)} of the words told, of these right ${percent(right)}; ` +
      `${(tally.cpuS / tally.audioS).toFixed(2)} × real time of a core` +
      (flags.paced ? `; transcript ${Math.round(late)} ms after the end (median)` : ""),
  );
}
await transcriber.close();
process.exitCode = met ? 0 : 1;
