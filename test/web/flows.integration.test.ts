/** What people do on the first page beside the straight way, in a real browser on the real server; sound is listened to. */

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { sticksOut } from "./accessible.ts";
import { openSite } from "./site.ts";
import { heard, holdAndSpeak, isLive, isPressed, speakOver, tap, type Visits } from "./visits.ts";

const site = openSite();

const wide = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 } };

/** Opens the first page; `faults` fills with what the browser complains of, refused requests included. */
async function open(options: Parameters<Visits["open"]>[1] = {}) {
  const page = await site.visits.open(site.server.url, { context: phone, ...options });
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  return { page, faults };
}

async function start(page: Page, persona = "Read aloud"): Promise<void> {
  await page.getByText(persona, { exact: true }).click();
  await page.getByRole("button", { name: "Start" }).click();
  await isLive(page);
}

/** Waits until the coach has been heard for so long after a moment of before. */
async function isHeard(page: Page, ms: number, since = 0): Promise<void> {
  await expect.poll(async () => (await heard(page)).loudMs - since).toBeGreaterThan(ms);
}

/** Waits until no more is heard; how much was, ms. */
async function untilSilent(page: Page): Promise<number> {
  let before = -1;
  let now = (await heard(page)).loudMs;
  await expect
    .poll(
      async () => {
        [before, now] = [now, (await heard(page)).loudMs];
        return now - before;
      },
      { interval: 250 },
    )
    .toBe(0);
  return now;
}

/** Types a turn, and waits until the coach has begun to answer it. */
async function type(page: Page, words: string): Promise<void> {
  await page.getByLabel("Type instead of speaking").fill(words);
  await page.keyboard.press("Enter");
  await page.locator("#log .you", { hasText: words }).locator("~ .coach").first().waitFor();
}

/** Where an element ends, and where the controls that lie over the page begin; px. */
const places = (page: Page, selector: string) =>
  page.evaluate((wanted) => {
    const bottom =
      [...document.querySelectorAll(wanted)].at(-1)?.getBoundingClientRect().bottom ?? Number.NaN;
    return {
      bottom,
      controls: document.querySelector("#controls")?.getBoundingClientRect().top ?? Number.NaN,
    };
  }, selector);

const sessionOf = (page: Page) =>
  page.evaluate(
    () => JSON.parse(localStorage.getItem("kuku.open") ?? "null")?.sessionId as string | undefined,
  );

