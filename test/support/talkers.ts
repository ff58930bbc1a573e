/** People who talk to a server over real sockets, whatever becomes of it, and keep ledgers of what it said is safe. */
import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { WebSocket } from "ws";
import { joinPcm, pcmToBytes, readWav } from "../../src/pipeline/audio.ts";
import { createResampler } from "../../src/pipeline/resample.ts";
import { type Ledger, openLedger } from "./survival-ledger.ts";

// biome-ignore lint/suspicious/noExplicitAny: events are looked into as plain JSON here, as a client would
type AnyEvent = Record<string, any>;

/** Length of a microphone message, ms, and its bytes at 24 kHz. */
const chunkMs = 100;
const chunkBytes = 4800;
const silence = new Uint8Array(chunkBytes);
/** A turn that takes longer is given up, ms. */
const patienceMs = 15_000;

/** One reply as it was heard. */
export interface HeardReply {
  /** When it was asked for: the turn typed, or noticed as ended (`performance.now`). */
  readonly askedAt: number;
  /** From there to its first audio, ms. */
  readonly firstAudioMs: number;
}

export interface Talker {
  /** Speaks `kuku.v1`, and comes back to its session. */
  readonly extended: boolean;
  /** Speaks; otherwise it types. */
  readonly speaks: boolean;
  /** Of each of its sessions. */
  readonly ledgers: readonly Ledger[];
  readonly replies: readonly HeardReply[];
  /** When replies were told as completed. */
  readonly turns: readonly number[];
  /** When `kuku.saved` came. */
  readonly saved: readonly number[];
  /** What should not have happened, in words. */
  readonly troubles: readonly string[];
  /** Takes no more turns; resolves once the last one is over. */
  hush(): Promise<void>;
  /** Closes its socket as a user would, and comes back with a new session after `backAfterMs`. */
  leave(backAfterMs: number): Promise<void>;
  /** Drops the socket for good. */
  stop(): void;
}

/** A recorded sentence as microphone messages. */
export async function sentence(): Promise<readonly Uint8Array[]> {
  const { rate, pcm } = readWav(await readFile(new URL("../fixtures/speech/fox-slt.wav", import.meta.url)));
  const resampler = await createResampler(rate, 24_000);
  const bytes = pcmToBytes(joinPcm([resampler.process(pcm), resampler.flush()]));
  resampler.close();
  const chunks: Uint8Array[] = [];
  for (let at = 0; at + chunkBytes <= bytes.length; at += chunkBytes)
    chunks.push(bytes.slice(at, at + chunkBytes));
  return chunks;
}

/** Lets `count` people talk: half of them `kuku.v1` clients, half of those and of the others speaking, the rest typing. */
export async function gatherTalkers(port: number, count: number): Promise<Talker[]> {
  const speech = await sentence();
  return Array.from({ length: count }, (_, n) =>
    openTalker({ port, name: n + 1, extended: n % 2 === 0, speaks: n % 4 < 2, speech }),
  );
}

interface TalkerOptions {
  readonly port: number;
  readonly name: number;
  readonly extended: boolean;
  readonly speaks: boolean;
  readonly speech: readonly Uint8Array[];
}

