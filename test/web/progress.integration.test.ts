/** The pages of progress and of a session, in a real browser on a real server. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { askServer } from "../../src/client/node/ask-server.ts";
import { readKept } from "../../src/client/report/kept.ts";
import { reportPage } from "../../src/client/report/report-page.ts";
import { textWords } from "../../src/coach/curriculum/text-words.ts";
import { meRoutes } from "../../src/server/api/accounts/me.ts";
import {
  ask,
  audioForm,
  begin,
  fixture,
  type RestOptions,
  type RestServer,
  startRest,
} from "../support/rest.ts";
import { expectAccessible, sticksOut, tabTo } from "./accessible.ts";
import { sharedChromium } from "./chromium.ts";
import { practised } from "./history.ts";

const nasty = `My screen says <img src="x" onerror="document.title='taken'"> all day.`;
/** What the server has beside its REST face: nobody signs in. */
const moreRoutes: RestOptions["moreRoutes"] = (app) =>
  meRoutes(app, { mode: "none", signUp: "closed", guests: undefined }, undefined, {
    publicUrl: undefined,
    tls: false,
    allowedOrigins: [],
    loopbackOnly: true,
  });
let rest: RestServer;
let browser: Browser;
let id = "";
beforeAll(async () => {
  [rest, browser] = await Promise.all([startRest({ moreRoutes }), sharedChromium()]);
  id = await begin(rest.server);
  for (const text of [nasty, "I will clear my desk by Friday."])
    await ask(rest.server, `POST /api/sessions/${id}/messages`, { json: { text } });
  const form = audioForm(fixture("speech/goal-rms.wav"), "goal.wav");
  await ask(rest.server, `POST /api/sessions/${id}/messages`, { form });
  await ask(rest.server, `POST /api/sessions/${id}/end`);
});
afterAll(async () => {
  await rest.close();
});

/** Opens an address as on a phone; `faults` fills with what the browser complains of, `asked` with what it asks for. */
async function open(url: string, { locale = "en-GB" } = {}) {
  const page = await browser.newPage({ viewport: { width: 380, height: 800 }, locale });
  onTestFinished(() => page.close());
  const faults: string[] = [];
  const asked: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(url);
  await page.locator("main:not([aria-busy=true]), .kept").first().waitFor();
  return { page, faults, asked };
}

test("[PG14] what one set out to do is marked as done, and open again", async () => {
  const { page, faults } = await open(`${rest.server.url}/progress.html`);
  const openActions = async () => {
    const { body } = await ask(rest.server, "GET /api/me/progress");
    return body.data.openActions.length;
  };
  expect(await openActions()).toBe(1);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Undo" }).waitFor();
  await expect.poll(openActions).toBe(0);
  await expect.poll(() => page.locator("#done-actions").textContent()).toBe("1 done.");
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Done" }).waitFor();
  await expect.poll(openActions).toBe(1);
  expect(faults).toEqual([]);
});

