/** Bytes to a server and answers back, over sockets that are used again as long as they last. */
import { connect, type Socket } from "node:net";
import { type Answer, type Reading, readAnswers } from "./answer.ts";

/** How long a server may keep silent on something that may not be a whole request, ms; then the sender hangs up. */
const quietMs = 150;
/** How long a server may keep silent on what must be answered, ms; a copy of all that was sent before comes for longer. */
const patienceMs = 60_000;

export interface Target {
  readonly host: string;
  readonly port: number;
  /** Of the sender; another is another client. */
  readonly localAddress?: string;
}

export interface Exchanged {
  readonly answers: readonly Answer[];
  /** Nothing came in time, though the request was whole. */
  readonly silent: boolean;
}

/** Sends whole requests one after another, each on the socket of the one before where that is still open. */
export class Lane {
  readonly #target: Target;
  #socket: Socket | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Sends a request that is well-formed as HTTP, and waits for its answer. */
  async ask(bytes: Buffer, { bodyless = false } = {}): Promise<Exchanged> {
    const kept = this.#socket !== undefined && !this.#socket.destroyed;
    const socket = kept ? this.#socket! : open(this.#target);
    this.#socket = socket;
    const { answers, handedOver } = await collect(socket, bytes, { bodyless, whole: true });
    const last = answers.at(-1);
    if (handedOver || last === undefined || last.headers.get("connection") === "close") this.close();
    // The server may have let go of a quiet socket just as it was used again.
    if (last === undefined && kept) return this.ask(bytes, { bodyless });
    return { answers, silent: last === undefined };
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}

/** Sends anything on a socket of its own: all answers until the server has nothing more to say. */
export async function throwAt(target: Target, bytes: Buffer): Promise<readonly Answer[]> {
  const socket = open(target);
  const { answers } = await collect(socket, bytes, { bodyless: false, whole: false });
  socket.destroy();
  return answers;
}

function open({ host, port, localAddress }: Target): Socket {
  const socket = connect({ host, port, noDelay: true, ...(localAddress !== undefined && { localAddress }) });
  socket.on("error", () => {});
  return socket;
}

/** Writes, and reads to the first answer's end (`whole`) or until nothing comes any more. */
function collect(
  socket: Socket,
  bytes: Buffer,
  { bodyless, whole }: { readonly bodyless: boolean; readonly whole: boolean },
): Promise<Reading> {
  return new Promise((resolve) => {
    let read: Buffer = Buffer.alloc(0);
    const late = setTimeout(() => finish(true), patienceMs);
    let quiet = whole ? undefined : setTimeout(() => socket.end(), quietMs);
    const onData = (data: Buffer) => {
      read = read.length === 0 ? data : Buffer.concat([read, data]);
      quiet?.refresh();
      late.refresh();
      const { answers, handedOver } = readAnswers(read, { bodyless });
      if (handedOver || (whole && answers.length > 0)) finish(false);
    };
    const onEnd = () => finish(true);
    const finish = (ended: boolean) => {
      clearTimeout(late);
      clearTimeout(quiet);
      quiet = undefined;
      socket.off("data", onData).off("close", onEnd).off("end", onEnd);
      resolve(readAnswers(read, { bodyless, ended }));
    };
    socket.on("data", onData).on("close", onEnd).on("end", onEnd);
    socket.write(bytes);
  });
}
