/**
 * How well the embedded ears judge readings: sentences with known slips, spoken by synthetic voices, judged word by word.
 * `node bench/reader-eval.ts [--every 1] [--show]`: takes every n-th case, shows what went wrong. The voices are the
 * embedded eSpeak's and, where Debian's `flite` is installed, its recorded ones.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { joinPcm, type Recording, readWav } from "../src/pipeline/audio.ts";
import type { Transcript } from "../src/pipeline/ports.ts";
import { openEmbeddedSynthesizer } from "../src/providers/embedded/synthesizer.ts";
import { openEmbeddedTranscriber } from "../src/providers/embedded/transcriber.ts";
import { tuned, unseen, type Variant, variantsOf } from "./reader-sentences.ts";

const { values: flags } = parseArgs({
  options: { every: { type: "string", default: "1" }, show: { type: "boolean", default: false } },
});

interface Voice {
  readonly name: string;
  speak(text: string): Promise<Recording>;
}

interface Tally {
  readonly sentences: number;
  readonly flawless: number;
  readonly words: number;
  readonly falseFlags: number;
  readonly misread: number;
  readonly misreadFound: number;
  readonly named: number;
  readonly other: number;
  readonly otherFound: number;
  readonly omitted: number;
  readonly omittedFound: number;
}

const signal = new AbortController().signal;
const synthesizer = await openEmbeddedSynthesizer({ threads: 1 });
const transcriber = await openEmbeddedTranscriber({ threads: 2 });

function embeddedVoices(): Voice[] {
  return ["en-us", "en-us+f2", "en-gb"].map((voice) => ({
    name: `espeak ${voice}`,
    async speak(text) {
      const chunks: Int16Array[] = [];
      const options = { voice, speed: 1, language: "en-US", rate: 24_000, signal };
      for await (const { pcm } of synthesizer.synthesize(text, options)) chunks.push(pcm);
      return { rate: 24_000, pcm: joinPcm(chunks) };
    },
  }));
}

function fliteVoices(): Voice[] {
  try {
    execFileSync("flite", ["-lv"], { stdio: "ignore" });
  } catch {
    return [];
  }
  return ["slt", "rms", "awb", "kal", "kal16"].map((voice) => ({
    name: `flite ${voice}`,
    speak(text) {
      const folder = mkdtempSync(join(tmpdir(), "reader-eval-"));
      try {
        execFileSync("flite", ["-voice", voice, "-t", text, "-o", join(folder, "said.wav")]);
        return Promise.resolve(readWav(readFileSync(join(folder, "said.wav"))));
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  }));
}

async function hear({ rate, pcm }: Recording, text: string): Promise<Transcript> {
  const pause = new Int16Array(Math.round(rate * 0.25));
  const audio = (async function* () {
    yield joinPcm([pause, pcm, pause]);
  })();
  const options = { rate, language: "en-US", expectation: { kind: "reading", text } as const, signal };
  for await (const event of transcriber.transcribe(audio, options))
    if (event.type === "final") return event.transcript;
  throw new Error("no final");
}

/** What each word of the text was judged to be, in the words of `Variant.truth`; `?` where it was not understood. */
function verdicts({ reading }: Transcript, words: number): string[] {
  const judged = reading?.words.filter((word) => word.verdict !== "inserted") ?? [];
  if (judged.length !== words) return new Array(words).fill("?");
  return judged.map(({ verdict, heard }) =>
    verdict === "substituted" ? (heard ?? "something else") : verdict,
  );
}

function tally({ kind, truth }: Variant, got: readonly string[]): Tally {
  const count = (test: (truth: string, got: string) => boolean) =>
    truth.filter((fate, i) => test(fate, got[i] as string)).length;
  const isOther = (fate: string) => fate !== "correct" && fate !== "omitted";
  const found = (_: string, verdict: string) => isOther(verdict) && verdict !== "?";
  const falseFlags = count((fate, verdict) => fate === "correct" && verdict !== "correct");
  const others = count(isOther);
  const othersFound = count((fate, verdict) => isOther(fate) && found(fate, verdict));
  const near = kind === "misread";
  return {
    sentences: kind === "as written" ? 1 : 0,
    flawless: kind === "as written" && falseFlags === 0 ? 1 : 0,
    words: count((fate) => fate === "correct"),
    falseFlags,
    misread: near ? others : 0,
    misreadFound: near ? othersFound : 0,
    other: near ? 0 : others,
    otherFound: near ? 0 : othersFound,
    named: count((fate, verdict) => isOther(fate) && fate === verdict),
    omitted: count((fate) => fate === "omitted"),
    omittedFound: count((fate, verdict) => fate === "omitted" && verdict === "omitted"),
  };
}

const add = (a: Tally | undefined, b: Tally): Tally =>
  a
    ? (Object.fromEntries(
        Object.keys(b).map((key) => [key, a[key as keyof Tally] + b[key as keyof Tally]]),
      ) as unknown as Tally)
    : b;

function line(name: string, sum: Tally): string {
  const share = (part: number, whole: number) => `${part}/${whole}`.padStart(9);
  return [
    name.padEnd(28),
    share(sum.falseFlags, sum.words),
    share(sum.flawless, sum.sentences),
    share(sum.misreadFound, sum.misread),
    share(sum.otherFound, sum.other),
    share(sum.named, sum.misread + sum.other),
    share(sum.omittedFound, sum.omitted),
  ].join(" ");
}

process.stdout.write(`${"".padEnd(28)} falseflag  flawless   misread  otherword    named   omitted\n`);
const every = Math.max(1, Number(flags.every));
for (const [name, sentences] of Object.entries({ tuned, unseen })) {
  for (const voice of [...fliteVoices(), ...embeddedVoices()]) {
    let sum: Tally | undefined;
    for (const [i, variant] of variantsOf(sentences).entries()) {
      if ((i * 7) % every !== 0) continue;
      const got = verdicts(await hear(await voice.speak(variant.said), variant.text), variant.truth.length);
      sum = add(sum, tally(variant, got));
      if (flags.show && got.join() !== variant.truth.join())
        process.stdout.write(`  said: ${variant.said}\n  told: ${got.join(" ")}\n`);
    }
    if (sum) process.stdout.write(`${line(`${name}, ${voice.name}`, sum)}\n`);
  }
}
await Promise.all([synthesizer.close(), transcriber.close()]);
