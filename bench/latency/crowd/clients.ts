/** The crowd: sessions that speak in real time and end their turns themselves, with server VAD listening all along. */
import { answer } from "../../child.ts";
import { connect } from "../../load/connect.ts";
import { turnChunks } from "../../load/microphone.ts";
import { seeded } from "../../load/random.ts";
import { frameReader, maskedFrame, opcodes } from "../../load/wire.ts";
import { chunkMs, turnEndMessages } from "../../workload.ts";
import { type ClientMarks, now, turnIn } from "./marks.ts";

/** Speech, then silence, of each turn, ms; the turn is ended as the silence begins. */
const speechMs = 3000;
const turnMs = 6000;

const mask = Buffer.from([9, 7, 5, 3]);
const text = (event: object) => maskedFrame(opcodes.text, Buffer.from(JSON.stringify(event)), mask);
const setup = text({
  type: "session.update",
  session: {
    type: "realtime",
    audio: { input: { turn_detection: { type: "server_vad", create_response: false } } },
    kuku: { greet: false },
  },
});
const end = Buffer.concat(
  turnEndMessages.map((event) => maskedFrame(opcodes.text, Buffer.from(event), mask)),
);

interface Speaker {
  write(bytes: Buffer): void;
  next: number;
  /** Within the 20 ms. */
  readonly phase: number;
  /** 0: no turn waits for its answer. */
  endedAt: number;
  /** The number in its transcript: 0 until that has come, NaN where it holds none. */
  turn: number;
}

const speakers: Speaker[] = [];
let chunks: readonly Buffer[] = [];
let marks: [number, ClientMarks][] = [];
let faults: string[] = [];
let running = false;

function heard(speaker: Speaker, opcode: number, payload: Buffer | undefined): void {
  if (opcode === opcodes.binary) {
    if (speaker.endedAt > 0 && speaker.turn !== 0)
      marks.push([speaker.turn, { ended: speaker.endedAt, firstAudio: now() }]);
    speaker.endedAt = 0;
    return;
  }
  if (opcode === opcodes.ping)
    return speaker.write(maskedFrame(opcodes.pong, payload ?? Buffer.alloc(0), mask));
  const head = payload?.subarray(0, 200);
  if (head?.includes('"conversation.item.input_audio_transcription.completed"'))
    speaker.turn = turnIn(JSON.parse(payload!.toString()).transcript);
  if (opcode === opcodes.close || head?.includes('"error"')) faults.push(payload!.toString("utf8", 0, 300));
}

/** One session, somewhere in its turn, so that turns end evenly spread. */
async function join(port: number, random: () => number): Promise<void> {
  const phase = random() * chunkMs;
  const next = Math.floor((random() * turnMs) / chunkMs);
  const speaker: Speaker = { write() {}, next, phase, endedAt: 0, turn: 0 };
  const reader = frameReader((opcode, _, payload) => heard(speaker, opcode, payload));
  const { socket, lost } = await connect(port, { protocol: "kuku.v1" }, (bytes) => reader.push(bytes));
  speaker.write = (bytes) => void (lost() ? faults.push(lost()!) : socket.write(bytes));
  speaker.write(setup);
  speakers.push(speaker);
}

function say(speaker: Speaker): void {
  speaker.write(chunks[speaker.next]!);
  if (speaker.next === speechMs / chunkMs) {
    if (speaker.endedAt > 0) faults.push("no audio before the next turn ended");
    speaker.turn = 0;
    speaker.endedAt = now();
    speaker.write(end);
  }
  speaker.next = (speaker.next + 1) % chunks.length;
}

/** Writes what is due, then lets the sockets be read. */
function pace(origin: number, tick: number, index: number): void {
  if (!running) return;
  const speaker = speakers[index]!;
  const wait = origin + tick * chunkMs + speaker.phase - now();
  if (wait > 0) return void setTimeout(pace, Math.ceil(wait), origin, tick, index);
  say(speaker);
  const last = index === speakers.length - 1;
  setImmediate(pace, origin, last ? tick + 1 : tick, last ? 0 : index + 1);
}

answer({
  async gather({ port, sessions }: { port: number; sessions: number }) {
    const rate = 24_000;
    const pcm = await turnChunks({ mode: "vad", rate, chunksPerTurn: turnMs / chunkMs });
    chunks = pcm.map((bytes) => maskedFrame(opcodes.binary, bytes, mask));
    const random = seeded(sessions);
    for (let i = 0; i < sessions; i++) await join(port, random);
    speakers.sort((a, b) => a.phase - b.phase);
  },
  speak() {
    running = true;
    pace(now() + 5, 0, 0);
  },
  mark() {
    marks = [];
    faults = [];
  },
  seen: () => ({ marks, faults: { count: faults.length, first: faults.slice(0, 3) } }),
  leave() {
    running = false;
  },
});
