/** The account's page, in a real browser on a real server without sign-ins: reached, keys made, copied and revoked. */
import { expect, test } from "vitest";
import { openSite } from "./site.ts";

const site = openSite();

const open = (locale: string) =>
  site.visits.open(site.server.url, {
    context: { locale, permissions: ["clipboard-read", "clipboard-write"] },
  });

test("[PG19] is reached from the first page; a key is copied at a press, and revoked only once that is confirmed", async () => {
  const page = await open("en-US");
  await page.getByRole("link", { name: "Your account" }).click();
  await page.getByText("There are no keys.").waitFor();
  await page.getByText("Make a key").click();
  await page.getByLabel("What it is for").fill("Kiosk");
  await page.getByRole("button", { name: "Make it" }).click();
  const shown = page.locator("#new-key-text").filter({ hasText: /^kk_/ });
  await shown.waitFor();
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const key = await shown.textContent();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
  const status = async () =>
    (await fetch(`${site.server.url}api/me`, { headers: { authorization: `Bearer ${key}` } })).status;
  expect(await status()).toBe(200);

  const revoke = page.getByRole("button", { name: "Revoke: Kiosk" });
  await revoke.click();
  const dialog = page.getByRole("dialog", { name: "Revoke “Kiosk”?" });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });
  await expect.poll(() => revoke.evaluate((button) => button === document.activeElement)).toBe(true);
  expect(await status()).toBe(200);
  await revoke.click();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await page.getByText("There are no keys.").waitFor();
  await expect.poll(status).not.toBe(200);
});

test("[PG11] [PG19] the account's page, signing in, a report, progress and administration speak French, failures too", async () => {
  const page = await open("fr-FR");
  const visit = async (path: string, heading: string, text: RegExp) => {
    await page.goto(site.server.url + path);
    await page.getByRole("heading", { name: heading }).first().waitFor();
    expect(await page.getAttribute("html", "lang")).toBe("fr");
    await expect.poll(() => page.locator("body").innerText()).toMatch(text);
    const language = (await page.locator("body").innerText()) + (await page.title());
    expect(language).not.toMatch(/\b(?:the|you|your|there|session|account|keys|this|sign)\b/i);
  };
  await visit("account.html", "Clés d'API", /Le seul utilisateur de ce serveur[\s\S]*Tout effacer/);
  await visit("sign-in.html", "Personne ne se connecte ici", /ne demande à personne qui il est/);
  await visit("progress.html", "Vos progrès", /première séance/);
  await page.goto(`${site.server.url}report.html?session=nothing`);
  await expect.poll(() => page.getByRole("alert").textContent()).toBe("Cette séance n'existe pas.");
  await page.goto(`${site.server.url}report.html?session=${crypto.randomUUID()}`);
  await expect.poll(() => page.getByRole("alert").textContent()).toBe("Cette séance n'existe pas.");

  await page.goto(site.server.url);
  await page.getByText("Conversation", { exact: true }).click();
  await page.getByRole("button", { name: "Commencer" }).click();
  await page.waitForFunction(() => document.body.dataset.phase === "live");
  await page.getByRole("textbox").fill("Bonjour.");
  await page.getByRole("button", { name: "Envoyer" }).click();
  await page.locator("#log .you").waitFor();
  await page.locator("#end").click();
  await page.getByRole("link", { name: "Tout le bilan, et votre façon de parler" }).click();
  await page.getByRole("heading", { name: "Votre séance avec Kuku" }).waitFor();
  await expect
    .poll(() => page.locator("main").innerText())
    .toMatch(/Ce qui a été dit[\s\S]*Mesuré par votre seul microphone/);
  await expect.poll(() => page.title()).toBe("Votre séance avec Kuku – Kuku Coach");
});