describe("the first page under way", () => {
  test("[PG3] the newest stays in sight while it grows, and the document scrolls", async () => {
    const { page } = await open({ context: wide });
    await start(page, "Conversation");
    for (const words of [
      "I want to talk about the talk I give on Friday.",
      "My goal is to open without notes.",
      "I read too fast, and my hands shake.",
    ])
      await type(page, words);
    await type(page, "I will rehearse on Thursday. Let's wrap up.");
    await page.locator("#wrap-up").waitFor();
    await expect
      .poll(async () => {
        const { bottom, controls } = await places(page, "#wrap-up button");
        return bottom <= controls;
      })
      .toBe(true);
    const top = () => page.evaluate(() => document.documentElement.scrollTop);
    await expect.poll(top).toBeGreaterThan(0);
    await page.mouse.move(20, 300);
    await page.mouse.wheel(0, -5_000);
    await expect.poll(top).toBe(0);
    await page.locator("#hears").focus();
    await page.keyboard.press("End");
    await expect.poll(top).toBeGreaterThan(0);
  });

  test("[PG4] after a click on a button the space bar talks, and presses that button no more", async () => {
    const { page } = await open();
    await start(page);
    await page.locator("#sentence").waitFor();
    for (const name of ["Hear it", "Skip"]) {
      await page.getByRole("button", { name }).click();
      await tap("Space", page);
      await isPressed(page, true);
      await tap("Space", page);
      await isPressed(page, false);
    }
    // The focus that a click has left there makes no difference.
    const handsFree = page.getByLabel("Hands-free");
    await handsFree.click();
    await page.locator("#hands-free:checked").waitFor();
    await handsFree.click();
    await page.locator("#hands-free:not(:checked)").waitFor();
    await page.evaluate(() => document.querySelector<HTMLElement>("#hands-free")?.focus());
    await tap("Space", page);
    await isPressed(page, true);
    await tap("Space", page);
    await isPressed(page, false);
    expect(await page.locator("#hands-free:not(:checked)").count()).toBe(1);
    // Whoever comes to it by keyboard presses it.
    await page.locator("#talk").focus();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Space");
    await page.locator("#hands-free:checked").waitFor();
  });

  test("[PG5] without leave to use the microphone the coach is heard, and answers to what is typed", async () => {
    const { page } = await open({ microphone: "denied" });
    await start(page, "Conversation");
    await page.getByText(/blocked for this page\. Allow it/).waitFor();
    await expect.poll(() => page.locator("#talk-label").textContent()).toMatch(/No microphone|Stop Kuku/);
    await isHeard(page, 300);
    const before = (await heard(page)).loudMs;
    await type(page, "I want to sleep better.");
    await isHeard(page, 300, before);
  });

  test("[PG5] with no microphone at all a drill goes on as well", async () => {
    const { page } = await open({ microphone: "missing" });
    await start(page);
    await page.getByText(/No microphone was found/).waitFor();
    await isHeard(page, 300);
    await page.locator("#sentence", { hasText: /quick brown fox/ }).waitFor();
    await page.getByLabel("Type instead of speaking").waitFor();
  });

  test("[PG6] talking and saying nothing makes no turn; Esc stops the coach, without a turn", async () => {
    const { page } = await open();
    await start(page);
    await isHeard(page, 200);
    await page.keyboard.press("Escape");
    await expect.poll(() => page.locator("#status").textContent()).toMatch(/^Your turn/);
    const loudMs = await untilSilent(page);
    const told = await page.locator("#log").textContent();
    await tap("Space", page);
    await isPressed(page, true);
    await tap("Space", page);
    await page.getByText(/I heard nothing/).waitFor();
    await expect.poll(() => page.locator("#status").textContent()).toMatch(/^Your turn/);
    expect(await page.locator("#log").textContent()).toBe(told);
    expect((await heard(page)).loudMs - loudMs).toBeLessThan(100);
  });

  test("[PG7] what is typed while a greeting begins is answered, once, and goes before it", async () => {
    const { page, faults } = await open();
    // As on a slow line: nothing that the server says of its greeting has come when the turn is sent.
    const sent: string[] = [];
    let release = () => {};
    const typed = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.routeWebSocket(/v1\/realtime/, (socket) => {
      const upstream = socket.connectToServer();
      let begun = typed;
      socket.onMessage((message) => {
        if (typeof message === "string") sent.push(JSON.parse(message).type);
        if (sent.at(-1) === "response.create") release();
        upstream.send(message);
      });
      upstream.onMessage((message) => {
        const isBeginning = /"type":"(session\.created|kuku\.resumable)"/.test(message.toString());
        if (isBeginning) return socket.send(message);
        begun = begun.then(() => socket.send(message));
      });
    });
    await page.reload();
    await start(page, "Conversation");
    await type(page, "I want to talk about the talk I give on Friday.");
    await page.locator("#log .you ~ .coach", { hasText: /\w+ \w+/ }).waitFor();
    expect(await page.locator("#log .you").count()).toBe(1);
    expect(sent.filter((type) => type === "conversation.item.create")).toHaveLength(1);
    expect(await page.locator("#notice").isVisible()).toBe(false);
    expect(faults).toEqual([]);
  });

  test("[PG7] a reload offers to go on with the session, and goes on with it, where it was", async () => {
    const { page, faults } = await open();
    await start(page, "Conversation");
    await type(page, "I want to talk about the talk I give on Friday.");
    const id = await sessionOf(page);
    await page.reload();
    await page.getByRole("heading", { name: "Go on where you stopped" }).waitFor();
    await page.getByRole("button", { name: "Go on" }).click();
    await isLive(page);
    // The turn is there with its answer, whether that was under way when the page was left or over.
    await page.locator("#log .you", { hasText: "on Friday" }).locator("~ .coach").first().waitFor();
    expect(await sessionOf(page)).toBe(id);
    await type(page, "My goal is to open without notes.");
    // Left by a link, and come back by the back button.
    await page.goto(`${site.server.url}progress.html`);
    await page.goBack();
    await page.getByRole("button", { name: "Finish it" }).click();
    await page.getByRole("link", { name: "Your last session" }).click();
    await expect.poll(() => page.locator(".kept").innerText()).toContain("open without notes");
    expect(faults).toEqual([]);
  });

  test("[PG8] End shows what the round came to: score, words to work on, one's own voice; and is refused nothing", async () => {
    const { page, faults } = await open();
    await start(page);
    await page.locator("#sentence").waitFor();
    await holdAndSpeak(page, "fox-misread-slt.wav");
    await page.locator("#words li").first().waitFor();
    await expect
      .poll(() => page.locator(".live-figures").innerText())
      .toMatch(/Pace (slow|even|fast)[\s\S]*Loudness clear/);
    const since = (await heard(page)).loudMs;
    await page.getByRole("button", { name: "Hear how you said it", exact: true }).waitFor();
    await page.getByRole("button", { name: "End", exact: true }).click();
    await page.getByRole("heading", { name: "Your round" }).waitFor();
    const results = () => page.locator("#results").innerText();
    await expect
      .poll(results)
      .toMatch(/^Your round\s+\d\d %\s+of the words right at the first try\s+Your first round/);
    await expect.poll(results).toMatch(/To work on[\s\S]*Drill this/);
    await expect.poll(results).toMatch(/The quick brown fox jumps over the lazy dog\. \d\d % · 1 try/);
    await page.getByRole("button", { name: "4 stars" }).click();
    await page.getByText("Thank you.").waitFor();
    expect(await sticksOut(page)).toBe(0);
    await page
      .getByRole("button", { name: /^Drill this/ })
      .first()
      .click();
    await isLive(page);
    await isHeard(page, 200, since);
    expect(faults).toEqual([]);
  });
});

