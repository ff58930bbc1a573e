/**
 * The README's pictures, taken of the pages in use: `npm run screenshots` writes them to docs/screenshots; otherwise they
 * are taken into a folder that goes again, so that the command keeps working.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { meRoutes } from "../../src/server/api/accounts/me.ts";
import { reservePort } from "../support/reserve-port.ts";
import { startRest } from "../support/rest.ts";
import { testDatabase } from "../support/test-database.ts";
import { practised } from "./history.ts";
import { scriptedEngines, serve } from "./serve.ts";
import { isLive, isPressed, openVisits, speak, type Visits } from "./visits.ts";

const wide = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const mostBytes = 150_000;

const kept = process.env.SCREENSHOTS;
const folder = kept ?? mkdtempSync(join(tmpdir(), "kuku-screenshots-"));
let visits: Visits;
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  visits = await openVisits();
});
afterEach(() => visits.leave());
afterAll(async () => {
  await visits.close();
  if (!kept) rmSync(folder, { recursive: true });
});

/** Takes a page as on a desk and as on a phone. */
async function take(page: Page, name: string): Promise<void> {
  for (const [size, viewport] of Object.entries({ wide, phone })) {
    await page.setViewportSize(viewport);
    const path = join(folder, `${name}-${size}.png`);
    await page.screenshot({ path, animations: "disabled" });
    expect(statSync(path).size, path).toBeLessThan(mostBytes);
  }
}

const level = (page: Page) =>
  page.evaluate(() => document.querySelector<HTMLMeterElement>("#your-level")?.value ?? 0);

test("practice while speaking, and the results", async () => {
  const server = await serve(visits.folder, { DATABASE_URL: await testDatabase() });
  onTestFinished(() => server.stop());
  const page = await visits.open(server.url, { context: { viewport: wide, reducedMotion: "reduce" } });
  await page.getByText("Read aloud", { exact: true }).click();
  await page.getByRole("button", { name: "Start" }).click();
  await isLive(page);
  await page.locator("#sentence").waitFor();
  await page.keyboard.down("Space");
  await isPressed(page, true);
  const spoken = speak(page, "fox-misread-slt.wav");
  // The voice's shape is there by now, and as soon as the machine has them the words, pace and loudness.
  await expect.poll(() => level(page)).toBeGreaterThan(0.5);
  await Promise.race([page.locator("#log .live").waitFor(), spoken]);
  await take(page, "practice");
  await spoken;
  await page.keyboard.up("Space");
  await page.locator("#words li").first().waitFor();
  await page.getByRole("button", { name: "End", exact: true }).click();
  await page.locator("#results").waitFor();
  await take(page, "results");
});

test("progress", async () => {
  const rest = await startRest({
    moreRoutes: (app) =>
      meRoutes(app, { mode: "none", signUp: "closed", guests: undefined }, undefined, {
        publicUrl: undefined,
        tls: false,
        allowedOrigins: [],
        loopbackOnly: true,
      }),
  });
  onTestFinished(() => rest.close());
  for (let number = 1; number <= 40; number++)
    await practised(rest, number, number - 1 + Math.floor(number / 5), [
      { score: Math.min(1, 0.6 + (40 - number) / 80), slips: number % 3 === 0 ? ["door"] : ["cat"] },
      { text: "She sells sea shells.", score: number > 12 ? 0.75 : 1, slips: number > 12 ? ["shells"] : [] },
    ]);
  const page = await visits.open(`${rest.server.url}/progress.html`, { context: { viewport: wide } });
  await page.locator("#sessions li").first().waitFor();
  await take(page, "progress");
});

test("administration", async () => {
  const DATABASE_URL = await testDatabase();
  const access = { AUTH: "accounts", AUTH_SECRET: "s".repeat(32), VERIFY_EMAIL: "0" };
  const PORT = String(await reservePort());
  const server = await serve(visits.folder, { ...scriptedEngines, ...access, DATABASE_URL, PORT });
  onTestFinished(() => server.stop());
  const home = server.url.replace("127.0.0.1", "localhost");
  const origin = home.slice(0, -1);
  const password = "correct horse battery";
  const cookies: string[] = [];
  for (const name of ["Ada Admin", "Ben Osei", "Chloé Martin"]) {
    const body = JSON.stringify({ name, email: `${name.slice(0, 3).toLowerCase()}@example.org`, password });
    const headers = { "content-type": "application/json", origin };
    const answer = await fetch(`${home}api/auth/sign-up/email`, { method: "POST", headers, body });
    expect(answer.status).toBe(200);
    cookies.push(
      answer.headers
        .getSetCookie()
        .map((cookie) => cookie.split(";")[0])
        .join("; "),
    );
  }
  const db = new pg.Client({ connectionString: DATABASE_URL });
  await db.connect();
  await db.query("update kuku.users set role = 'admin' where name like 'Ada%'");
  await db.end();
  for (const [at, persona] of ["kuku", "reader"].entries()) {
    const headers = { cookie: cookies[at + 1], origin };
    const address = `${home.replace("http", "ws")}v1/realtime?model=${persona}`;
    const socket = new WebSocket(address, ["kuku.v1"], { headers });
    onTestFinished(() => socket.terminate());
  }
  const page = await visits.open(`${home}admin.html`, { context: { viewport: wide, locale: "en-GB" } });
  await page.locator(".card:visible").getByLabel("E-mail address").fill("ada@example.org");
  await page.locator(".card:visible").getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect.poll(() => page.getByRole("row").count()).toBe(3);
  await take(page, "administration");
});
