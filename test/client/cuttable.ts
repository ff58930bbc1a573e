/** A line between client and server that a test can cut, and lead elsewhere. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Cuttable {
  /** The socket's address by this line. */
  readonly url: string;
  /** Connections so far. */
  readonly connections: number;
  /** Breaks what is there; bytes on their way are lost. */
  cut(): void;
  /** Where the next connections go; undefined: nobody answers there. */
  lead(port: number | undefined): void;
  close(): Promise<void>;
}

/** Opens a line to a port of this machine. */
export async function openCuttable(port: number): Promise<Cuttable> {
  let target: number | undefined = port;
  let connections = 0;
  const ends = new Set<Socket>();
  const server = createServer((near) => {
    connections++;
    near.on("error", () => {});
    if (target === undefined) return near.resetAndDestroy();
    const far = connect(target, "127.0.0.1").on("error", () => near.destroy());
    near.pipe(far).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(one);
      one.on("close", () => {
        ends.delete(one);
        other.destroy();
      });
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const cut = () => {
    for (const end of ends) end.resetAndDestroy();
  };
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/realtime`,
    get connections() {
      return connections;
    },
    cut,
    lead(next) {
      target = next;
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
