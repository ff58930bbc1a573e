/** The ends of a session that nobody asked for: announced, explained, and begun again from; a real browser on the real server. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { reservePort } from "../support/reserve-port.ts";
import { testDatabase } from "../support/test-database.ts";
import { type ServedHere, scriptedEngines, serveHere } from "./serve.ts";
import { isLive, openVisits, type Visits } from "./visits.ts";

let visits: Visits;
let DATABASE_URL: string;
beforeAll(async () => {
  [visits, DATABASE_URL] = await Promise.all([openVisits(), testDatabase()]);
});
afterAll(() => visits.close());

/** Starts a server with these limits. */
async function serveWith(
  { onTestFinished }: Pick<TestContext, "onTestFinished">,
  limits: Record<string, string>,
): Promise<ServedHere> {
  const server = await serveHere(visits.folder, { ...scriptedEngines, DATABASE_URL, ...limits });
  onTestFinished(server.stop);
  return server;
}

/** Opens the first page and begins a session. */
async function begin({ url }: ServedHere): Promise<Page> {
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
  await page.waitForFunction(
    (id) => ![undefined, id].includes(JSON.parse(localStorage.getItem("kuku.open") ?? "null")?.sessionId),
    before,
  );
  await page.getByRole("alert").waitFor({ state: "hidden" });
}

// Side by side: each waits for a limit in real time.

test.concurrent("[PG33] before the idle limit the page asks; a press keeps the session, and without one it says why it ended", async (context) => {
  const page = await begin(await serveWith(context, { IDLE_TIMEOUT_SECONDS: "12" }));
  const asked = page.getByText("Are you still there?");
  await page.getByRole("button", { name: "I'm still here" }).click();
  await asked.waitFor({ state: "hidden" });
  await asked.waitFor();
  await isClosed(page);
  await page.getByText("because nothing was said for a while").waitFor();
  await startAnew(page);
});

test.concurrent("[PG33] before the longest duration is over the page says so, and why the session has ended", async (context) => {
  const page = await begin(await serveWith(context, { MAX_SESSION_MINUTES: "0.2" }));
  await page.getByText("This session ends in").waitFor();
  await isClosed(page);
  await page.getByText("has reached its longest duration").waitFor();
  await startAnew(page);
});

test.concurrent("[PG33] a session that has ended while its connection was gone is not replaced unasked", async (context) => {
  const settings = { PORT: String(await reservePort()), RESUME_GRACE_SECONDS: "1" };
  const server = await serveWith(context, settings);
  const page = await begin(server);
  const sessionId = await sessionOf(page);
  // Stopped in good order it lets the session go at once, for the next one to have it.
  await server.stop();
  await isClosed(page);
  await serveWith(context, settings);
  const ended = await page.request.post(`${server.url}api/sessions/${sessionId}/end`, { data: {} });
  expect(ended.status()).toBe(200);
  await page.getByRole("button", { name: "Reconnect" }).click();
  await page.getByText("That session has ended meanwhile").waitFor();
  await startAnew(page);
});
