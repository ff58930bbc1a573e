/** Whether a page can be used by everybody, as far as a program can tell: axe, and nothing that sticks out, at every size. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type * as Axe from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const axe = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A window of 1280 × 1024 px at 100, 200 and 400 %, which is as wide as a small phone. */
const looks = [
  { width: 1280, height: 1024, colorScheme: "light" },
  { width: 1280, height: 1024, colorScheme: "dark" },
  { width: 640, height: 512, colorScheme: "light" },
  { width: 320, height: 256, colorScheme: "dark" },
] as const;

async function violations(page: Page): Promise<string[]> {
  if (await page.evaluate(() => !("axe" in window))) await page.evaluate(await axe);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof Axe };
    // What is in order is not told node by node, which takes most of the time.
    const { violations } = await axe.run({ resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    );
  });
}

/** By how much the page is wider than the window. */
export const sticksOut = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Goes on with the Tab key until what has the focus fits; a page has an end. */
export async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
  }
  throw new Error(`${selector} is not reached by the Tab key`);
}

/** Expects no fault in what the page shows, light and dark, at every size; `state` says what that is. */
export async function expectAccessible(page: Page, state: string): Promise<void> {
  const found: Record<string, unknown> = {};
  const before = page.viewportSize();
  for (const { width, height, colorScheme } of looks) {
    await page.setViewportSize({ width, height });
    // Without motion, or colours would still be on their way.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expect.poll(() => sticksOut(page), { message: `${state}: wider than ${width} px` }).toBe(0);
    const faults = await violations(page);
    if (faults.length > 0) found[`${width} × ${height}, ${colorScheme}`] = faults;
  }
  expect(found, state).toEqual({});
  if (before) await page.setViewportSize(before);
}
