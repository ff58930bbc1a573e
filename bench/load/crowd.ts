/** N sessions speaking at once, each at its own moment, paced by one loop; and what was measured of them. */
import { setupMessages, type Workload } from "../workload.ts";
import { connect, type Wire } from "./connect.ts";
import { type PreparedTurn, prepareTurn } from "./microphone.ts";
import { seeded } from "./random.ts";
import { frameReader, maskedFrame, opcodes } from "./wire.ts";

/** What the generator saw since `mark`. */
export interface Sighting {
  /** End of turn → first byte of reply audio, ms, one for each turn answered. */
  readonly latencies: readonly number[];
  /** Turns that ended. */
  readonly turns: number;
  /** How late chunks were written against real time, ms (a sample of them). */
  readonly lateness: readonly number[];
  readonly chunksSent: number;
  readonly framesReceived: number;
  /** Turns answered before the chunk that ended them in the rehearsal: their latency is not known. */
  readonly early: number;
  /** `error` events, closes and turns whose answer had not come when the next ended; text of the first few. */
  readonly failures: number;
  readonly firstFailures: readonly string[];
}

interface Speaker {
  readonly wire: Wire;
  /** Chunk of the turn to be sent next. */
  next: number;
  /** Moment within the 20 ms this session's chunks are due, ms. */
  readonly phase: number;
  /** When the turn that waits for its answer ended; 0: none waits. */
  endedAt: number;
  /** No reply audio has come since the turn began. */
  quiet: boolean;
}

export interface CrowdOptions {
  readonly port: number;
  readonly sessions: number;
  readonly workload: Workload;
  /** `vad`: chunk of the turn that ends it. */
  readonly answerAfter: number;
  readonly seed: number;
}

const protocolOf = (workload: Workload) => (workload.mode === "base64" ? "realtime" : "kuku.v1");
const quietMs = 300;
const readyWithinMs = 15_000;
/** Writes at most so many chunks before reading again, so that a late generator still sees answers in time. */
const writesPerRound = 128;
const latenessEvery = 16;

