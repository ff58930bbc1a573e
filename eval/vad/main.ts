/**
 * `npm run eval:vad`: how the ears' voice detector does in rooms. Noises without speech: turns begun. Speech in noise, faint
 * and whispered: utterances missed, time until they are noticed. And what the detector costs.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { joinPcm } from "../../src/pipeline/audio/pcm.ts";
import { createResampler } from "../../src/pipeline/audio/resample.ts";
import { readWav } from "../../src/pipeline/audio/wav.ts";
import { openTurnDetector, type TurnSign } from "../../src/pipeline/ears/turn-detector.ts";
import { atLevel, rate, recording, serverVad, silence, sound } from "../../test/pipeline/ears/ears.ts";
import { noises } from "../../test/support/noises.ts";
import { whispered } from "../../test/support/whisper.ts";

const { values } = parseArgs({
  options: {
    /** Recorded prompts of people, as Debian's asterisk-core-sounds-en-wav installs them. */
    prompts: { type: "string", default: "/usr/share/asterisk/sounds/en_US_f_Allison" },
    /** Every how many-th prompt is used. */
    every: { type: "string", default: "16" },
    help: { type: "boolean", default: false },
  },
});

const frameLength = (rate * 20) / 1000;
const synthetic = ["fox-slt", "fox-rms", "goal-rms", "overwhelmed-slt", "yes-wrap-up-awb", "fox-fast-rms"];

/** Signs by frame, and processor time in ms. */
async function detect(pcm: Int16Array): Promise<{ signs: (readonly [TurnSign, number])[]; ms: number }> {
  const detector = await openTurnDetector(rate, { detection: serverVad, language: "en" });
  const signs: (readonly [TurnSign, number])[] = [];
  const before = process.cpuUsage();
  for (let frame = 0; (frame + 1) * frameLength <= pcm.length; frame++)
    for (const sign of detector.take(pcm.subarray(frame * frameLength, (frame + 1) * frameLength), undefined))
      signs.push([sign, frame]);
  const { user, system } = process.cpuUsage(before);
  detector.close();
  return { signs, ms: (user + system) / 1000 };
}

async function prompts(): Promise<Map<string, Int16Array>> {
  const all = new Map<string, Int16Array>();
  if (!existsSync(values.prompts)) return all;
  const files = readdirSync(values.prompts).filter((name) =>
    /^(vm|conf|agent|pls|privacy|queue)-.*wav$/.test(name),
  );
  for (const name of files.filter((_, i) => i % Number(values.every) === 0)) {
    const wav = readWav(readFileSync(join(values.prompts, name)));
    const resampler = await createResampler(wav.rate, rate);
    all.set(name, joinPcm([resampler.process(wav.pcm), resampler.flush()]));
    resampler.close();
  }
  return all;
}

const rms = (pcm: Int16Array) =>
  Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length);

/** Speech from 2 s on in noise that is `snr` dB below it. */
function inNoise(speech: Int16Array, noise: string, snr: number): Int16Array {
  const mixed = sound(3000 + (speech.length * 1000) / rate, -6, noises[noise]!());
  const gain = (rms(speech) / rms(mixed)) * 10 ** (-snr / 20);
  const lead = 2 * rate;
  return mixed.map((sample, i) => {
    const sum = sample * gain + (speech[i - lead] ?? 0);
    return Math.max(-32_768, Math.min(32_767, sum));
  });
}

const framed = (pcm: Int16Array) => joinPcm([silence(2000), pcm, silence(1000)]);

/** First frame within 25 dB of the loudest. */
function firstSound(pcm: Int16Array): number {
  const energies = Array.from({ length: Math.floor(pcm.length / frameLength) }, (_, i) =>
    pcm.subarray(i * frameLength, (i + 1) * frameLength).reduce((sum, sample) => sum + sample * sample, 0),
  );
  const most = Math.max(...energies);
  return energies.findIndex((energy) => energy > most / 316);
}

const conditions: Record<string, (speech: Int16Array) => Int16Array> = {
  "clean, −6 dBFS": (speech) => framed(atLevel(speech, -6)),
  "clean, −30 dBFS": (speech) => framed(atLevel(speech, -30)),
  "clean, −40 dBFS": (speech) => framed(atLevel(speech, -40)),
  ...Object.fromEntries(
    ["pink noise", "engine", "music"].flatMap((noise) =>
      [20, 10, 5, 0].map((snr) => [
        `${noise}, ${snr} dB`,
        (speech: Int16Array) => inNoise(speech, noise, snr),
      ]),
    ),
  ),
  "whispered, −12 dBFS": (speech) => framed(atLevel(whispered(speech), -12)),
  "whispered, −30 dBFS": (speech) => framed(atLevel(whispered(speech), -30)),
  "whispered, pink noise, 15 dB": (speech) => inNoise(whispered(speech), "pink noise", 15),
};

async function printNoises(): Promise<void> {
  console.log("| 20 s of | turns begun at −6 / −20 / −35 dBFS | confirmed | ms of processor a second |");
  console.log("| --- | ---: | ---: | ---: |");
  for (const [name, make] of Object.entries(noises)) {
    const starts: number[] = [];
    let [confirmed, ms] = [0, 0];
    for (const level of [-6, -20, -35]) {
      const found = await detect(joinPcm([silence(500), sound(20_000, level, make()), silence(500)]));
      starts.push(found.signs.filter(([sign]) => sign === "began").length);
      confirmed += found.signs.filter(([sign]) => sign === "confirmed").length;
      ms += found.ms / 63;
    }
    console.log(`| ${name} | ${starts.join(" / ")} | ${confirmed} | ${ms.toFixed(2)} |`);
  }
}

async function printSpeech(voices: ReadonlyMap<string, Int16Array>): Promise<void> {
  console.log(
    `\n| ${voices.size} utterances | missed | begun before | noticed after, ms: median, p90 | ms of processor a second |`,
  );
  console.log("| --- | ---: | ---: | ---: | ---: |");
  for (const [condition, make] of Object.entries(conditions)) {
    const delays: number[] = [];
    let [missed, early, ms, seconds] = [0, 0, 0, 0];
    for (const speech of voices.values()) {
      const pcm = make(speech);
      const found = await detect(pcm);
      const start = 100 + firstSound(speech);
      const began = found.signs.flatMap(([sign, frame]) => (sign === "began" ? [frame] : []));
      const heard = began.find((frame) => frame >= start - 2);
      if (began.some((frame) => frame < start - 2)) early++;
      else if (heard === undefined) missed++;
      else delays.push((heard + 1 - start) * 20);
      ms += found.ms;
      seconds += pcm.length / rate;
    }
    delays.sort((a, b) => a - b);
    const at = (share: number) => delays[Math.floor(delays.length * share)] ?? "–";
    console.log(
      `| ${condition} | ${missed} | ${early} | ${at(0.5)}, ${at(0.9)} | ${(ms / seconds).toFixed(2)} |`,
    );
  }
}

if (values.help) console.log("npm run eval:vad [-- --prompts FOLDER] [--every 16]");
else {
  const people = await prompts();
  if (people.size === 0)
    console.log(
      `no prompts in ${values.prompts} (Debian's asterisk-core-sounds-en-wav): synthetic voices alone`,
    );
  await printNoises();
  await printSpeech(new Map([...synthetic.map((name) => [name, recording(name)] as const), ...people]));
}