test("[PG14] [PG15] a session is listed by its title and kind, and leads to its report", async () => {
  const { page, faults } = await open(`${rest.server.url}/progress.html`);
  await expect.poll(() => page.locator("svg.chart").count()).toBeGreaterThan(2);
  await expect.poll(() => page.locator("#sessions li").innerText()).toMatch(/\nConversation, .*20\d\d/);
  await page.getByRole("link", { name: /^My screen says <img/ }).click();
  await page.locator("svg.contour").waitFor();
  await page.waitForURL(`**/report.html?session=${id}`);
  await expect.poll(() => page.locator(".talk").innerText()).toContain(nasty);
  expect(await sticksOut(page)).toBe(0);
  expect(faults).toEqual([]);
  // Printed, it is all there: more than the one page that a window shows.
  const printed = (await page.pdf({ format: "A5" })).toString("latin1");
  expect(printed.match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(1);
});

test("[PG32] a report is shared as a file in the page's language, and its words are copied", async () => {
  const { page, faults } = await open(`${rest.server.url}/report.html?session=${id}`, { locale: "fr-FR" });
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Partager" }).click();
  const file = await downloading;
  const html = await readFile(await file.path(), "utf8");
  expect(html).toContain('<html lang="fr');
  expect(html).toContain("I will clear my desk by Friday.");
  expect(html).not.toContain("How you spoke");
  await page.getByRole("button", { name: "Copier la transcription" }).click();
  await page.locator(".take-away [role=status]", { hasText: /./ }).waitFor();
  expect(faults).toEqual([]);
});

describe("after sixty sessions", () => {
  let due = "";
  beforeAll(async () => {
    const { body } = await ask(rest.server, "GET /api/me/practice/round?language=en-US");
    due = body.data.items[0].text;
    await practised(rest, 61, 40, [{ text: due, score: 0.5, slips: [textWords(due)[0] ?? ""] }]);
    for (let number = 1; number <= 59; number++)
      await practised(rest, number, number % 30, [
        { score: 0.5, slips: ["cat", "door"] },
        { text: "Dogs bark.", score: number > 30 ? 0.5 : 1, slips: number > 30 ? ["dogs"] : [] },
      ]);
  });

  test("[PG14] the week and its goal, days in a row, and the calendar", async () => {
    const { page } = await open(`${rest.server.url}/progress.html`);
    await expect.poll(() => page.locator("#streak").innerText()).toBe("30 days in a row");
    await expect.poll(() => page.locator("#calendar td.practised").count()).toBeGreaterThanOrEqual(29);
    await page.getByLabel("Goal for a week").selectOption("1");
    await page.getByText("Goal reached. Well done.").waitFor();
    await page.reload();
    await page.getByText("Goal reached. Well done.").waitFor();
    await expect.poll(() => page.getByLabel("Goal for a week").inputValue()).toBe("1");
  });

  test("[PG14] accuracy by week and by sound, each session with its score", async () => {
    const { page } = await open(`${rest.server.url}/progress.html`);
    const accuracy = page.locator("section", { has: page.getByRole("heading", { name: /^Accuracy/ }) });
    await expect.poll(() => accuracy.locator("figcaption").innerText()).toMatch(/^Sentences\s+\d+ %/);
    await expect.poll(() => accuracy.locator("circle").count()).toBeGreaterThanOrEqual(4);
    await expect.poll(() => page.locator("#sessions .score").count()).toBeGreaterThan(10);
    await expect.poll(() => page.locator("#sessions").innerText()).toContain("75 %");
  });

  test("[PG15] all sessions are listed, page by page, and found by what was said", async () => {
    const { page, faults } = await open(`${rest.server.url}/progress.html`);
    const listed = page.locator("#sessions li");
    await expect.poll(() => listed.count()).toBe(20);
    for (const count of [40, 60, 61]) {
      await page.getByRole("button", { name: "Show more" }).click();
      await expect.poll(() => listed.count()).toBe(count);
    }
    await page.getByText("61 of 61").waitFor();
    await page.getByRole("button", { name: "Show more" }).waitFor({ state: "hidden" });
    await page.getByRole("searchbox").fill("desk");
    await page.keyboard.press("Enter");
    await page.locator("#found li").first().waitFor();
    await expect.poll(() => page.locator("#found").innerText()).toMatch(/You: .*clear my desk by Friday/);
    await page.getByRole("searchbox").fill("xylophone");
    await page.keyboard.press("Enter");
    await page.getByText("Nothing was found.").waitFor();
    await page.getByRole("searchbox").fill("");
    await expect.poll(() => listed.count()).toBe(61);
    expect(faults).toEqual([]);
  });

  test("[PG12] sessions are searched and deleted, and what is due is practised, by keyboard alone", async () => {
    const { page, faults } = await open(`${rest.server.url}/progress.html`);
    const has = (selector: string) => page.locator(`${selector}:focus`).waitFor();
    const dialog = page.getByRole("dialog");
    await tabTo(page, "[type=search]");
    await page.keyboard.type("desk");
    await page.keyboard.press("Enter");
    await page.locator("#found li").first().waitFor();
    for (const _ of "desk") await page.keyboard.press("Backspace");
    const listed = page.locator("#sessions li");
    await expect.poll(() => listed.count()).toBe(20);
    await tabTo(page, "#sessions li:nth-child(4) button");
    await page.keyboard.press("Enter");
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await has("#sessions li:nth-child(4) button");
    await page.keyboard.press("Enter");
    await dialog.waitFor();
    await tabTo(page, "dialog .danger");
    await page.keyboard.press("Enter");
    await has("section[aria-labelledby=sessions-heading]");
    await expect.poll(() => listed.count()).toBe(19);
    // To the end of the list, whose button then goes.
    await tabTo(page, ".more-of button");
    for (const count of [39, 59, 60]) {
      await page.keyboard.press("Enter");
      await expect.poll(() => listed.count()).toBe(count);
    }
    await has("section[aria-labelledby=sessions-heading]");
    await page.reload();
    await tabTo(page, "#due a.main");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\?due=/);
    expect(faults).toEqual([]);
  });

  test("[PG15] a session is deleted once that is confirmed, also one that goes on", async () => {
    const { page, faults } = await open(`${rest.server.url}/progress.html`);
    const links = () =>
      page.locator("#sessions a").evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
    const count = async () => (await ask(rest.server, "GET /api/me/progress")).body.data.sessions;
    const first = page.locator("#sessions li").nth(2);
    const address = (await links())[2];
    const before = await count();
    await first.getByRole("button").click();
    await page.getByRole("button", { name: "Keep it" }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    expect(await count()).toBe(before);
    await first.getByRole("button").click();
    await page.getByRole("button", { name: "Delete it" }).click();
    await page.getByText("The session is deleted.").waitFor();
    await expect.poll(count).toBe(before - 1);
    await expect.poll(links).not.toContain(address);
    expect(faults).toEqual([]);
  });

  test("[PG16] what is due again is listed, and a press begins a round of it", async () => {
    const { page, faults } = await open(`${rest.server.url}/progress.html`);
    await expect.poll(() => page.locator("#due .texts").first().innerText()).toContain(due);
    const { body } = await ask(rest.server, "GET /api/me/practice/round?language=en-US");
    await page.getByRole("link", { name: "Drill these" }).click();
    await page.getByRole("button", { name: "Start the round" }).click();
    await expect.poll(() => page.locator("#sentence").textContent()).toBe(body.data.items[0].text);
    await expect.poll(() => new URL(page.url()).search).toBe("");
    expect(faults).toEqual([]);
  });

  test("[PG12] axe finds nothing, and nothing sticks out, of progress, of its question and of a report", async () => {
    const { page } = await open(`${rest.server.url}/progress.html`);
    await expectAccessible(page, "progress");
    await page.locator("#sessions li").first().getByRole("button").click();
    await page.getByRole("dialog").waitFor();
    await expectAccessible(page, "a session to be deleted");
    await page.goto(`${rest.server.url}/report.html?session=${id}`);
    await page.locator("svg.contour").waitFor();
    await expectAccessible(page, "report");
  });

  test("[PG14] speaks French", async () => {
    const { page } = await open(`${rest.server.url}/progress.html`, { locale: "fr-FR" });
    await page.getByRole("heading", { name: "À revoir" }).waitFor();
    expect(await page.locator("main").innerText()).not.toMatch(/\b(week|session|words|sound)s?\b/i);
  });
});

test("[PG14] whoever has practised nothing yet is invited to", async () => {
  const empty = await startRest({ moreRoutes });
  try {
    const { page } = await open(`${empty.server.url}/progress.html`);
    await page.getByRole("link", { name: "Begin" }).click();
    await page.getByRole("button", { name: "Start" }).waitFor();
  } finally {
    await empty.close();
  }
});

test("a session that is not there, or not one's own, is said to be so", async () => {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  await page.goto(`${rest.server.url}/report.html?session=session-0198c1f2-6c3e-7d41-9a57-3f1f2a9b8c7d`);
  await expect.poll(() => page.getByRole("alert").textContent()).toBe("There is no such session.");
  await page.goto(`${rest.server.url}/report.html?session=nonsense`);
  await expect.poll(() => page.getByRole("alert").textContent()).toBe("There is no such session.");
});

test("the page that is kept as a file asks for nothing and runs nothing", async () => {
  const file = join(rest.dataDir, "kept.html");
  await writeFile(file, reportPage(await readKept(askServer({ url: rest.server.url }), id)));
  const { page, faults, asked } = await open(pathToFileURL(file).href);
  expect(asked).toEqual([pathToFileURL(file).href]);
  expect(await page.title()).toMatch(/^Kuku Coach, /);
  expect(await page.locator("svg.contour polyline").count()).toBeGreaterThan(0);
  expect(await page.locator(".talk").innerText()).toContain(nasty);
  expect(await page.locator(".talk img").count()).toBe(0);
  expect(await sticksOut(page)).toBe(0);
  expect(faults).toEqual([]);
});