export class Crowd {
  readonly #options: CrowdOptions;
  readonly #random: () => number;
  readonly #speakers: Speaker[] = [];
  #turn: PreparedTurn | undefined;
  #lastHeard = 0;
  #running = false;
  #origin = 0;
  #tick = 0;
  #index = 0;
  #latencies: number[] = [];
  #lateness: number[] = [];
  #turns = 0;
  #chunksSent = 0;
  #framesReceived = 0;
  #early = 0;
  #failures = 0;
  #firstFailures: string[] = [];

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.#random = seeded(options.seed);
  }

  /** Connects every session, configures it, and waits until the server has said all it had to say (a greeting). */
  async gather(): Promise<void> {
    const { sessions, workload } = this.#options;
    this.#turn = await prepareTurn(workload, this.#random);
    const phases = Array.from({ length: sessions }, () => this.#random() * 20).sort((a, b) => a - b);
    const setup = Buffer.concat(
      setupMessages(workload).map((text) =>
        maskedFrame(opcodes.text, Buffer.from(text), Buffer.from([1, 2, 3, 4])),
      ),
    );
    for (let from = 0; from < sessions; from += 50) {
      const batch = phases.slice(from, from + 50).map(async (phase) => {
        const speaker = await this.#join(phase);
        speaker.wire.socket.write(setup);
        return speaker;
      });
      this.#speakers.push(...(await Promise.all(batch)));
    }
    const start = performance.now();
    this.#lastHeard = start;
    while (performance.now() - this.#lastHeard < quietMs && performance.now() - start < readyWithinMs)
      await new Promise((resolve) => setTimeout(resolve, 50));
  }

  async #join(phase: number): Promise<Speaker> {
    // Each session begins somewhere in its turn, so that turns end evenly spread from the start.
    const begin = Math.floor(this.#random() * this.#options.workload.chunksPerTurn);
    let speaker: Speaker | undefined;
    const reader = frameReader((opcode, _length, payload) => this.#heard(speaker, opcode, payload));
    const onBytes = (bytes: Buffer) => {
      this.#lastHeard = performance.now();
      reader.push(bytes);
    };
    const { port, workload } = this.#options;
    const wire = await connect(port, { protocol: protocolOf(workload), firstChunk: begin }, onBytes);
    speaker = { wire, next: begin, phase, endedAt: 0, quiet: false };
    return speaker;
  }

  #heard(speaker: Speaker | undefined, opcode: number, payload: Buffer | undefined): void {
    this.#framesReceived++;
    if (opcode === opcodes.binary) this.#audioHeard(speaker);
    else if (opcode === opcodes.ping) {
      speaker?.wire.socket.write(maskedFrame(opcodes.pong, payload!, Buffer.from([4, 3, 2, 1])));
    } else if (opcode === opcodes.close)
      this.#fail(`closed: ${payload?.subarray(0, 120).toString("latin1")}`);
    else if (payload) {
      const type = payload.subarray(0, 100);
      if (type.includes('"response.output_audio.delta"')) this.#audioHeard(speaker);
      else if (type.includes('"error"')) this.#fail(payload.toString("utf8", 0, 400));
    }
  }

  #audioHeard(speaker: Speaker | undefined): void {
    if (!speaker) return;
    if (speaker.quiet) {
      speaker.quiet = false;
      if (speaker.endedAt === 0) this.#early++;
    }
    if (speaker.endedAt === 0) return;
    this.#latencies.push(performance.now() - speaker.endedAt);
    speaker.endedAt = 0;
  }

  #fail(why: string): void {
    this.#failures++;
    if (this.#firstFailures.length < 3) this.#firstFailures.push(why);
  }

  /** Speaks in real time, each session from where it stands in its turn, until `pause` or `leave`. */
  speak(): void {
    this.#running = true;
    this.#origin = performance.now() + 5;
    this.#tick = 0;
    this.#index = 0;
    this.#round();
  }

  /** Falls silent; every session stays connected. */
  pause(): void {
    this.#running = false;
  }

  /** One round of the pacing loop: writes what is due, then lets the sockets be read. */
  #round(): void {
    if (!this.#running) return;
    let written = 0;
    while (written < writesPerRound) {
      const speaker = this.#speakers[this.#index]!;
      const due = this.#origin + this.#tick * 20 + speaker.phase;
      const now = performance.now();
      if (now < due) {
        setTimeout(() => this.#round(), Math.max(1, Math.floor(due - now)));
        return;
      }
      if (this.#chunksSent % latenessEvery === 0) this.#lateness.push(now - due);
      this.#say(speaker, now);
      written++;
      speaker.next++;
      if (speaker.next === this.#turn!.chunks.length) speaker.next = 0;
      if (++this.#index === this.#speakers.length) {
        this.#index = 0;
        this.#tick++;
      }
    }
    setImmediate(() => this.#round());
  }

  #say(speaker: Speaker, now: number): void {
    const turn = this.#turn!;
    const { socket, lost } = speaker.wire;
    if (lost()) return;
    this.#chunksSent++;
    socket.write(turn.chunks[speaker.next]!);
    // Where the client ends the turn, nothing can end it sooner.
    if (speaker.next === 0) speaker.quiet = turn.end === undefined;
    const last = speaker.next === turn.chunks.length - 1;
    if (turn.end ? last : speaker.next === this.#options.answerAfter) {
      this.#turns++;
      if (speaker.endedAt > 0) this.#fail("no audio before the next turn ended");
      speaker.endedAt = now;
      if (turn.end) socket.write(turn.end);
    }
  }

  /** Forgets what was measured so far. */
  mark(): void {
    this.#latencies = [];
    this.#lateness = [];
    this.#turns = this.#chunksSent = this.#framesReceived = this.#early = this.#failures = 0;
    this.#firstFailures = [];
    for (const speaker of this.#speakers) speaker.endedAt = 0;
  }

  /** What was measured since `mark`. */
  sighting(): Sighting {
    for (const speaker of this.#speakers) if (speaker.wire.lost()) this.#fail(`lost: ${speaker.wire.lost()}`);
    return {
      latencies: this.#latencies,
      turns: this.#turns,
      lateness: this.#lateness,
      chunksSent: this.#chunksSent,
      framesReceived: this.#framesReceived,
      early: this.#early,
      failures: this.#failures,
      firstFailures: this.#firstFailures,
    };
  }

  /** Falls silent and closes every socket. */
  async leave(): Promise<void> {
    this.pause();
    await Promise.all(
      this.#speakers.map(
        ({ wire }) =>
          new Promise<void>((resolve) => {
            if (wire.socket.destroyed) return resolve();
            wire.socket.once("close", () => resolve());
            wire.socket.destroy();
          }),
      ),
    );
  }
}
