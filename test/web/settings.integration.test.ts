/** Settings of the first page that are kept in the browser and hold for every session, in a real browser on the real server. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openSite } from "./site.ts";
import { heard, isLive } from "./visits.ts";

const site = openSite();

/** Notes which microphones are asked for; runs in the page before anything else. */
function watchMicrophones(): void {
  const asked: unknown[] = [];
  Object.assign(window, { asked });
  const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (constraints) => {
    asked.push((constraints?.audio as MediaTrackConstraints | undefined)?.deviceId);
    return getUserMedia(constraints);
  };
}

const lastAsked = (page: Page) =>
  page.evaluate(() => (window as unknown as { asked: unknown[] }).asked.at(-1));

test("[PG34] captions, the voice's speed and the microphone are chosen before a session, and remembered", async () => {
  const page = await site.visits.open(site.server.url);
  await page.addInitScript(watchMicrophones);
  await page.reload();
  const sent: string[] = [];
  page.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => typeof payload === "string" && sent.push(payload)),
  );
  await page.locator("#adjust summary").click();
  await page.getByLabel("Speed of the voice").selectOption({ label: "Slower" });
  await page.getByLabel("Show what Kuku says").uncheck();
  const devices = page.locator("#microphone option:not([value=''])");
  await devices.last().waitFor({ state: "attached" });
  const wanted = (await devices.last().textContent()) ?? "";
  expect(wanted).not.toBe("");
  await page.locator("#microphone").selectOption({ label: wanted });

  await page.reload();
  await page.locator("#adjust summary").click();
  await expect.poll(() => page.locator("#microphone").inputValue()).toBe(wanted);
  // Browsers may give devices other ids at each visit.
  const id = await page.evaluate(
    async (name) =>
      (await navigator.mediaDevices.enumerateDevices()).find(({ label }) => label === name)?.deviceId,
    wanted,
  );
  await expect.poll(() => page.locator("#speed").inputValue()).toBe("0.75");
  await page.locator("#captions:not(:checked)").waitFor();
  await page.getByText("Conversation", { exact: true }).click();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await isLive(page);
  await expect.poll(() => lastAsked(page)).toBe(id);
  expect(id).toBeDefined();
  await expect.poll(() => sent.join("\n")).toContain('"speed":0.75');
  // What is told to screen readers was said by now; it is not in sight.
  await page.locator("#announce", { hasText: "Kuku:" }).waitFor({ state: "attached" });
  await expect.poll(() => page.locator("#log .coach").count()).toBe(0);

  // A microphone that is there no more is stood in for by the default one.
  await page.evaluate(() => {
    const kept = JSON.parse(localStorage.getItem("kuku.choices") ?? "{}");
    localStorage.setItem("kuku.choices", JSON.stringify({ ...kept, microphone: "gone", captions: true }));
  });
  await page.reload();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await isLive(page);
  await page.locator("#talk:enabled").waitFor();
  await page.locator("#log .coach").first().waitFor();
});

test("[PG34] a voice of the server's is chosen, remembered, heard in the next session, and stood in for once it is gone", async () => {
  const page = await site.visits.open(site.server.url);
  const told: string[] = [];
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => typeof payload === "string" && told.push(payload)),
  );
  const voiceNow = () =>
    told
      .map((event) => JSON.parse(event))
      .filter(({ type }) => type === "session.updated")
      .at(-1)?.session.audio.output.voice;
  await page.locator("#adjust summary").click();
  const voices = page.getByLabel("Coach's voice");
  const names = () => voices.locator("option").allTextContents();
  await expect
    .poll(names)
    .toEqual([
      "The coach's own",
      "A higher one",
      "English (United States)",
      "English (United States), higher",
      "English (United Kingdom)",
      "English (United Kingdom), higher",
    ]);
  await voices.selectOption({ label: "English (United Kingdom), higher" });
  await page.reload();
  await page.locator("#adjust summary").click();
  await expect.poll(() => voices.inputValue()).toBe("en-gb+f2");
  await page.getByText("Conversation", { exact: true }).click();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await isLive(page);
  await expect.poll(voiceNow).toBe("en-gb+f2");
  await expect.poll(async () => (await heard(page)).loudMs).toBeGreaterThan(200);

  // French is not spoken by a voice of English.
  await page.reload();
  await page.locator("#adjust summary").click();
  await page.locator("#language").selectOption({ label: "French" });
  await expect
    .poll(names)
    .toEqual(["The coach's own", "A higher one", "French (France)", "French (France), higher"]);
  told.length = 0;
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await isLive(page);
  await expect.poll(voiceNow).toBe("default");
});
