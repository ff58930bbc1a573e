/** The first page in a real browser on the real server with its offline engines: speak a WAV in, see words, hear Kuku. */
import { describe, expect, onTestFinished, test } from "vitest";
import { reservePort } from "../support/reserve-port.ts";
import { testDatabase } from "../support/test-database.ts";
import { launchChromium, missingLibraries, unpackChromium } from "./chromium.ts";
import { scriptedEngines, serve, serveHere } from "./serve.ts";
import { openSite } from "./site.ts";
import { heard, hum, isLive, isPressed, speak, tap } from "./visits.ts";

const site = openSite();

const openPage = (url = site.server.url) => site.visits.open(url);

/** Settings of a server that is killed, and of the one that is there again after it. */
const killable = async () => ({
  ...scriptedEngines,
  DATABASE_URL: await testDatabase(),
  PORT: String(await reservePort()),
});

describe("the first page", () => {
  test("a sentence read into it comes back word by word, and Kuku is heard to answer", async () => {
    const page = await openPage();
    await page.getByRole("button", { name: "Start" }).click();
    await isLive(page);
    await expect
      .poll(() => page.locator("#sentence").textContent())
      .toBe("The quick brown fox jumps over the lazy dog.");
    await page.keyboard.down("Space");
    await page.locator("button[aria-pressed=true]", { hasText: "Listening" }).waitFor();
    // Words show while they are spoken; on a busy machine only once all is spoken.
    const words = page.locator("#log .live", { hasText: /quick/i }).waitFor();
    await Promise.all([words, speak(page, "fox-slt.wav")]);
    const before = await heard(page);
    await page.keyboard.up("Space");

    await expect.poll(() => page.locator("#words li").count()).toBe(9);
    await expect
      .poll(() => page.locator("#words b").allTextContents())
      .toEqual("The quick brown fox jumps over the lazy dog".split(" "));
    await expect.poll(() => page.locator("#words li.correct").count()).toBeGreaterThanOrEqual(8);
    await expect.poll(async () => (await heard(page)).loudMs - before.loudMs).toBeGreaterThan(500);
    await expect.poll(async () => (await heard(page)).peak).toBeGreaterThan(0.05);
    await expect.poll(() => page.locator("#log .coach").textContent()).toMatch(/\w+ \w+/);
    expect(await page.locator("#notice").isVisible()).toBe(false);
  });

  test("hands-free, speech cuts the greeting short, the answer is heard, and slips are told by text as well as colour", async () => {
    const page = await openPage();
    const told: string[] = [];
    page.on("websocket", (socket) =>
      socket.on("framereceived", ({ payload }) => {
        const type = /"type":"(kuku\.playback\.\w+)"/.exec(payload.toString())?.[1];
        if (type) told.push(type);
      }),
    );
    await page.evaluate(() => localStorage.setItem("kuku.choices", '{"handsFree":true,"focus":"all"}'));
    await page.reload();
    await page.getByRole("button", { name: "Start" }).click();
    await isLive(page);
    await expect.poll(async () => (await heard(page)).loudMs).toBeGreaterThan(200);
    const spoken = speak(page, "fox-misread-slt.wav");
    await expect.poll(() => page.locator("#status").textContent()).toBe("Listening…");
    const silent = () => page.locator("#coach-level").evaluate((meter) => (meter as HTMLMeterElement).value);
    await expect.poll(silent).toBe(0);
    const cut = await heard(page);
    await spoken;
    await expect.poll(() => page.locator("#words li").count()).toBe(9);
    // The greeting was cut, held before where the machine was quick; nothing of that may hold the answer.
    await expect.poll(() => told).toContain("kuku.playback.clear");
    await expect.poll(async () => (await heard(page)).loudMs - cut.loudMs).toBeGreaterThan(500);
    // A browser's microphone path colours the sound: what was heard may differ, where something else was heard may not.
    const slips = await page.locator("#words li.substituted").allTextContents();
    for (const word of ["lazy", "dog"])
      expect(slips).toContainEqual(expect.stringMatching(new RegExp(`^≠ ${word} heard `)));
    await expect.poll(() => page.locator("#score").textContent()).toMatch(/^\d of 9 words right\.$/);
    // The drill goes on with the same sentence.
    await expect
      .poll(() => page.locator("#sentence").textContent())
      .toBe("The quick brown fox jumps over the lazy dog.");
  });

  test("says what it can and cannot hear", async () => {
    const page = await openPage();
    await page.getByText("Conversation", { exact: true }).click();
    await page.getByRole("button", { name: "Start" }).click();
    await isLive(page);
    await page.getByText("Kuku listens offline here").click();
    await expect.poll(() => page.locator("#can-hear").isVisible()).toBe(true);
    await expect
      .poll(() => page.locator("#can-hear").textContent())
      .toMatch(/Free speech in English it writes down/);
    expect(await page.locator("#drill").isVisible()).toBe(false);
  });

  test("[LM10] says which ears and voice the server has, and to who runs it how they get better", async () => {
    const page = await openPage();
    await page.getByText("Adjust", { exact: true }).click();
    const told = page.locator("#engines");
    await expect
      .poll(() => told.textContent())
      .toMatch(/Ears: soundswallower \(inside this server\)\. Voice: .+/);
    await expect
      .poll(() => told.locator("code").allTextContents())
      .toEqual(["npm run kuku -- models add zipformer-en-20M", "npm run kuku -- models add kitten"]);
  });

  test("ended, it is as it was, and can be started again, with no fault along the way", async () => {
    const page = await openPage();
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
    for (const _ of [1, 2]) {
      await page.getByRole("button", { name: "Start" }).click();
      await isLive(page);
      await page.getByRole("button", { name: "End", exact: true }).click();
      await page.getByRole("button", { name: "Start" }).waitFor();
    }
    await page.locator("#controls").waitFor({ state: "hidden" });
    expect(faults).toEqual([]);
  });

  test("a tap starts talking and the next one stops, by mouse and by key", async () => {
    const page = await openPage();
    await page.getByRole("button", { name: "Start" }).click();
    await isLive(page);
    await page.locator("#talk").hover();
    const click = () => Promise.all([page.mouse.down(), page.mouse.up()]);
    await click();
    await isPressed(page, true);
    // What is talked into the microphone is on its way.
    await hum(page);
    const level = () => page.locator("#your-level").evaluate((meter) => (meter as HTMLMeterElement).value);
    await expect.poll(level).toBeGreaterThan(0.1);
    await click();
    await isPressed(page, false);
    await tap("Enter", page);
    await isPressed(page, true);
    await tap("Space", page);
    await isPressed(page, false);
  });

  test("when the server goes away for good it says so, and reconnects when asked", async () => {
    const impatient = { ...(await killable()), RESUME_GRACE_SECONDS: "1" };
    const own = await serve(site.visits.folder, impatient);
    onTestFinished(own.stop);
    const page = await openPage(own.url);
    await page.getByRole("button", { name: "Start" }).click();
    await isLive(page);
    await own.stop();
    await expect
      .poll(() => page.getByRole("alert").textContent())
      .toMatch(/connection to the coach was lost/);
    await page.getByRole("button", { name: "Reconnect" }).click();
    await expect.poll(() => page.getByRole("alert").textContent()).toMatch(/cannot be reached: the server/);
    const again = await serveHere(site.visits.folder, impatient);
    onTestFinished(again.stop);
    await page.getByRole("button", { name: "Reconnect" }).click();
    await isLive(page);
    await page.getByRole("alert").waitFor({ state: "hidden" });
  });

  test("when the server is killed in the middle of its reply, it says so, and goes on with the conversation", async () => {
    const settings = await killable();
    const own = await serve(site.visits.folder, settings);
    onTestFinished(own.stop);
    const page = await openPage(own.url);
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(error.message));
    await page.getByText("Conversation", { exact: true }).click();
    await page.getByRole("button", { name: "Start" }).click();
    await isLive(page);
    const greeting = () => page.locator("#log li").allTextContents();
    await expect.poll(async () => (await heard(page)).loudMs).toBeGreaterThan(600);
    await own.stop();
    await expect.poll(() => page.locator("#status").textContent()).toBe("Reconnecting…");
    await expect.poll(() => page.getByRole("alert").textContent()).toMatch(/goes on as soon as it is back/);
    const again = await serveHere(site.visits.folder, settings);
    onTestFinished(again.stop);
    await expect.poll(() => page.locator("#status").textContent()).toMatch(/^Your turn/);
    await page.getByRole("alert").waitFor({ state: "hidden" });
    // Once, whole, and heard out: 3.5 s of it.
    await expect.poll(greeting).toEqual(["KukuThis is a scripted reply: I answer the same to everything."]);
    await expect.poll(async () => (await heard(page)).loudMs).toBeGreaterThan(3_000);
    expect(faults).toEqual([]);
  });
});

describe("the browser for tests", () => {
  test("runs on the libraries it brings, for machines that have none", async () => {
    const { executable, libraries } = await unpackChromium();
    expect(await missingLibraries(executable, libraries)).toEqual([]);
    const browser = await launchChromium({ bundledLibraries: true });
    expect(browser.version()).toMatch(/^\d+\./);
    await browser.close();
  });
});
