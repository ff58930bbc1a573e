/**
 * How soon a read sentence is answered, offline: the default start, the drill's own turn-taking, recordings streamed in
 * real time. `npm run bench:turn -- [ROUNDS]` (a minute a round) prints, from the last sound of the sentence, when the turn
 * ended, its verdicts came and the first audio of the answer was there; the median of the rounds.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { WebSocket } from "ws";
import { pcmToBytes } from "../src/pipeline/audio/pcm.ts";
import { readWav } from "../src/pipeline/audio/wav.ts";
import { openMicrophone } from "./microphone.ts";
import { startServer } from "./server.ts";
import { median } from "./statistics.ts";

const fox = "The quick brown fox jumps over the lazy dog.";
const goal = "By the end of today I would like to have one clear next step.";
const work = "I feel overwhelmed with work, and I do not know where to start.";

/** Recordings, the text each is a reading of, and whether it was read right. */
const readings = [
  { recording: "fox-slt", text: fox, well: true },
  { recording: "overwhelmed-slt", text: work, well: true },
  { recording: "goal-rms", text: goal, well: true },
  { recording: "fox-misread-slt", text: fox, well: false },
] as const;
type Reading = (typeof readings)[number];

const bytesPerMs = 48;
/** Level of a stretch of 10 ms from which on it is speech, as a share of the recording's loudest. */
const audibleShare = 0.02;
/** Time after a reply has been heard before the next sentence is read, ms. */
const breathMs = 500;

/** Times of one turn, ms from the last sound of the sentence. */
interface Times {
  readonly "turn ended": number;
  readonly verdicts: number;
  readonly "first audio": number;
}

/** The end of the last audible stretch of a recording, ms. */
function speechEndMs(pcm: Int16Array, rate: number): number {
  const stretch = rate / 100;
  const levels = Array.from({ length: Math.floor(pcm.length / stretch) }, (_, i) =>
    pcm
      .subarray(i * stretch, (i + 1) * stretch)
      .reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0),
  );
  const loudest = Math.max(...levels);
  return (levels.findLastIndex((level) => level > audibleShare * loudest) + 1) * 10;
}

async function openSession(port: number): Promise<WebSocket> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/v1/realtime?model=reader`, ["kuku.v1"]);
  await once(ws, "open");
  ws.send(JSON.stringify({ type: "session.update", session: { type: "realtime", kuku: { greet: false } } }));
  return ws;
}

/** Reads a sentence aloud and hears its answer to the end. */
async function readAloud(ws: WebSocket, { recording, text, well }: Reading): Promise<Times> {
  ws.send(
    JSON.stringify({ type: "session.update", session: { type: "realtime", kuku: { drill: { text } } } }),
  );
  const { pcm, rate } = readWav(
    readFileSync(new URL(`../test/fixtures/speech/${recording}.wav`, import.meta.url)),
  );
  const times = new Map<keyof Times, number>();
  let audioMs = 0;
  const answered = Promise.withResolvers<void>();
  const microphone = openMicrophone(ws, Buffer.from(pcmToBytes(pcm)));
  const since = microphone.startedAt + speechEndMs(pcm, rate);
  const note = (what: keyof Times) => times.has(what) || times.set(what, performance.now() - since);
  const onMessage = (data: Buffer, isBinary: boolean) => {
    if (isBinary) {
      note("first audio");
      audioMs += data.length / bytesPerMs;
      return;
    }
    const event = JSON.parse(data.toString());
    if (event.type === "input_audio_buffer.speech_stopped") note("turn ended");
    if (event.type === "coach.drill" && event.outcome !== undefined) {
      note("verdicts");
      if ((event.outcome === "read_well") !== well)
        answered.reject(new Error(`${recording}: ${event.outcome}`));
    }
    if (event.type === "error") answered.reject(new Error(event.error.message));
    if (event.type === "response.done") answered.resolve();
  };
  ws.on("message", onMessage);
  try {
    await answered.promise;
    await wait(since + (times.get("first audio") ?? 0) + audioMs - performance.now() + breathMs);
  } finally {
    microphone.close();
    ws.off("message", onMessage);
  }
  return Object.fromEntries(times) as unknown as Times;
}

function tableOf(turns: readonly { readonly reading: Reading; readonly times: Times }[]) {
  const row = (name: string, wanted: (reading: Reading) => boolean) => {
    const of = turns.filter(({ reading }) => wanted(reading)).map(({ times }) => times);
    const figures = (["turn ended", "verdicts", "first audio"] as const).map((what) => [
      `${what}, ms`,
      Math.round(median(of.map((times) => times[what]))),
    ]);
    return { reading: name, turns: of.length, ...Object.fromEntries(figures) };
  };
  return [
    ...readings.map((reading) => row(reading.recording, (each) => each === reading)),
    row("all read right", ({ well }) => well),
  ];
}

console.log(`load of the machine before: ${loadavg()[0]?.toFixed(1)}`);
const server = await startServer({});
try {
  const turns: { reading: Reading; times: Times }[] = [];
  const ws = await openSession(server.port);
  // The first turn is not counted: threads start, and their code is compiled.
  await readAloud(ws, readings[0]);
  for (let round = 0; round < Number(process.argv[2] ?? 3); round++)
    for (const reading of readings) turns.push({ reading, times: await readAloud(ws, reading) });
  ws.terminate();
  console.table(tableOf(turns));
} finally {
  await server.stop();
}
