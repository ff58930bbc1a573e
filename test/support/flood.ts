/** A flood by hand, with no client library between it and the wire: connections that never say who they are, and nonsense. */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { maskedFrame, opcodes } from "../../bench/load/wire.ts";

/**
 * `silent`: sends nothing; `half`: half of an upgrade's head; `hanging`: an upgrade with `hangingToken`; `noise`: bytes
 * that are no HTTP; `nonsense`: an upgrade, and then texts that are no JSON for as long as the socket takes them.
 */
const floodKinds = ["silent", "half", "hanging", "noise", "nonsense"] as const;
export type FloodKind = (typeof floodKinds)[number];

/** A token that the server under test is to take for ever to check. */
export const hangingToken = "hangs-for-ever";

export interface FloodOptions {
  readonly port: number;
  /** An address of this machine to come from, such as `127.0.0.2`. */
  readonly from: string;
}

export interface Flooder {
  readonly kind: FloodKind;
  /** The status that was answered; undefined: none so far. */
  readonly status: number | undefined;
  /** Resolves once the server, or `leave`, has closed it. */
  readonly closed: Promise<void>;
  readonly open: boolean;
  leave(): void;
}

/** Opens one connection of a kind; resolves once it is open, or was closed. */
export function openFlooder(kind: FloodKind, { port, from }: FloodOptions): Promise<Flooder> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from, noDelay: true });
  const closed = Promise.withResolvers<void>();
  let status: number | undefined;
  let open = true;
  socket.on("data", (bytes: Buffer) => {
    if (status !== undefined) return;
    status = Number(/^HTTP\/1\.1 (\d{3})/.exec(bytes.toString("latin1"))?.[1]);
    if (status === 101) talkNonsense(socket);
  });
  socket.on("error", () => {});
  socket.once("close", () => {
    open = false;
    closed.resolve();
  });
  const flooder: Flooder = {
    kind,
    get status() {
      return status;
    },
    closed: closed.promise,
    get open() {
      return open;
    },
    leave: () => void socket.destroy(),
  };
  return new Promise((resolve) => {
    socket.once("connect", () => {
      socket.write(firstBytes(kind, port));
      resolve(flooder);
    });
    socket.once("close", () => resolve(flooder));
  });
}

function firstBytes(kind: FloodKind, port: number): Buffer {
  if (kind === "silent") return Buffer.alloc(0);
  if (kind === "noise") return randomBytes(512);
  const key = randomBytes(16).toString("base64");
  const token = kind === "hanging" ? `Authorization: Bearer ${hangingToken}\r\n` : "";
  const head = `GET /v1/realtime HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${token}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`;
  return Buffer.from(kind === "half" ? head.slice(0, 60) : head);
}

/** How much of it, and how often, ms: faster than any limit, without keeping the flood's own process busy. */
const nonsenseAtOnce = 10;
const nonsenseEveryMs = 5;

function talkNonsense(socket: Socket): void {
  const frame = maskedFrame(opcodes.text, Buffer.from("{nonsense"), Buffer.from([1, 2, 3, 4]));
  const frames = Buffer.concat(Array.from({ length: nonsenseAtOnce }, () => frame));
  const timer = setInterval(() => void socket.write(frames), nonsenseEveryMs);
  socket.once("close", () => clearInterval(timer));
}

/** How many of them were answered what: a status, `closed` without one, or `open` still. */
export function tellOutcomes(flooders: readonly Flooder[]): Record<string, number> {
  const outcomes: Record<string, number> = {};
  for (const { status, open } of flooders) {
    const outcome = String(status ?? (open ? "open" : "closed"));
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  return outcomes;
}
