/** The pages of progress and of a session, in a real browser on a real server. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { askServer } from "../../src/client/node/ask-server.ts";
import { readKept } from "../../src/client/report/kept.ts";
import { reportPage } from "../../src/client/report/report-page.ts";
import { ask, audioForm, begin, fixture, type RestServer, startRest } from "../support/rest.ts";
import { launchChromium } from "./chromium.ts";

const nasty = `My screen says <img src="x" onerror="document.title='taken'"> all day.`;
let rest: RestServer;
let browser: Browser;
let id = "";
beforeAll(async () => {
  [rest, browser] = await Promise.all([startRest(), launchChromium()]);
  id = await begin(rest.server);
  for (const text of [nasty, "I will clear my desk by Friday."])
    await ask(rest.server, `POST /api/sessions/${id}/messages`, { json: { text } });
  const form = audioForm(fixture("speech/goal-rms.wav"), "goal.wav");
  await ask(rest.server, `POST /api/sessions/${id}/messages`, { form });
  await ask(rest.server, `POST /api/sessions/${id}/end`);
});
afterAll(async () => {
  await browser.close();
  await rest.close();
});

/** Opens an address as on a phone; `faults` fills with what the browser complains of, `asked` with what it asks for. */
async function open(url: string) {
  const page = await browser.newPage({ viewport: { width: 380, height: 800 } });
  const faults: string[] = [];
  const asked: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(url);
  await page.locator(".kept").waitFor();
  return { page, faults, asked };
}

const sticksOut = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test("progress: charts, and an action that is marked as done, and open again", async () => {
  const { page, faults } = await open(`${rest.server.url}/progress.html`);
  expect(await page.locator(".tiles").innerText()).toMatch(/1\s+session\s+1\s+day\s+0\s+actions done/);
  expect(await page.locator("svg.chart").count()).toBeGreaterThan(4);
  expect(await page.locator(".sessions").innerText()).toContain("Conversation · ");
  const axes = await page
    .locator("svg.chart")
    .evaluateAll((charts) =>
      charts.map((chart) =>
        [...chart.querySelectorAll("text[text-anchor=end][x='31']")].map((mark) => mark.textContent),
      ),
    );
  expect(axes.filter((marks) => new Set(marks).size < marks.length)).toEqual([]);
  expect(await sticksOut(page)).toBe(0);
  const openActions = async () => {
    const { body } = await ask(rest.server, "GET /api/me/progress");
    return body.data.openActions.length;
  };
  expect(await openActions()).toBe(1);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Undo" }).waitFor();
  expect(await openActions()).toBe(0);
  expect(await page.locator("#done-actions").textContent()).toBe("1");
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Done" }).waitFor();
  expect(await openActions()).toBe(1);
  expect(await page.title()).toMatch(/progress/);
  expect(faults).toEqual([]);
  await page.getByRole("link", { name: /20\d\d/ }).click();
  await page.locator("svg.contour").waitFor();
  expect(new URL(page.url()).search).toBe(`?session=${id}`);
  expect(await page.locator(".talk").innerText()).toContain(nasty);
  expect(await sticksOut(page)).toBe(0);
  expect(faults).toEqual([]);
  // Printed, it is all there: more than the one page that a window shows.
  const printed = (await page.pdf({ format: "A5" })).toString("latin1");
  expect(printed.match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(1);
});

test("a session that is not there, or not one's own, is said to be so", async () => {
  const page = await browser.newPage();
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
