import { request as ask, createServer } from "node:http";
import { fastify } from "fastify";
import { afterEach, describe, expect, test } from "vitest";
import { clientAddress, countedAddress, trustProxies } from "../../../src/server/net/addresses.ts";

describe("whom an address is counted as", () => {
  test.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["::FFFF:c000:0207", "192.0.2.7"],
    ["0:0:0:0:0:ffff:192.0.2.7", "192.0.2.7"],
    ["192.0.2.7:5123", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2::1]:443", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    [undefined, "unknown"],
    ["", "unknown"],
    ["unknown", "unknown"],
    ["_hidden", "unknown"],
    ["999.1.1.1", "unknown"],
    [`${"1".repeat(5000)}:1`, "unknown"],
    ["2001:db8::1/../../x", "unknown"],
  ])("%s", (address, counted) => expect(countedAddress(address)).toBe(counted));
});

describe("where a client is, behind proxies", () => {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  /** What an upgrade's request and a plain one are told to come from. */
  const seen = async (proxies: readonly string[], forwarded: string | string[] | undefined) => {
    const trust = trustProxies(proxies);
    const server = createServer();
    const app = fastify({
      serverFactory: (answer) => server.on("request", answer),
      trustProxy: trust ?? false,
    });
    const plain = Promise.withResolvers<string>();
    const upgraded = Promise.withResolvers<string | undefined>();
    app.get("/", async (request) => plain.resolve(request.ip));
    await app.ready();
    server.on("upgrade", (request, socket) => {
      upgraded.resolve(clientAddress(request, trust));
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await app.close();
    });
    const { port } = server.address() as { port: number };
    const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
    for (const upgrade of [{}, { connection: "Upgrade", upgrade: "websocket" }])
      ask({ port, host: "127.0.0.1", headers: { ...headers, ...upgrade } })
        .on("error", () => {})
        .end();
    return { plain: await plain.promise, upgraded: await upgraded.promise };
  };

  test.each<[string, readonly string[], string | string[] | undefined, string]>([
    ["nobody is believed who was not named", [], "203.0.113.9", "127.0.0.1"],
    ["a proxy elsewhere is not this one", ["10.0.0.0/8"], "203.0.113.9", "127.0.0.1"],
    ["a believed one says where its client is", ["loopback"], "203.0.113.9", "203.0.113.9"],
    ["what the client itself wrote stands further left", ["loopback"], "1.1.1.1, 203.0.113.9", "203.0.113.9"],
    ["… also in a header of its own", ["loopback"], ["1.1.1.1", "203.0.113.9"], "203.0.113.9"],
    ["… also as the proxy's own address", ["loopback"], "127.0.0.1, 203.0.113.9", "203.0.113.9"],
    ["two proxies, both named", ["127.0.0.1", "10.0.0.0/8"], "1.1.1.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"],
    ["a believed one that says nothing", ["loopback"], undefined, "127.0.0.1"],
    ["… or nothing but itself", ["loopback"], "127.0.0.1", "127.0.0.1"],
    ["IPv6", ["loopback"], "2001:db8::9", "2001:db8::9"],
  ])("%s", async (_, proxies, forwarded, address) =>
    expect(await seen(proxies, forwarded)).toEqual({ plain: address, upgraded: address }),
  );

  test("a setting that is no address is told", () => {
    expect(() => trustProxies(["proxy.example.org"])).toThrow(TypeError);
    expect(() => trustProxies(["10.0.0.0/99"])).toThrow(TypeError);
  });
});
