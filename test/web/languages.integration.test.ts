/** Another language of the pages, added as anybody would: by its file. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type ServedPages, servePages } from "./serve-pages.ts";
import { openVisits, type Visits } from "./visits.ts";

let visits: Visits;
let server: ServedPages;
beforeAll(async () => {
  [visits, server] = await Promise.all([openVisits(), servePages()]);
});
afterEach(() => visits.leave());
afterAll(async () => {
  await server.stop();
  await visits.close();
});

test("[PG11] a file more is a language more: offered, chosen by the browser's language, and in every page", async () => {
  const french = readFileSync(join(server.root, "web/messages/fr.ts"), "utf8");
  const esperanto = french
    .replace('name: "Français"', 'name: "Esperanto"')
    .replace('locale: "fr"', 'locale: "eo"')
    .replaceAll('start: "Commencer"', 'start: "Komenci"')
    .replaceAll('signIn: "Se connecter"', 'signIn: "Ensaluti"');
  writeFileSync(join(server.root, "web/messages/eo.ts"), esperanto);
  const page = await visits.open(server.url, { context: { locale: "eo" } });
  await page.getByRole("button", { name: "Komenci" }).waitFor();
  expect(await page.getAttribute("html", "lang")).toBe("eo");
  await page.getByText("Régler").click();
  const names = () => page.locator("#interface option").allTextContents();
  await expect.poll(names).toEqual(["English", "Esperanto", "Français"]);
  await page.locator("#interface").selectOption({ label: "English" });
  await page.getByRole("button", { name: "Start", exact: true }).waitFor();
  await page.goto(`${server.url}sign-in.html`);
  await page.getByRole("alert").getByText(/./).waitFor();
  expect(await page.getAttribute("html", "lang")).toBe("en");
});
