/**
 * A connection pooler reduced to what a careless client breaks on: it refuses start-up parameters as PgBouncer does, and
 * keeps its connection to the database when the client's has ended.
 */
import { once } from "node:events";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";

export interface TestPooler {
  readonly port: number;
  /** What was refused, in order. */
  readonly refused: readonly string[];
  stop(): Promise<void>;
}

/** Parameters that PgBouncer passes on. */
const tracked = new Set(["user", "database", "client_encoding", "application_name", "DateStyle", "TimeZone"]);
/** The message with which a client leaves. */
const terminate = Buffer.from([0x58, 0, 0, 0, 4]);

export async function startPooler(target: number): Promise<TestPooler> {
  const refused: string[] = [];
  const kept = new Set<Socket>();
  const server = createServer((near) => {
    near.on("error", () => {});
    near.once("data", (first: Buffer) => {
      const parameter = parametersOf(first).find((name) => !tracked.has(name));
      if (parameter !== undefined) {
        refused.push(parameter);
        return void near.end(refusal(`unsupported startup parameter: ${parameter}`));
      }
      const far = dial(target, "127.0.0.1");
      kept.add(far);
      far.on("error", () => {});
      far.on("data", (bytes: Buffer) => near.write(bytes));
      far.on("close", () => near.destroy());
      far.write(first);
      near.on("data", (bytes: Buffer) => {
        const leaves = bytes.subarray(-terminate.length).equals(terminate);
        far.write(leaves ? bytes.subarray(0, -terminate.length) : bytes);
        if (leaves) near.end();
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    refused,
    async stop() {
      for (const far of kept) far.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Names of the parameters of a start-up message: length, version, then names and values, each ended by a zero byte. */
function parametersOf(message: Buffer): string[] {
  const words = message.subarray(8).toString().split("\0");
  return words.filter((word, index) => index % 2 === 0 && word !== "");
}

function refusal(message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C08P01\0M${message}\0\0`);
  const head = Buffer.from("E\0\0\0\0");
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