describe("what was heard", () => {
  test("[PG17] where the ear is in doubt it says so, and takes what is typed in its place", async () => {
    const { page, faults } = await open();
    await start(page, "Conversation");
    await page.keyboard.down("Space");
    await isPressed(page, true);
    await speakOver(page, "overwhelmed-slt.wav", "goal-rms.wav", 0.7);
    await page.keyboard.up("Space");
    const correct = page.locator("#log .correct");
    await correct.waitFor();
    await page.locator("#log .you .doubtful, #log .you.unclear").first().waitFor();
    await correct.click();
    await page.getByLabel("What you said", { exact: true }).fill("I feel overwhelmed with work.");
    await page.keyboard.press("Enter");
    await expect
      .poll(() => page.locator("#log .you").innerText())
      .toMatch(/^You\s+I feel overwhelmed with work\.$/);
    await expect.poll(() => page.locator("#log .doubtful").count()).toBe(0);
    // What is kept has it as well.
    const id = await sessionOf(page);
    await expect
      .poll(async () => (await page.request.get(`${site.server.url}api/sessions/${id}/messages`)).text())
      .toContain("I feel overwhelmed with work.");
    expect(faults).toEqual([]);
  });
});

describe("a round", () => {
  /** Reads the sentence once; after a slip, which a browser's microphone path can make of it, goes on to the round's end. */
  async function readToTheEnd(page: Page): Promise<void> {
    await holdAndSpeak(page, "fox-slt.wav");
    await page.locator("#words li, #results").first().waitFor();
    const progress = page.locator(".round");
    if ((await progress.allInnerTexts())[0] === "0 of 1")
      await page.getByRole("button", { name: "Skip" }).click();
    await page.getByRole("heading", { name: "Your round" }).waitFor();
  }

  test("[PG8] is composed by the site.server, ends by itself, and its change is told by the site.server, too", async () => {
    const { page, faults } = await open();
    await page.locator("#adjust summary").click();
    await page.getByLabel("Sound", { exact: true }).selectOption("all");
    await start(page);
    await expect.poll(() => page.locator("#sentence").textContent()).toMatch(/quick brown fox/);
    await expect.poll(() => page.locator(".round").innerText()).toBe("0 of 1");
    const id = await sessionOf(page);
    await readToTheEnd(page);
    const results = () => page.locator("#results").innerText();
    const told = await page.request.get(`${site.server.url}api/sessions/${id}/results`);
    const { score, exercises } = (await told.json()).data;
    await expect.poll(results).toContain(`${Math.round(score * 100)} %`);
    expect(exercises).toHaveLength(1);
    await expect.poll(results).toMatch(/The quick brown fox jumps over the lazy dog\./);
    await expect.poll(results).toMatch(/(better than|less than|As good as) last time/);
    expect(await page.evaluate(() => Object.keys(localStorage))).not.toContain("kuku.scores");
    expect(faults).toEqual([]);
  });

  test("[PG8] a text of one's own is no round, and says nothing of how far it is", async () => {
    const { page } = await open();
    await page.locator("#adjust summary").click();
    await page.getByLabel("Or a sentence of your own").fill("She sells sea shells.");
    await start(page);
    await expect.poll(() => page.locator("#sentence").textContent()).toBe("She sells sea shells.");
    expect(await page.locator(".round").count()).toBe(0);
  });
});

describe("the first page at rest", () => {
  test("[PG9] comes in six requests and 100 KB, can be used at once, and nothing on it jumps", async () => {
    const { page } = await open({ context: wide });
    const asked: string[] = [];
    const sizes: Promise<number>[] = [];
    page.on("requestfinished", (request) => {
      asked.push(new URL(request.url()).pathname);
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    });
    await page.addInitScript(() => {
      const shifts: number[] = [];
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
      }).observe({ type: "layout-shift", buffered: true });
    });
    await page.reload({ waitUntil: "networkidle" });
    await page.locator("#start:enabled").waitFor();
    expect(asked.length).toBeLessThanOrEqual(6);
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeLessThan(100_000);
    expect(await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts)).toEqual([]);
    expect(await page.locator("#drill").count()).toBe(0);
  });

  test("[PG10] what is hidden is not shown: nobody signs out who is not signed in", async () => {
    const { page } = await open();
    await page.goto(`${site.server.url}account.html`);
    await page.getByText("The one user of this server").waitFor();
    expect(await page.getByRole("button", { name: /Sign out/ }).count()).toBe(0);
  });

  test("[PG11] speaks the browser's language, and another one when asked", async () => {
    const { page } = await open({ context: { ...phone, locale: "fr-FR" } });
    await page.getByRole("button", { name: "Commencer" }).waitFor();
    await page.locator("html[lang=fr]").waitFor();
    await page.locator("#adjust summary").click();
    await page.getByLabel("Langue de cette page").selectOption("en");
    await page.getByRole("button", { name: "Start" }).waitFor();
    await page.locator("html[lang=en]").waitFor();
  });
});
