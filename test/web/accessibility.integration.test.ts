/** The first page in all its states for everybody: looked at by axe at every size, and gone through by keyboard alone. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { expectAccessible, tabTo } from "./accessible.ts";
import { openSite } from "./site.ts";
import { heard, holdAndSpeak, isLive, isPressed } from "./visits.ts";

const site = openSite();

const seen = (page: Page, selector: string) => page.locator(selector).first().waitFor();

test("[PG12] axe finds nothing at any size, and nothing sticks out, of a drill from the first visit to its report", async () => {
  const page = await site.visits.open(site.server.url);
  await seen(page, "#start:enabled");
  await page.locator("#adjust summary").click();
  await seen(page, "#language");
  await expectAccessible(page, "first visit");
  await page.getByText("Read aloud", { exact: true }).click();
  await page.getByRole("button", { name: "Start" }).click();
  await isLive(page);
  await seen(page, "#sentence");
  for (const name of ["Hands-free", "End"]) await page.locator("#controls").getByText(name).waitFor();
  await expectAccessible(page, "a sentence to read");
  await page.keyboard.down("Space");
  await isPressed(page, true);
  await expectAccessible(page, "while talking");
  await page.keyboard.up("Space");
  await page.getByText(/I heard nothing/).waitFor();
  await expectAccessible(page, "nothing heard");
  await holdAndSpeak(page, "fox-misread-slt.wav");
  await seen(page, "#words li");
  await expectAccessible(page, "words judged");
  await page.getByRole("button", { name: "End", exact: true }).click();
  await seen(page, "#results");
  await expectAccessible(page, "results");
  await page.locator("#report-link").click();
  await seen(page, ".kept");
  await expectAccessible(page, "report of a drill");
});

test("[PG12] axe finds nothing at any size, and nothing sticks out, of a conversation, its end and its faults", async () => {
  const page = await site.visits.open(site.server.url);
  const say = async (words: string) => {
    await page.getByLabel("Type instead of speaking").fill(words);
    await page.keyboard.press("Enter");
    await page.locator("#log .you", { hasText: words }).last().locator("~ .coach").first().waitFor();
  };
  await page.getByText("Conversation", { exact: true }).click();
  await page.getByRole("button", { name: "Start" }).click();
  await isLive(page);
  await say("I want to talk about the talk I give on Friday.");
  await expectAccessible(page, "conversation");
  await page.reload();
  await page.getByRole("heading", { name: "Go on where you stopped" }).waitFor();
  await expectAccessible(page, "going on");
  await page.getByRole("button", { name: "Go on" }).click();
  await isLive(page);
  await say("I want to die.");
  await seen(page, "#care");
  await expectAccessible(page, "somebody to talk to");
  await say("Let's wrap up.");
  await page.getByRole("button", { name: "End", exact: true }).click();
  await seen(page, "#report");
  await expectAccessible(page, "ended");
  await page.getByRole("button", { name: "Back" }).click();
  await page.route("**/api/me/**", (route) => route.abort());
  await page.routeWebSocket(/v1\/realtime/, (socket) => socket.close({ code: 1011 }));
  await page.getByRole("button", { name: "Start" }).click();
  await page.getByRole("alert").waitFor();
  await expectAccessible(page, "a fault");
});

test("[PG12] a drill and a conversation are gone through by keyboard alone", async () => {
  const page = await site.visits.open(site.server.url);
  await seen(page, "#start:enabled");
  await tabTo(page, "input[name=persona]");
  await page.keyboard.press("ArrowDown");
  await seen(page, "input[value=kuku]:checked");
  await page.keyboard.press("ArrowUp");
  await seen(page, "input[value=reader]:checked");
  await tabTo(page, "#start");
  await page.keyboard.press("Enter");
  await isLive(page);
  await seen(page, "#sentence");
  // The talk button has the focus: the space bar is held to talk.
  await holdAndSpeak(page, "fox-misread-slt.wav");
  await seen(page, "#words li");
  await tabTo(page, "#end");
  await page.keyboard.press("Enter");
  await seen(page, "#results-heading:focus");
  await tabTo(page, "#report-link");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await seen(page, "#choose");

  await tabTo(page, "input[name=persona]");
  await page.keyboard.press("ArrowDown");
  await seen(page, "input[value=kuku]:checked");
  await tabTo(page, "#start");
  await page.keyboard.press("Enter");
  await isLive(page);
  await expect.poll(async () => (await heard(page)).loudMs).toBeGreaterThan(200);
  await page.keyboard.press("Escape");
  await page.locator("#status", { hasText: /^Your turn/ }).waitFor();
  await tabTo(page, "#typed");
  await page.keyboard.type("I want to talk about my week.");
  await page.keyboard.press("Enter");
  await page.locator("#log .you ~ .coach").first().waitFor();
  await tabTo(page, "#hands-free");
  await page.keyboard.press("Space");
  await seen(page, "#hands-free:checked");
  await tabTo(page, "#end");
  await page.keyboard.press("Enter");
  await seen(page, "#report-heading:focus");
  await tabTo(page, "#end");
  await page.keyboard.press("Enter");
  await seen(page, "#choose");
});
