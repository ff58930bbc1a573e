/** One session's TCP socket with the WebSocket handshake done by hand: no client library between us and the wire. */
import { randomBytes } from "node:crypto";
import { connect as openSocket, type Socket } from "node:net";

/** Header that tells the yardstick, which has no ears, where in its turn a session begins. */
export const firstChunkHeader = "x-bench-chunk";
/** One buffer for every socket: what is read is looked at before the next read. */
const shared = Buffer.allocUnsafe(256 * 1024);
const separator = "\r\n\r\n";

export interface Wire {
  readonly socket: Socket;
  /** Undefined until the far end closed or failed. */
  readonly lost: () => string | undefined;
}

/** Resolves when the server has switched protocols; `onBytes` then gets everything after the handshake. */
export function connect(
  port: number,
  { protocol, firstChunk = 0 }: { protocol: string; firstChunk?: number },
  onBytes: (bytes: Buffer) => void,
): Promise<Wire> {
  return new Promise((resolve, reject) => {
    let open = false;
    let answer = "";
    let lost: string | undefined;
    const readHandshake = (bytes: Buffer) => {
      answer += bytes.toString("latin1");
      const end = answer.indexOf(separator);
      if (end < 0) return;
      if (!answer.startsWith("HTTP/1.1 101")) return reject(new Error(`refused: ${answer.slice(0, 400)}`));
      open = true;
      resolve({ socket, lost: () => lost });
      const rest = answer.slice(end + separator.length);
      if (rest.length > 0) onBytes(Buffer.from(rest, "latin1"));
    };
    const socket = openSocket({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: shared,
        callback(count) {
          const bytes = shared.subarray(0, count);
          if (open) onBytes(bytes);
          else readHandshake(bytes);
          return true;
        },
      },
    });
    const loseWith = (why: string) => {
      lost ??= why;
      reject(new Error(why));
    };
    socket.once("error", (error) => loseWith(error.message));
    socket.once("close", () => loseWith("closed"));
    const key = randomBytes(16).toString("base64");
    socket.write(
      `GET /v1/realtime?model=kuku HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${key}\r\n${firstChunkHeader}: ${firstChunk}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
    );
  });
}
