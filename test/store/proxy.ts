/** A wire between a client and a server that a test can cut and mend. */
import { createServer, connect as dial, type Socket } from "node:net";

export interface TestProxy {
  readonly port: number;
  /** False from a cut on until it is mended. */
  readonly whole: boolean;
  /** Ends every connection, and refuses new ones. */
  cut(): void;
  mend(): void;
  /** Passes nothing on, either way, until it is mended; connections stay open. */
  stall(): void;
  /** Cuts as soon as `text` has been sent through to the server: what it answers is not heard. */
  cutBehind(text: string): void;
  stop(): Promise<void>;
}

export async function startProxy(target: number, host = "127.0.0.1"): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  let whole = true;
  let stalled = false;
  let last: string | undefined;
  const cut = () => {
    whole = false;
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((near) => {
    if (!whole) return void near.destroy();
    const far = dial(target, host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.end();
      });
    }
    near.on("data", (bytes: Buffer) => {
      if (last === undefined || !bytes.includes(last)) return void far.write(bytes);
      last = undefined;
      whole = false;
      near.destroy();
      // The server does as it was told before it sees the end.
      far.end(bytes);
    });
    far.on("data", (bytes: Buffer) => near.write(bytes));
    if (stalled) for (const socket of [near, far]) socket.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    get whole() {
      return whole;
    },
    cut,
    mend() {
      whole = true;
      for (const socket of sockets) socket.resume();
      stalled = false;
    },
    stall() {
      stalled = true;
      for (const socket of sockets) socket.pause();
    },
    cutBehind(text) {
      last = text;
    },
    async stop() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
