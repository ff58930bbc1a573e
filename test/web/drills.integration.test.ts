/** The reading drills in a real browser on the real server with its offline engines: recordings spoken into the page. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { sticksOut } from "./accessible.ts";
import { openSite } from "./site.ts";
import { heard, holdAndSpeak, isLive } from "./visits.ts";

const site = openSite();

const phone = { viewport: { width: 380, height: 800 } };

/** Opens the page as on a phone. */
async function open(context = {}): Promise<Page> {
  const page = await site.visits.open(site.server.url, { context: { ...phone, ...context } });
  // Folded as long as nobody asks.
  await page.locator("#adjust summary").click();
  return page;
}

/** Starts, holds the button while the recording is spoken, and waits for the verdict. */
async function read(page: Page, recording: string): Promise<void> {
  await page.getByRole("button", { name: "Start" }).click();
  await isLive(page);
  await expect.poll(() => page.locator("#sentence").textContent()).not.toBe("");
  await holdAndSpeak(page, recording);
  await page.locator("#words li").first().waitFor();
}

const text = (page: Page, selector: string) => page.locator(selector).textContent();
const shows = (page: Page, selector: string, words: string) =>
  expect.poll(() => text(page, selector)).toBe(words);

describe("the drills on the page", () => {
  test.each([
    // The one that goes wrong first: what went wrong comes again at the next round's beginning.
    [
      "lice-slt.wav",
      "substituted",
      /^Heard “lice” instead, (only just|fairly clearly|clearly)\. 0 of 1 right/,
    ],
    ["rice-slt.wav", "correct", /^Heard “rice”, (only just|fairly clearly|clearly)\. 1 of 1 right/],
  ])("a word of a pair: %s is %s", async (recording, verdict, told) => {
    const page = await open();
    await page.getByText("Word pairs", { exact: true }).click();
    await page.getByLabel("Words", { exact: true }).selectOption("r/l");
    await read(page, recording);
    await shows(page, "#reading-label", "How “rice” came out");
    await expect.poll(() => page.locator("#words li").getAttribute("class")).toBe(verdict);
    await expect.poll(() => text(page, "#score")).toMatch(told);
    // From the other word, on the left, to the one that was asked for.
    const side = () =>
      page
        .locator("#measure .mark")
        .evaluate((mark) => [
          Number.parseFloat((mark as HTMLElement).style.left) > 50,
          mark.matches(".within"),
        ]);
    await expect.poll(side).toEqual(verdict === "correct" ? [true, true] : [false, false]);
    // After a right word the other one is asked for; else the same once more.
    const next =
      verdict === "correct"
        ? ["lice", "Say this word, not “rice”"]
        : ["rice", "Once more: say this word, not “lice”"];
    await expect
      .poll(async () => [await text(page, "#sentence"), await text(page, "#drill-label")])
      .toEqual(next);
    expect(await sticksOut(page)).toBe(0);
  });

  test("a pace, of a text of one's own", async () => {
    const page = await open();
    await page.getByText("Pace", { exact: true }).click();
    await page.getByLabel("Or a text of your own").fill("The quick brown fox jumps over the lazy dog.");
    await expect.poll(() => page.getByLabel("Level", { exact: true }).isDisabled()).toBe(true);
    await read(page, "fox-slt.wav");
    await expect
      .poll(() => text(page, "#score"))
      .toMatch(
        /^(1[6-9]|2\d)\d words a minute: faster than asked \(130 ± 20\)\. (Every word right|\d of 9 words right)\.$/,
      );
    await expect.poll(() => page.locator("#words li").count()).toBe(9);
    await expect.poll(() => page.locator("#measure .mark:not(.within)").count()).toBe(1);
    await shows(page, "#drill-label", "Once more: read it at 130 words a minute (± 20)");
    expect(await sticksOut(page)).toBe(0);
  });

  test.each([
    ["import-first.wav", "Heard: IM-port. Every word right.", "Once more: read it, and stress im-PORT"],
    ["import-second.wav", "Heard: im-PORT. Every word right.", "Read it, and stress re-CORD"],
  ])("the stress of a word: %s", async (recording, told, next) => {
    const page = await open();
    await page.getByText("Stress and melody", { exact: true }).click();
    await page.getByLabel("What", { exact: true }).selectOption("stress");
    await read(page, `prosody/${recording}`);
    await shows(page, "#score", told);
    await shows(page, "#drill-label", next);
    expect(await sticksOut(page)).toBe(0);
  });

  test.each([
    [
      "fox-half-slt.wav",
      "5 of 5 words right. You stopped after “jumps”; what comes behind it does not count.",
      "not read",
      4,
    ],
    ["fox-again-slt.wav", "Every word right.", "said again", 2],
  ])("what is no slip is told as such: %s", async (recording, told, label, count) => {
    const page = await open();
    await page.getByLabel("Or a sentence of your own").fill("The quick brown fox jumps over the lazy dog.");
    await read(page, recording);
    await shows(page, "#score", told);
    await expect.poll(() => page.locator("#words li.exempt", { hasText: label }).count()).toBe(count);
    await expect.poll(() => page.locator("#words li.inserted, #words li.omitted").count()).toBe(0);
    expect(await sticksOut(page)).toBe(0);
  });

  test("what is asked for can be changed under way, and is then said", async () => {
    const page = await open();
    await page.getByRole("button", { name: "Start" }).click();
    await isLive(page);
    await expect.poll(() => text(page, "#sentence")).toMatch(/quick brown fox/);
    await expect.poll(async () => (await heard(page)).loudMs).toBeGreaterThan(500);
    await page.getByText("Change the drill").click();
    await page.getByText("Word pairs", { exact: true }).click();
    await page.getByLabel("Words", { exact: true }).selectOption("v/w");
    await page.getByRole("button", { name: "Practise this" }).click();
    await expect.poll(() => text(page, "#sentence")).toBe("vest");
    await shows(page, "#drill-label", "Say this word, not “west”");
    await expect.poll(() => text(page, "#log .coach")).toMatch(/vest/);
    await page.getByRole("button", { name: "Skip" }).click();
    await expect.poll(() => text(page, "#sentence")).toBe("vine");
    expect(await page.locator("#notice").isVisible()).toBe(false);
    await page.locator("#change:not([open])").waitFor();
  });

  test("in French there are French words, and it is said that it is less sure", async () => {
    const page = await open({ locale: "fr-CA" });
    await expect.poll(() => page.getByLabel("Langue", { exact: true }).inputValue()).toBe("fr-CA");
    await page.getByText("Paires de mots", { exact: true }).click();
    await page.getByLabel("Mots", { exact: true }).selectOption({ label: "vin – vent" });
    await expect
      .poll(() => text(page, "#drill-hears"))
      .toMatch(/ne vous est pas compté.*En français il est moins sûr/);
    await page.getByRole("button", { name: "Commencer" }).click();
    await isLive(page);
    await expect.poll(() => text(page, "#sentence")).toBe("vin");
    await page.locator("#sentence[lang=fr-CA]").waitFor();
  });

  test("levels are those that there are; all is reached by keyboard", async () => {
    const page = await open();
    await page.getByLabel("Sound", { exact: true }).selectOption("ng");
    await expect
      .poll(() => page.getByLabel("Level", { exact: true }).locator("option").allTextContents())
      .toEqual(["Any", "2 · medium"]);
    const order = [
      "persona",
      "start",
      "adjust",
      "language",
      "interface",
      "voice",
      "speed",
      "microphone",
      "captions",
      "kind",
      "focus",
      "level",
      "own-text",
    ];
    const focused = () =>
      page.evaluate(
        () =>
          (document.activeElement as HTMLInputElement | null)?.name ||
          document.activeElement?.id ||
          document.activeElement?.parentElement?.id,
      );
    // The voices come once the server has told them.
    await page.locator("#voice").waitFor();
    await page.locator("input[name=persona]").first().focus();
    const seen = [await focused()];
    for (const _ of order.slice(1)) {
      await page.keyboard.press("Tab");
      seen.push(await focused());
    }
    expect(seen).toEqual(order);
    await page.keyboard.press("Enter");
    await isLive(page);
    await expect.poll(focused).toBe("talk");
  });
});
