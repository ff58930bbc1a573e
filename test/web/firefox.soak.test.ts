/** The first page's main ways in a second engine, on the real server; sound is listened to. */
import type { Page } from "puppeteer-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasFirefox, launchFirefox, openPage } from "./firefox.ts";
import { openSite } from "./site.ts";
import { beSpokenTo, heard, listen, speak } from "./visits.ts";

/** Waits until a text is in sight. */
const says = (page: Page, text: string) =>
  page.waitForFunction((wanted) => document.body.innerText.includes(wanted), {}, text);

const press = (page: Page, selector: string) => page.locator(selector).click();
const button = (name: string) => `::-p-aria([name="${name}"][role="button"])`;

const isLive = (page: Page) => page.waitForFunction(() => document.body.dataset.phase === "live");

async function start(page: Page, persona: string): Promise<void> {
  await press(page, `label:has(> input[value=${persona}])`);
  await press(page, "#start");
  await isLive(page);
}

async function type(page: Page, words: string): Promise<void> {
  await page.locator("#typed").fill(words);
  await page.focus("#typed");
  await page.keyboard.press("Enter");
  await page.waitForFunction(
    (said) =>
      [...document.querySelectorAll("#log .you")].some(
        (turn) => turn.textContent.includes(said) && turn.parentElement?.querySelector(".you ~ .coach"),
      ),
    {},
    words,
  );
}

/** Waits until the coach has been heard for so long after a moment of before, ms. */
const isHeard = (page: Page, ms: number, since = 0) =>
  expect.poll(async () => (await heard(page)).loudMs - since).toBeGreaterThan(ms);

const isTurnOfTheUser = (page: Page) =>
  page.waitForFunction(() => document.querySelector("#status")?.textContent.startsWith("Your turn"));

const sessionOf = (page: Page) =>
  page.evaluate(
    () => JSON.parse(localStorage.getItem("kuku.open") ?? "null")?.sessionId as string | undefined,
  );

const title = "the first page in Firefox";
describe.skipIf(!hasFirefox)(
  hasFirefox ? title : `${title} (skipped: no firefox-esr on this machine)`,
  () => {
    const site = openSite();
    async function open(microphone: "allowed" | "denied", scripts = [listen, beSpokenTo]) {
      const browser = await launchFirefox(microphone);
      onTestFinished(() => browser.close());
      const page = await openPage(browser, site.server.url, scripts);
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(String(error)));
      page.on("console", (message) => {
        if (message.type() === "error") faults.push(message.text());
      });
      return { page, faults };
    }

    test("[PG35] a first visit tries the microphone, and speaks another language where that is chosen", async () => {
      const { page, faults } = await open("allowed", [listen]);
      await press(page, button("Check it"));
      await says(page, "That can be heard well.");
      await press(page, "#adjust summary");
      await page.locator("#interface").fill("fr");
      await says(page, "Commencer");
      await page.reload();
      await says(page, "Commencer");
      expect(await page.evaluate(() => document.documentElement.lang)).toBe("fr");
      expect(faults).toEqual([]);
    });

    test("[PG35] a sentence is heard, the coach interrupted, the sentence read, judged and gone back to in the results", async () => {
      const { page, faults } = await open("allowed");
      await start(page, "reader");
      await page.waitForSelector("#sentence");
      await isHeard(page, 300);
      await page.keyboard.press("Escape");
      await isTurnOfTheUser(page);
      const since = (await heard(page)).loudMs;
      await page.keyboard.down(" ");
      await page.waitForSelector("#talk[aria-pressed=true]");
      await speak(page, "fox-misread-slt.wav");
      await page.keyboard.up(" ");
      await page.waitForSelector("#words li");
      await isHeard(page, 300, since);
      await press(page, "#end");
      await says(page, "Your round");
      await says(page, "To work on");
      expect(faults).toEqual([]);
    });

    test("[PG35] a conversation is gone on with after a reload", async () => {
      const { page, faults } = await open("allowed");
      await start(page, "kuku");
      await type(page, "I want to talk about the talk I give on Friday.");
      const id = await sessionOf(page);
      await page.reload();
      await press(page, button("Go on"));
      await isLive(page);
      expect(await sessionOf(page)).toBe(id);
      await says(page, "on Friday");
      await type(page, "My goal is to open without notes.");
      await isHeard(page, 300);
      expect(faults).toEqual([]);
    });

    test("[PG35] without leave to use the microphone what is typed is answered by voice", async () => {
      const { page, faults } = await open("denied");
      await start(page, "kuku");
      await says(page, "blocked for this page");
      await isHeard(page, 300);
      const since = (await heard(page)).loudMs;
      await type(page, "I want to sleep better.");
      await isHeard(page, 300, since);
      expect(faults).toEqual([]);
    });
  },
);
