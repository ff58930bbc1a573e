import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, expect, test } from "vitest";
import { manualClock, systemClock } from "../../../src/lib/clock.ts";
import { ConfigError } from "../../../src/server/config/config.ts";
import { ownCertificate } from "../../../src/server/http/certificate.ts";
import { echoSessions, testServer } from "../support.ts";

const folder = mkdtempSync(join(tmpdir(), "kuku-tls-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a certificate made on the spot names this machine, is kept, and is renewed before it ends", async () => {
  const first = await ownCertificate(folder, systemClock);
  const certificate = new X509Certificate(first.cert);
  expect(certificate.checkHost("localhost")).toBe("localhost");
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(statSync(join(folder, "tls/key.pem")).mode & 0o777).toBe(0o600);
  expect(await ownCertificate(folder, systemClock)).toEqual(first);
  const later = manualClock(systemClock.wallTime() + 396 * 86_400_000);
  expect((await ownCertificate(folder, later)).cert).not.toBe(first.cert);
});

test("with a certificate the server speaks https and wss", async () => {
  const tls = await ownCertificate(folder, systemClock);
  const server = await testServer({ open: echoSessions().open, config: { tls } });
  expect(server.url).toMatch(/^https:/);
  const health = await new Promise<string>((resolve, reject) => {
    const sent = request(`${server.url}/health`, { ca: tls.cert }, (response) => resolve(text(response)));
    sent.on("error", reject);
    sent.end();
  });
  expect(JSON.parse(health)).toEqual({ status: "healthy" });
  const client = await server.connect({ protocols: ["kuku.v1"], origin: server.url });
  await client.roundTrip();
  await server.dispose();
});

test("a certificate that is none is answered by its variable", async () => {
  const started = testServer({ open: echoSessions().open, config: { tls: { cert: "no", key: "no" } } });
  await expect(started).rejects.toThrow(ConfigError);
  await expect(started).rejects.toThrow(/^TLS_CERT, TLS_KEY:/);
});
