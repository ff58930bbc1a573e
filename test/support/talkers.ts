/** People who talk to a server over real sockets, whatever becomes of it, and keep ledgers of what it said is safe. */
import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { joinPcm, pcmToBytes } from "../../src/pipeline/audio/pcm.ts";
import { createResampler } from "../../src/pipeline/audio/resample.ts";
import { readWav } from "../../src/pipeline/audio/wav.ts";
import { type Line, type LineOptions, type Memory, openLine } from "./talkers-line.ts";

/** Length of a microphone message, ms, and its bytes at 24 kHz. */
const chunkMs = 100;
const chunkBytes = 4800;
const silence = new Uint8Array(chunkBytes);
/** A turn that takes longer is given up, ms. */
const patienceMs = 300_000;

export interface Talker extends Readonly<Memory> {
  /** Speaks `kuku.v1`, and comes back to its session. */
  readonly extended: boolean;
  /** Speaks; otherwise it types. */
  readonly speaks: boolean;
  /** Takes no more turns; resolves once the last one is over. */
  hush(): Promise<void>;
  /** Closes its socket as a user would, and comes back with a new session after `backAfterMs`. */
  leave(backAfterMs: number): Promise<void>;
  /** Loses its socket, and comes back to its session if it speaks `kuku.v1`. */
  cut(how: "reset" | "vanish"): void;
  /** Whether it has a socket. */
  readonly connected: boolean;
  /** Drops the socket for good. */
  stop(): void;
}

/** How a crowd talks. */
interface Habits extends Pick<LineOptions, "tolerates"> {
  /** Pause of those who type between their turns, ms; default: 0.1 to 0.4 s. */
  readonly pauseMs?: number | undefined;
  /** Nobody speaks; by default half of them do. */
  readonly silent?: boolean | undefined;
}

/** Lets `count` people talk: half of them `kuku.v1` clients; half of those and of the others speak, the rest type. */
export async function gatherTalkers(
  port: number | (() => number),
  count: number,
  habits: Habits = {},
): Promise<Talker[]> {
  const speech = await recordedSentence();
  const choosePort = typeof port === "number" ? () => port : port;
  return Array.from({ length: count }, (_, n) => {
    const speaks = n % 4 < 2 && !habits.silent;
    return openTalker({ choosePort, name: n + 1, extended: n % 2 === 0, speaks, speech, habits });
  });
}

/** A recorded sentence as microphone messages. */
async function recordedSentence(): Promise<readonly Uint8Array[]> {
  const { rate, pcm } = readWav(await readFile(new URL("../fixtures/speech/fox-slt.wav", import.meta.url)));
  const resampler = await createResampler(rate, 24_000);
  const bytes = pcmToBytes(joinPcm([resampler.process(pcm), resampler.flush()]));
  resampler.close();
  const chunks: Uint8Array[] = [];
  for (let at = 0; at + chunkBytes <= bytes.length; at += chunkBytes)
    chunks.push(bytes.slice(at, at + chunkBytes));
  return chunks;
}

interface TalkerOptions extends Pick<LineOptions, "choosePort" | "extended"> {
  readonly name: number;
  readonly habits: Habits;
  readonly speaks: boolean;
  readonly speech: readonly Uint8Array[];
}

