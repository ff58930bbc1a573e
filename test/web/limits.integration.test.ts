/** The ends of a session that nobody asked for: announced, explained, and begun again from; a real browser on the real server. */
import { once } from "node:events";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { reservePort } from "../support/reserve-port.ts";
import { testDatabase } from "../support/test-database.ts";
import { unpackChromium } from "./chromium.ts";
import { type Served, scriptedEngines, serve } from "./serve.ts";
import { isLive, openVisits, type Visits } from "./visits.ts";

let visits: Visits;
let DATABASE_URL: string;
const servers: Served[] = [];
beforeAll(async () => {
  visits = await openVisits();
  await unpackChromium();
  DATABASE_URL = await testDatabase();
});
afterEach(async () => {
  await visits.leave();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
afterAll(() => visits.close());

/** Starts a server with these limits. */
async function serveWith(limits: Record<string, string>): Promise<Served> {
  const server = await serve(visits.folder, { ...scriptedEngines, DATABASE_URL, ...limits });
  servers.push(server);
  return server;
}

/** Opens the first page and begins a session. */
async function begin({ url }: Served): Promise<Page> {
  const page = await visits.open(url);
  await page.getByText("Conversation", { exact: true }).click();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await isLive(page);
  return page;
}

const isClosed = (page: Page) => page.waitForFunction(() => document.body.dataset.phase === "closed");
const sessionOf = (page: Page) =>
  page.evaluate(
    () => JSON.parse(localStorage.getItem("kuku.open") ?? "null")?.sessionId as string | undefined,
  );

/** Begins anew as the notice offers; another session is live then. */
async function startAnew(page: Page): Promise<void> {
  const before = await sessionOf(page);
  await page.getByRole("button", { name: "Start anew" }).click();
  await isLive(page);
  await expect.poll(() => sessionOf(page)).not.toBe(before);
  await page.getByRole("alert").waitFor({ state: "hidden" });
}

test("[PG33] before the idle limit the page asks; a press keeps the session, and without one it says why it ended", async () => {
  const page = await begin(await serveWith({ IDLE_TIMEOUT_SECONDS: "12" }));
  const asked = page.getByText("Are you still there?");
  await page.getByRole("button", { name: "I'm still here" }).click();
  await asked.waitFor({ state: "hidden" });
  await asked.waitFor();
  await isClosed(page);
  await page.getByText("because nothing was said for a while").waitFor();
  await startAnew(page);
});

test("[PG33] before the longest duration is over the page says so, and why the session has ended", async () => {
  const page = await begin(await serveWith({ MAX_SESSION_MINUTES: "0.2" }));
  await page.getByText("This session ends in").waitFor();
  await isClosed(page);
  await page.getByText("has reached its longest duration").waitFor();
  await startAnew(page);
});

test("[PG33] a session that has ended while its connection was gone is not replaced unasked", async () => {
  const settings = { PORT: String(await reservePort()), RESUME_GRACE_SECONDS: "1" };
  const server = await serveWith(settings);
  const page = await begin(server);
  const sessionId = await sessionOf(page);
  // Stopped in good order it lets the session go at once, for the next one to have it.
  server.process.kill("SIGTERM");
  await once(server.process, "exit");
  await isClosed(page);
  await serveWith(settings);
  const ended = await page.request.post(`${server.url}api/sessions/${sessionId}/end`, { data: {} });
  expect(ended.status()).toBe(200);
  await page.getByRole("button", { name: "Reconnect" }).click();
  await page.getByText("That session has ended meanwhile").waitFor();
  await startAnew(page);
});
