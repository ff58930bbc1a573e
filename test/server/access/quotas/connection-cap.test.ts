import { once } from "node:events";
import { createServer, request } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { capConnections } from "../../../../src/server/access/quotas/connection-cap.ts";
import { trustProxies } from "../../../../src/server/net/addresses.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const serve = async (options: Parameters<typeof capConnections>[1]) => {
  const server = createServer((_, answer) => answer.end("well"));
  capConnections(server, options);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => server.close());
  const { port } = server.address() as { port: number };
  /** One that sends nothing. */
  const open = async (from: string): Promise<Socket> => {
    const socket = connect({ port, host: "127.0.0.1", localAddress: from });
    closers.push(() => socket.destroy());
    const arrived = once(server, "connection");
    await arrived;
    return socket;
  };
  const ask = (from: string) =>
    new Promise<number | string>((resolve) =>
      request({ port, host: "127.0.0.1", localAddress: from, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"))
        .end(),
    );
  return { open, ask };
};

test("silent connections of one address fill no more than its share; others, and itself once some are gone, are served", async () => {
  const { open, ask } = await serve({ sessions: 5, trustProxy: undefined });
  const silent: Socket[] = [];
  for (let n = 0; n < 110; n++) silent.push(await open("127.0.0.3"));
  expect(await ask("127.0.0.3")).toBe("ECONNRESET");
  expect(await ask("127.0.0.2")).toBe(200);
  const first = silent[0]!;
  first.destroy();
  while ((await ask("127.0.0.3")) !== 200) await new Promise((resolve) => setImmediate(resolve));
});

test("a believed proxy has as many as it likes", async () => {
  const { open, ask } = await serve({ sessions: 1, trustProxy: trustProxies(["127.0.0.3"]) });
  for (let n = 0; n < 150; n++) await open("127.0.0.3");
  expect(await ask("127.0.0.3")).toBe(200);
});