/** Opens one; it connects, talks, and connects again for as long as it is not stopped. */
function openTalker({ choosePort, name, extended, speaks, speech, habits }: TalkerOptions): Talker {
  const memory = newMemory();
  const line = openLine({ choosePort, extended, memory, tolerates: habits.tolerates });
  const going = { stopped: false };
  const turn = speaks
    ? speaker(name, line, memory, speech, going)
    : typist({ name, line, memory, going, pauseMs: habits.pauseMs });
  let hushed = false;
  let backAt = 0;
  let talking = Promise.resolve();

  const comeBack = async () => {
    if (performance.now() < backAt) return wait(20);
    const outcome = await line.connect();
    if (outcome === "later") return wait(50);
    if (outcome === "open") return;
    if ((memory.ledgers.at(-1)?.safe().flat().length ?? 0) > 0)
      memory.troubles.push(`talker ${name}: its session is not there any more`);
    line.startOver();
  };
  const live = async () => {
    await wait((name * 61) % 700);
    while (!going.stopped) {
      if (!line.socket) await comeBack();
      else if (hushed) await line.something(50);
      else {
        talking = turn();
        await talking;
      }
    }
  };
  void live().catch((error: unknown) => memory.troubles.push(String(error)));

  return {
    ...memory,
    extended,
    speaks,
    async hush() {
      hushed = true;
      await talking;
    },
    async leave(backAfterMs) {
      const { socket } = line;
      if (!socket) return;
      backAt = performance.now() + backAfterMs;
      line.startOver();
      const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      socket.close(1000);
      await closed;
    },
    cut: line.cut,
    get connected() {
      return line.socket !== undefined;
    },
    stop() {
      going.stopped = true;
      line.socket?.terminate();
    },
  };
}

/** Replies that have ended. */
const ended = ({ turns, failures }: Memory) => turns.length + failures.length;

function newMemory(): Memory {
  return {
    ledgers: [],
    replies: [],
    turns: [],
    failures: [],
    saved: [],
    closes: [],
    comebacks: [],
    troubles: [],
  };
}

interface TypistOptions {
  readonly name: number;
  readonly line: Line;
  readonly memory: Memory;
  readonly going: { readonly stopped: boolean };
  readonly pauseMs: number | undefined;
}

/** A turn by keyboard, up to the end of the reply and a moment more. */
function typist({ name, line, memory, going, pauseMs = 0 }: TypistOptions) {
  const { ledgers, troubles } = memory;
  let said = 1;
  return async () => {
    const { socket } = line;
    // Sent again, as the same item, where the server has gone without having taken it.
    if (ledgers.at(-1)?.told.includes(`item_t${name}_${said}`)) said++;
    const text = `Typed ${name}.${said}: one more thing about the garden.`;
    const item = { id: `item_t${name}_${said}`, type: "message", role: "user" };
    const before = ended(memory);
    line.send({
      type: "conversation.item.create",
      item: { ...item, content: [{ type: "input_text", text }] },
    });
    line.send({ type: "response.create" });
    line.ask();
    const until = performance.now() + patienceMs;
    while (line.socket === socket && ended(memory) === before && !going.stopped) {
      if (performance.now() > until) return void troubles.push(`talker ${name}: no reply`);
      await line.something(200);
    }
    const next = performance.now() + pauseMs + 100 + ((name * 37 + said * 53) % 300);
    while (line.socket === socket && !going.stopped && performance.now() < next)
      await line.something(Math.max(1, next - performance.now()));
  };
}

/** A turn by voice, in real time, the microphone open throughout; every third one speaks into each reply. */
function speaker(
  name: number,
  line: Line,
  memory: Memory,
  speech: readonly Uint8Array[],
  going: { stopped: boolean },
) {
  const { troubles } = memory;
  const hasHeardEnough = () =>
    name % 3 === 0 && line.heardFrom !== undefined && performance.now() - line.heardFrom > 1300;
  return async () => {
    const { socket } = line;
    const goesOn = () => line.socket === socket && !going.stopped;
    let due = performance.now();
    const play = async (chunk: Uint8Array) => {
      line.play(chunk);
      line.report();
      due += chunkMs;
      await wait(Math.max(0, due - performance.now()));
    };
    for (const chunk of speech) if (goesOn()) await play(chunk);
    const before = ended(memory);
    const until = performance.now() + patienceMs;
    while (goesOn() && ended(memory) === before && !hasHeardEnough()) {
      if (performance.now() > until) return void troubles.push(`talker ${name}: no reply`);
      await play(silence);
    }
  };
}
