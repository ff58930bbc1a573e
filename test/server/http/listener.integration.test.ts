import { once } from "node:events";
import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { readConfig } from "../../../src/server/config/config.ts";
import { Listener } from "../../../src/server/http/listener.ts";

const config = { ...readConfig({}), port: 0 };

test("[SU4] until somebody answers at the port, requests and upgrades are answered 503", async () => {
  const listener = await Listener.listen(config);
  onTestFinished(() => listener.close());
  const url = `http://127.0.0.1:${listener.port}/health`;
  const early = await fetch(url);
  expect([early.status, early.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await early.json()).toMatchObject({ success: false, code: "STARTING" });
  const socket = new WebSocket(url.replace("http", "ws"));
  const [, refused] = await once(socket, "unexpected-response");
  expect(refused.statusCode).toBe(503);
  listener.answer(
    (_request, response) => void response.end("ready"),
    (_request, upgrade) => upgrade.destroy(),
  );
  expect(await (await fetch(url)).text()).toBe("ready");
});

test("[SU1] a port that somebody else has is refused by its name", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  onTestFinished(() => void other.close());
  const { port } = other.address() as { port: number };
  await expect(Listener.listen({ ...config, port })).rejects.toThrow(`PORT: ${port} is in use on 127.0.0.1`);
});
