/** A talker's line to the server: one socket after another, what came over them, and when. */
import { setTimeout as wait } from "node:timers/promises";
import { WebSocket } from "ws";
import { type Ledger, openLedger } from "./survival-ledger.ts";

// biome-ignore lint/suspicious/noExplicitAny: events are looked into as plain JSON here, as a client would
type AnyEvent = Record<string, any>;

/** One reply as it was heard. */
interface HeardReply {
  /** When it was asked for: the turn typed, or noticed as ended (`performance.now`). */
  readonly askedAt: number;
  /** From there to its first audio, ms. */
  readonly firstAudioMs: number;
}

/** What a talker remembers; times are `performance.now`. */
export interface Memory {
  /** Of each of its sessions. */
  readonly ledgers: Ledger[];
  readonly replies: HeardReply[];
  /** When replies were told as completed. */
  readonly turns: number[];
  /** When replies failed for a reason that was tolerated. */
  readonly failures: number[];
  /** When `kuku.saved` came. */
  readonly saved: number[];
  /** Codes with which its sockets closed; 1006: they broke off. */
  readonly closes: number[];
  /** How long it took to come back into a session after its socket was lost, ms. */
  readonly comebacks: number[];
  /** What should not have happened, in words. */
  readonly troubles: string[];
}

export interface LineOptions {
  /** Called for the port of each socket: that of one server, or of any of several. */
  readonly choosePort: () => number;
  /** Speaks `kuku.v1`. */
  readonly extended: boolean;
  readonly memory: Memory;
  /** Whether a failed reply or an `error` is no trouble just now; default: always trouble. */
  readonly tolerates?: ((event: AnyEvent) => boolean) | undefined;
}

export interface Line {
  /** The one that is open. */
  readonly socket: WebSocket | undefined;
  /** Since when the reply under way is heard; undefined: there is none. */
  readonly heardFrom: number | undefined;
  /** Opens a socket, back into its session where it had one. `gone`: that is not there; `later`: nobody answers. */
  connect(): Promise<"open" | "gone" | "later">;
  send(event: object): void;
  play(chunk: Uint8Array): void;
  /** Tells how far its speaker is, as a client does that minds what was heard. */
  report(): void;
  /** A reply is wanted from now on. */
  ask(): void;
  /** Resolves at the next event of the server, or after `ms`. */
  something(ms: number): Promise<void>;
  /** The next socket begins a new session. */
  startOver(): void;
  /** Loses the socket: `reset` ends it at once; `vanish` leaves the server with one that nobody reads, for `vanishedMs`. */
  cut(how: "reset" | "vanish"): void;
}

const vanishedMs = 20_000;

/** Opens a line that has no socket yet. */
export function openLine({ choosePort, extended, memory, tolerates = () => false }: LineOptions): Line {
  const { ledgers } = memory;
  const vanished = new WeakSet<WebSocket>();
  let lostAt: number | undefined;
  let socket: WebSocket | undefined;
  let token: string | undefined;
  let askedAt: number | undefined;
  let response: { readonly id: string; heardFrom?: number } | undefined;
  let wake = () => {};

  const ask = () => {
    askedAt = performance.now();
  };
  const onAudio = () => {
    if (response) response.heardFrom ??= performance.now();
    if (askedAt === undefined) return;
    memory.replies.push({ askedAt, firstAudioMs: performance.now() - askedAt });
    askedAt = undefined;
  };
  const onEvent = (event: AnyEvent) => {
    ledgers.at(-1)?.take(event);
    if (event.type === "response.output_audio.delta") onAudio();
    if (event.type === "kuku.resumable") token = event.token;
    if (event.type === "kuku.saved") memory.saved.push(performance.now());
    if (event.type === "input_audio_buffer.speech_stopped") ask();
    if (event.type === "response.created") response = { id: event.response.id };
    if (event.type === "response.done") {
      response = undefined;
      const { status } = event.response;
      if (status === "completed") memory.turns.push(performance.now());
      if (status === "failed" && tolerates(event)) memory.failures.push(performance.now());
      else if (status === "failed") memory.troubles.push(`a reply failed: ${JSON.stringify(event)}`);
    }
    // A reply that broke off goes on by itself where the session is taken up again, and an item that was sent twice,
    // because nothing was told of it yet, is there already.
    const { code, message } = event.error ?? {};
    const sentTwice = code === "item_create_invalid_item_id" && /already\.$/.test(message);
    const expected = code === "conversation_already_has_active_response" || sentTwice;
    if (event.type === "error" && !expected && !tolerates(event))
      memory.troubles.push(JSON.stringify(event.error));
    wake();
  };
  const onClose = (code: number) => {
    memory.closes.push(code);
    lostAt = performance.now();
    socket = undefined;
    response = undefined;
    askedAt = undefined;
    ledgers.at(-1)?.cutOff();
    wake();
  };
  const something = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const send = (event: object) => socket?.send(JSON.stringify(event));

  return {
    get socket() {
      return socket;
    },
    get heardFrom() {
      return response?.heardFrom;
    },
    async connect() {
      const query = token === undefined ? "" : `?resume=${token}`;
      const address = `ws://127.0.0.1:${choosePort()}/v1/realtime${query}`;
      const next = new WebSocket(address, [extended ? "kuku.v1" : "realtime"], { perMessageDeflate: false });
      const opened = Promise.withResolvers<"open" | "gone" | "later">();
      if (token === undefined) ledgers.push(openLedger());
      next.on("open", () => opened.resolve("open"));
      next.on("unexpected-response", (_, { statusCode }) => {
        opened.resolve(statusCode === 404 ? "gone" : "later");
        next.terminate();
      });
      next.on("error", () => opened.resolve("later"));
      next.on("message", (data, isBinary) => {
        if (vanished.has(next)) return;
        if (isBinary) onAudio();
        else onEvent(JSON.parse(data.toString()));
      });
      next.on("close", (code) => socket === next && onClose(code));
      const outcome = await opened.promise;
      if (outcome === "open") {
        socket = next;
        if (query !== "" && lostAt !== undefined) memory.comebacks.push(performance.now() - lostAt);
        await something(2000);
        await wait(50); // what it is told of its past comes in one go
      } else if (query === "") ledgers.pop();
      return outcome;
    },
    send,
    play(chunk) {
      if (extended) socket?.send(chunk);
      else send({ type: "input_audio_buffer.append", audio: Buffer.from(chunk).toString("base64") });
    },
    report() {
      if (!extended || response?.heardFrom === undefined) return;
      const played_ms = performance.now() - response.heardFrom;
      send({ type: "kuku.playback", response_id: response.id, played_ms, state: "playing" });
    },
    ask,
    something,
    startOver() {
      token = undefined;
    },
    cut(how) {
      const lost = socket;
      if (!lost) return;
      vanished.add(lost);
      onClose(1006);
      if (how === "reset") return lost.terminate();
      lost.pause();
      setTimeout(() => lost.terminate(), vanishedMs).unref();
    },
  };
}
