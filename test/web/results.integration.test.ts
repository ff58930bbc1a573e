/** What is shown, heard and taken away after a talk or a conversation, in a real browser on the real server. */
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { dice, filler, withFilledPause } from "../../eval/fluency/splice.ts";
import { readWav } from "../../src/client/wav.ts";
import { sticksOut } from "./accessible.ts";
import { listenTo, measurePlayers } from "./players.ts";
import { openSite } from "./site.ts";
import { heard, isLive, isPressed, quick, speakPcm } from "./visits.ts";

const site = openSite();

const phone = { viewport: { width: 390, height: 844 } };

async function start(persona: string): Promise<Page> {
  const page = await site.visits.open(site.server.url, { context: phone });
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await measurePlayers(page);
  await page.getByText(persona, { exact: true }).click();
  await page.getByRole("button", { name: "Start" }).click();
  await isLive(page);
  await expect.poll(() => page.locator("#log .coach").count()).toBe(1);
  return page;
}

/** Types a turn and waits for the answer to begin. */
async function type(page: Page, words: string): Promise<void> {
  const before = await page.locator("#log .coach").count();
  await page.getByLabel("Type instead of speaking").fill(words);
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator("#log .coach").count()).toBeGreaterThan(before);
}

/** Speaks a sentence with an um in its middle, the space bar held. */
async function hesitate(page: Page): Promise<void> {
  const folder = new URL("../fixtures/speech/", import.meta.url);
  const read = async (name: string) => readWav(await readFile(new URL(name, folder)));
  const [talk, um] = await Promise.all([read("half-slt.wav"), read("um-slt.wav")]);
  const { pcm, rate } = withFilledPause(talk, filler(um, 500), dice(3));
  await page.keyboard.down("Space");
  await isPressed(page, true);
  await speakPcm(page, pcm, rate, quick);
  await page.keyboard.up("Space");
}

test("[PG31] [PG32] a talk's feedback has moments that can be heard, and can be shared, copied and rated", async () => {
  const page = await start("Rehearse a talk");
  // A greeting that is cut off before any of it was heard was never said.
  await expect.poll(async () => (await heard(page)).loudMs).toBeGreaterThan(1_000);
  await hesitate(page);
  // Its words are known.
  await page.locator("#log .you:not(.live)").waitFor();
  await type(page, "Feedback, please.");
  await page.getByRole("button", { name: "Yes, end here" }).click();
  await page.getByRole("heading", { name: "How it went" }).waitFor();
  const report = page.locator("#report-text");
  await expect
    .poll(() => report.innerText())
    .toMatch(/How you spoke[\s\S]*Moments to hear again[\s\S]*Hesitations[\s\S]*Kuku's note/);
  await expect.poll(() => report.innerText()).not.toMatch(/breakthrough|saw anew|plan/i);
  await expect.poll(() => page.locator("#report .result-figures").innerText()).toMatch(/semitones of melody/);
  // The um, with what was said around it; not the whole take.
  const name = await report
    .getByRole("button", { name: /^Hear yourself at 0:0\d$/ })
    .first()
    .getAttribute("aria-label");
  const length = await listenTo(page, name ?? "");
  expect(length).toBeGreaterThan(0.5);
  expect(length).toBeLessThan(5);

  await page.getByRole("button", { name: "Copy the transcript" }).click();
  await page.getByText("Copied.").waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toMatch(/^\[[\d:]+ ?[AP]?M?\] Kuku: .+\n\[[\d:]+ ?[AP]?M?\] You: .+\n/);
  expect(copied).toContain("You: Feedback, please.");
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Share as a file" }).click();
  const file = await downloading;
  expect(file.suggestedFilename()).toMatch(/^kuku-\d{4}-\d\d-\d\d\.html$/);
  const html = await readFile(await file.path(), "utf8");
  expect(html).toContain("Feedback, please.");
  expect(html).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
  await page.getByRole("button", { name: "4 stars" }).click();
  await page.getByText("Thank you.").waitFor();
  await expect.poll(() => sticksOut(page)).toBe(0);
});

test("[PG31] a conversation's results begin with the plan, and an interview's tell the questions that were answered", async () => {
  const page = await start("Conversation");
  await type(page, "I want to talk about the talk I give on Friday.");
  await type(page, "I will rehearse the opening on Thursday. Let's wrap up.");
  await page.getByRole("button", { name: "Yes, end here" }).click();
  await page.getByRole("heading", { name: "What you take with you" }).waitFor();
  await expect
    .poll(() => page.locator("#report-text").innerText())
    .toMatch(/^Your plan\s+Rehearse the opening[\s\S]*What you talked about[\s\S]*Kuku's note/);
  await page.getByRole("button", { name: "Back" }).click();
  await page.getByText("Job interview", { exact: true }).click();
  await page.getByRole("button", { name: "Start" }).click();
  await isLive(page);
  await expect.poll(() => page.locator("#log .coach").count()).toBe(1);
  await type(page, "I have worked in logistics for ten years, and I like trains.");
  await page.getByRole("button", { name: "End", exact: true }).click();
  await page.getByRole("heading", { name: "How it went" }).waitFor();
  await expect
    .poll(() => page.locator("#report-text").innerText())
    .toMatch(/Questions you answered\s+Answered: "Tell me about yourself[\s\S]*Kuku's note/);
  await page.getByRole("button", { name: "Once more" }).click();
  await isLive(page);
});