/** Opens one; it connects, talks, and connects again for as long as it is not stopped. */
export function openTalker(options: TalkerOptions): Talker {
  const { name, extended, speaks } = options;
  const ledgers: Ledger[] = [];
  const replies: HeardReply[] = [];
  const turns: number[] = [];
  const saved: number[] = [];
  const troubles: string[] = [];
  let socket: WebSocket | undefined;
  let token: string | undefined;
  let said = 1;
  let stopped = false;
  let hushed = false;
  let away = 0;
  let talking = Promise.resolve();
  let askedAt: number | undefined;
  let heardFrom: number | undefined;
  let response: string | undefined;
  let wake = () => {};
  /** Resolves at the next event of the server, or after `ms`. */
  const something = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const onAudio = () => {
    heardFrom ??= performance.now();
    if (askedAt === undefined) return;
    replies.push({ askedAt, firstAudioMs: performance.now() - askedAt });
    askedAt = undefined;
  };
  const onEvent = (event: AnyEvent) => {
    ledgers.at(-1)?.take(event);
    if (event.type === "response.output_audio.delta") onAudio();
    if (event.type === "kuku.resumable") token = event.token;
    if (event.type === "kuku.saved") saved.push(performance.now());
    if (event.type === "input_audio_buffer.speech_stopped") askedAt = performance.now();
    if (event.type === "response.created") {
      response = event.response.id;
      heardFrom = undefined;
    }
    if (event.type === "response.done") {
      response = undefined;
      if (event.response.status === "completed") turns.push(performance.now());
      if (event.response.status === "failed") troubles.push(`a reply failed: ${JSON.stringify(event)}`);
    }
    // A reply that broke off goes on by itself where the session is taken up again.
    const expected = event.error?.code === "conversation_already_has_active_response";
    if (event.type === "error" && !expected) troubles.push(JSON.stringify(event.error));
    wake();
  };

  /** Connects, in time; false: the session it meant is not there. */
  const connect = async (): Promise<boolean> => {
    const query = extended && token !== undefined ? `?resume=${token}` : "";
    const address = `ws://127.0.0.1:${options.port}/v1/realtime${query}`;
    const ws = new WebSocket(address, extended ? ["kuku.v1"] : ["realtime"], { perMessageDeflate: false });
    const opened = Promise.withResolvers<"open" | "refused" | "later">();
    if (query === "") ledgers.push(openLedger(extended));
    ws.on("open", () => opened.resolve("open"));
    ws.on("unexpected-response", (_, answer) => {
      opened.resolve(answer.statusCode === 404 ? "refused" : "later");
      ws.terminate();
    });
    ws.on("error", () => opened.resolve("later"));
    ws.on("message", (data, isBinary) => {
      if (isBinary) onAudio();
      else onEvent(JSON.parse(data.toString()));
    });
    ws.on("close", () => {
      if (socket !== ws) return;
      socket = undefined;
      response = undefined;
      askedAt = undefined;
      ledgers.at(-1)?.cutOff();
      wake();
    });
    const outcome = await opened.promise;
    if (outcome === "open") {
      socket = ws;
      await something(2000);
      await wait(50); // what it is told of its past comes in one go
    } else if (query === "") ledgers.pop();
    return outcome !== "refused";
  };
  const send = (event: object) => socket?.send(JSON.stringify(event));
  const play = (chunk: Uint8Array) => {
    if (extended) socket?.send(chunk);
    else send({ type: "input_audio_buffer.append", audio: Buffer.from(chunk).toString("base64") });
  };
  /** Reports what its speaker has played, as a client does that minds what was heard. */
  const report = (state: "playing" | "ended") => {
    if (!extended || response === undefined || heardFrom === undefined) return;
    send({ type: "kuku.playback", response_id: response, played_ms: performance.now() - heardFrom, state });
  };

  const type = async (): Promise<void> => {
    const mine = socket;
    // Sent again, as the same item, where the server has gone without having taken it.
    if (ledgers.at(-1)?.told.includes(`item_t${name}_${said}`)) said++;
    const text = `Typed ${name}.${said}: one more thing about the garden.`;
    const item = { id: `item_t${name}_${said}`, type: "message", role: "user" };
    send({ type: "conversation.item.create", item: { ...item, content: [{ type: "input_text", text }] } });
    send({ type: "response.create" });
    askedAt = performance.now();
    await replyEnds(mine);
    await wait(100 + ((name * 37 + said * 53) % 300));
  };
  const replyEnds = async (mine: WebSocket | undefined) => {
    const before = turns.length;
    const until = performance.now() + patienceMs;
    while (socket === mine && turns.length === before && !stopped) {
      if (performance.now() > until)
        return void troubles.push(`talker ${name}: no reply within ${patienceMs} ms`);
      await something(200);
    }
  };
  const speak = async (): Promise<void> => {
    const mine = socket;
    let due = performance.now();
    const next = async (chunk: Uint8Array) => {
      play(chunk);
      report("playing");
      due += chunkMs;
      await wait(Math.max(0, due - performance.now()));
    };
    for (const chunk of options.speech) if (socket === mine && !stopped) await next(chunk);
    const before = turns.length;
    const until = performance.now() + patienceMs;
    // Every third one speaks into each reply, once it has heard a good second of it.
    const heardOut = () => name % 3 === 0 && heardFrom !== undefined && performance.now() - heardFrom > 1300;
    while (socket === mine && turns.length === before && !heardOut() && !stopped) {
      if (performance.now() > until)
        return void troubles.push(`talker ${name}: no reply within ${patienceMs} ms`);
      await next(silence);
    }
  };

  const live = async () => {
    await wait((name * 61) % 700);
    while (!stopped) {
      if (!socket) {
        if (performance.now() < away) await wait(20);
        else if (!(await connect())) {
          if ((ledgers.at(-1)?.safe().flat().length ?? 0) > 0)
            troubles.push(`talker ${name}: its session is not there any more`);
          token = undefined;
        } else if (!socket) await wait(50);
        continue;
      }
      if (hushed) await something(50);
      else {
        talking = speaks ? speak() : type();
        await talking;
      }
    }
  };
  void live().catch((error: unknown) => troubles.push(String(error)));

  return {
    extended,
    speaks,
    ledgers,
    replies,
    turns,
    saved,
    troubles,
    async hush() {
      hushed = true;
      await talking;
    },
    async leave(backAfterMs) {
      const mine = socket;
      if (!mine) return;
      away = performance.now() + backAfterMs;
      token = undefined;
      const closed = new Promise<void>((resolve) => mine.once("close", () => resolve()));
      mine.close(1000);
      await closed;
    },
    stop() {
      stopped = true;
      socket?.terminate();
      wake();
    },
  };
}
