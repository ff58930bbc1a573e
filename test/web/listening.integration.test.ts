/** One's own voice beside the coach's, after a reading: heard, and drawn. Sound is listened to. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { sticksOut } from "./accessible.ts";
import { listenTo, measured, measurePlayers } from "./players.ts";
import { openSite } from "./site.ts";
import { holdAndSpeak, isLive } from "./visits.ts";

const site = openSite();

const phone = { viewport: { width: 390, height: 844 } };

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
  const page = await site.visits.open(site.server.url, { context: phone });
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
