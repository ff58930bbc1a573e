/** What the coach does beside talking, in a real browser on the real server: stages, the end, help, the report. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { testDatabase } from "../support/test-database.ts";
import { sticksOut } from "./accessible.ts";
import { scriptedEngines, serveHere } from "./serve.ts";
import { openSite } from "./site.ts";
import { isLive } from "./visits.ts";

const site = openSite();

const boss = {
  id: "boss",
  name: "My boss",
  flow: "interview",
  language: "de-DE",
  voices: ["default"],
  greets: true,
  turnTaking: "patient",
  questions: { en: ["What did you do this week?"] },
  instructions: "You are a boss.",
};
async function start(persona: string, locale = "en-US", { url } = site.server): Promise<Page> {
  // The page in English, whatever is talked.
  const localStorage = [{ name: "kuku.interface", value: "en" }];
  const storageState = { cookies: [], origins: [{ origin: new URL(url).origin, localStorage }] };
  const context = { viewport: { width: 380, height: 800 }, locale, storageState };
  const page = await site.visits.open(url, { context });
  await page.getByText(persona, { exact: true }).click();
  await page.getByRole("button", { name: "Start" }).click();
  await isLive(page);
  await isAnswering(page.locator("#log .coach"));
  return page;
}

/** Waits until the coach is heard to say something. */
async function isAnswering(reply: Locator): Promise<void> {
  await reply.first().waitFor();
  await reply
    .page()
    .locator("#status", { hasText: /^Kuku is speaking/ })
    .waitFor();
}

/** Types a turn, into whatever the coach is saying, and waits for the answer to begin. */
async function say(page: Page, words: string): Promise<void> {
  await page.getByLabel("Type instead of speaking").fill(words);
  await page.keyboard.press("Enter");
  await isAnswering(page.locator("#log .you", { hasText: words }).last().locator("~ .coach"));
}

const stage = (page: Page) => page.locator("#stages [aria-current=step]").textContent();

describe("a conversation on the page", () => {
  test("what is typed moves the stage; a yes to the question ends it, with the report and the way to its page", async () => {
    const page = await start("Conversation");
    await expect.poll(() => stage(page)).toBe("Topic");
    await say(page, "I want to talk about the talk I give on Friday.");
    await say(page, "My goal is to open without notes.");
    await expect.poll(() => stage(page)).not.toBe("Topic");
    await page.locator("#log .you", { hasText: /on Friday/ }).waitFor();
    expect(await page.locator("#wrap-up").isVisible()).toBe(false);
    await say(page, "Let's wrap up.");
    await page.getByRole("button", { name: "Five more minutes" }).click();
    await page.locator("#wrap-up").waitFor({ state: "hidden" });
    await say(page, "I will rehearse the opening on Thursday. Let's wrap up.");
    await page.locator("#wrap-up").waitFor();
    expect(await sticksOut(page)).toBe(0);
    await page.getByRole("button", { name: "Yes, end here" }).click();
    await page.locator("#report").waitFor();
    for (const part of ["What you talked about", "Your plan", "Rehearse the opening", "Kuku's note"])
      await expect.poll(() => page.locator("#report-text").innerText()).toContain(part);
    await expect.poll(() => page.locator("#status").textContent()).toBe("The session has ended");
    expect(await page.locator("#notice").isVisible()).toBe(false);
    expect(await sticksOut(page)).toBe(0);
    await page.getByRole("link", { name: "The whole report" }).click();
    await expect.poll(() => page.locator(".kept").innerText()).toContain("Rehearse the opening");
  });

  test("a no goes on, and the question goes away", async () => {
    const page = await start("Conversation");
    await say(page, "Let's wrap up.");
    await page.getByRole("button", { name: "No, go on" }).click();
    await page.locator("#wrap-up").waitFor({ state: "hidden" });
    expect(await page.evaluate(() => document.body.dataset.phase)).toBe("live");
    // Its report is there, and back on the start page the session can be looked at.
    await page.getByRole("button", { name: "End", exact: true }).click();
    await page.locator("#report").waitFor();
    await page.getByRole("button", { name: "Back" }).click();
    const link = page.getByRole("link", { name: "Your last session" });
    const id = new URL((await link.getAttribute("href")) ?? "", site.server.url).searchParams.get("session");
    const session = () => fetch(`${site.server.url}api/sessions/${id}`).then((answer) => answer.json());
    await expect.poll(async () => (await session()).data.status).toBe("ended");
    await link.click();
    await expect.poll(() => page.locator(".kept").innerText()).toContain("Key discussion points");
  });

  test.each([
    ["en-GB", "I want to die.", /Someone to talk to[\s\S]*Samaritans: 116 123[\s\S]*999/, "tel:116123"],
    ["fr-FR", "Je veux mourir.", /Quelqu'un à qui parler[\s\S]*3114[\s\S]*112/, "tel:3114"],
  ])("a sign of crisis shows who to talk to, in %s", async (locale, words, shown, telephone) => {
    const page = await start("Conversation", locale);
    await say(page, words);
    await page.locator("#care").waitFor();
    await expect.poll(() => page.locator("#care").innerText()).toMatch(shown);
    expect(await page.locator("#care a[href^=tel]").first().getAttribute("href")).toBe(telephone);
    expect(await page.getByRole("link", { name: /findahelpline/ }).getAttribute("href")).toBe(
      "https://findahelpline.com",
    );
    expect(await sticksOut(page)).toBe(0);
    await page.getByRole("button", { name: "Hide" }).click();
    await page.locator("#care").waitFor({ state: "hidden" });
  });

  test("an interview asks its questions, gives feedback, and asks whether to end; there is no more time to be had", async () => {
    const page = await start("Job interview");
    expect(await page.locator("#stages").isVisible()).toBe(false);
    await say(page, "Let's wrap up.");
    await page.getByRole("button", { name: "Yes, end here" }).waitFor();
    expect(await page.getByRole("button", { name: "Five more minutes" }).isVisible()).toBe(false);
  });

  test("the server's own personas are offered under their names, in their language", async () => {
    const { folder } = site.visits;
    await writeFile(join(folder, "boss.json"), JSON.stringify(boss));
    const settings = { ...scriptedEngines, PERSONAS_DIR: folder, DATABASE_URL: await testDatabase() };
    const server = await serveHere(join(folder, "data"), settings);
    onTestFinished(server.stop);
    const page = await start("My boss", "en-US", server);
    await expect.poll(() => page.locator("#who").textContent()).toBe("My boss");
    await page.getByRole("button", { name: "End", exact: true }).click();
    await expect
      .poll(() => page.locator("#personas b").allTextContents())
      .toEqual(["Read aloud", "Conversation", "Job interview", "Rehearse a talk", "My boss"]);
    const language = page.getByLabel("Language", { exact: true });
    await expect.poll(() => language.inputValue()).toBe("de-DE");
    await page.getByText("Rehearse a talk").click();
    await expect.poll(() => language.inputValue()).toBe("en-US");
    await expect.poll(() => language.locator("option").allTextContents()).toEqual(["English", "French"]);
  });
});
