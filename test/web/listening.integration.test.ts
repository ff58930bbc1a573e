/** One's own voice beside the coach's, after a reading: heard, and drawn. Sound is listened to. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../support/test-database.ts";
import { sticksOut } from "./accessible.ts";
import { unpackChromium } from "./chromium.ts";
import { type Served, serve } from "./serve.ts";
import { heard, holdAndSpeak, isLive, openVisits, type Visits } from "./visits.ts";

let visits: Visits;
let server: Served;
beforeAll(async () => {
  visits = await openVisits();
  await unpackChromium();
  server = await serve(visits.folder, { DATABASE_URL: await testDatabase() });
});
afterEach(() => visits.leave());
afterAll(async () => {
  await server?.stop();
  await visits.close();
});

const phone = { viewport: { width: 390, height: 844 } };

interface Measured {
  /** Of the recordings that were played to their end, s. */
  readonly lengths: number[];
  /** Messages that the page has sent to the server, and those of them while a recording sounded. */
  readonly sent: { all: number; whilePlaying: number };
}

const measured = (page: Page) => page.evaluate(() => (window as unknown as { measured: Measured }).measured);

/** Has recordings that the page plays measured, too. */
const measurePlayers = (page: Page) =>
  page.evaluate(() => {
    const { play } = HTMLMediaElement.prototype;
    const { send } = WebSocket.prototype;
    const players = new Set<HTMLMediaElement>();
    const measured: Measured = { lengths: [], sent: { all: 0, whilePlaying: 0 } };
    Object.assign(window, { measured });
    HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
      if (!players.has(this)) {
        players.add(this);
        const context = new AudioContext();
        context.createMediaElementSource(this).connect(context.destination);
        this.addEventListener("ended", () => measured.lengths.push(this.duration));
      }
      return play.call(this);
    };
    WebSocket.prototype.send = function (this: WebSocket, data: Parameters<typeof send>[0]) {
      measured.sent.all++;
      if ([...players].some(({ paused }) => !paused)) measured.sent.whilePlaying++;
      return send.call(this, data);
    };
  });

/** Presses a button whose recording is then heard; returns its length, s. */
async function listenTo(page: Page, name: string): Promise<number> {
  const before = (await heard(page)).loudMs;
  const count = (await measured(page)).lengths.length;
  await page.getByRole("button", { name, exact: true }).click();
  await expect.poll(async () => (await measured(page)).lengths.length).toBe(count + 1);
  await expect.poll(async () => (await heard(page)).loudMs).toBeGreaterThan(before);
  return (await measured(page)).lengths.at(-1) ?? 0;
}

/** Reads the first sentence of a round, with slips. */
async function readSentence(page: Page): Promise<void> {
  await page.getByText("Read aloud", { exact: true }).click();
  await page.getByRole("button", { name: "Start" }).click();
  await isLive(page);
  await page.locator("#sentence").waitFor();
  await holdAndSpeak(page, "fox-misread-slt.wav");
  await page.locator("#words li").first().waitFor();
}

test("[PG30] a reading is heard beside the coach's, whole and word by word, and its melody is drawn over the coach's", async () => {
  const page = await visits.open(server.url, { context: phone });
  await measurePlayers(page);
  await readSentence(page);

  const own = await listenTo(page, "Hear how you said it");
  const coach = await listenTo(page, "Hear how Kuku says it");
  expect(Math.min(own, coach)).toBeGreaterThan(1.5);
  await page.locator("#words button").first().click();
  await page.locator("#word-listen").getByText("The", { exact: true }).waitFor();
  const words = [
    await listenTo(page, "Hear how you said it: The"),
    await listenTo(page, "Hear how Kuku says it: The"),
  ];
  expect(Math.max(...words)).toBeLessThan(0.7);

  await page.getByText("Your melody beside Kuku's").click();
  await page.locator(".contours").waitFor();
  await expect.poll(() => page.locator(".contour-words > span").allInnerTexts()).toHaveLength(9);
  await expect.poll(() => page.locator(".contours polyline.own").count()).toBeGreaterThan(4);
  await expect.poll(() => page.locator(".contours polyline.model").count()).toBeGreaterThan(4);
  await expect
    .poll(() => page.locator(".contours figcaption").innerText())
    .toMatch(/^Farthest apart at “\w+”: you .*(rising|falling|level); Kuku (rising|falling|level)\.|follows/);
  await page.getByText("The same in words").click();
  const rows = page.locator(".contours tbody tr");
  await expect
    .poll(() => rows.first().innerText())
    .toMatch(/^The\s+([+-]?\d+, (rising|falling|level)|no voice)\s/);
  await expect.poll(() => sticksOut(page)).toBe(0);

  // Hands-free, what is played is no turn: the microphone's fifty frames a second stay here.
  await page.getByLabel("Hands-free").click();
  const { all } = (await measured(page)).sent;
  await expect.poll(async () => (await measured(page)).sent.all).toBeGreaterThan(all + 10);
  const before = (await measured(page)).sent.whilePlaying;
  await listenTo(page, "Hear how Kuku says it");
  expect((await measured(page)).sent.whilePlaying - before).toBeLessThan(15);

  // In the results, too: of the words to work on.
  await page.getByRole("button", { name: "End", exact: true }).click();
  await page.getByRole("heading", { name: "Your round" }).waitFor();
  const slip = await page.locator(".to-work-on b").first().innerText();
  expect(await listenTo(page, `Hear how Kuku says it: ${slip}`)).toBeLessThan(1);
});
