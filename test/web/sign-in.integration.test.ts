/** The pages around an account, in a real browser on a real server: from making one to signing out everywhere. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SmtpServer, startSmtp } from "../server/access/accounts/smtp.ts";
import { testDatabase } from "../support/test-database.ts";
import { expectAccessible, tabTo } from "./accessible.ts";
import { sharedChromium } from "./chromium.ts";
import { type ServedHere, scriptedEngines, serveHere } from "./serve.ts";

const password = "correct horse battery";
let folder: string;
let smtp: SmtpServer;
let served: ServedHere;
let browser: Browser;
let home: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kuku-sign-in-"));
  smtp = await startSmtp();
  const DATABASE_URL = await testDatabase();
  const access = { AUTH: "accounts", AUTH_SECRET: "s".repeat(32), MAIL_URL: smtp.url, DATABASE_URL };
  [served, browser] = await Promise.all([
    serveHere(folder, { ...scriptedEngines, ...access }),
    sharedChromium(),
  ]);
  home = served.url.replace("127.0.0.1", "localhost");
});
afterAll(async () => {
  await served.stop();
  await smtp.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A browser of its own, as on a phone; `faults` fills with what it complains of beside answers that say no. */
async function visitor() {
  const context = await browser.newContext({ viewport: { width: 380, height: 800 } });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      faults.push(message.text());
  });
  return { context, page, faults };
}

/** The link of the next mail. */
async function nextLink(mail: ReturnType<SmtpServer["next"]>): Promise<string> {
  const { data } = await mail;
  return /https?:\/\/\S+/.exec(data.replaceAll("=\n", "").replaceAll("=3D", "="))?.[0] ?? "";
}

/** Of what is in sight. */
async function fill(page: Page, label: string, text: string): Promise<void> {
  await page.locator(".card:visible").getByLabel(label).fill(text);
}

async function signIn(page: Page, email: string, secret = password): Promise<void> {
  await fill(page, "E-mail address", email);
  await fill(page, "Password", secret);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const status = async (context: BrowserContext, path: string) =>
  (await context.request.get(home + path)).status();

/** What the socket says first to a page. */
function openSocket(page: Page): Promise<string> {
  return page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`ws://${location.host}/v1/realtime`);
        socket.onmessage = ({ data }) => {
          resolve(JSON.parse(data).type);
          socket.close();
        };
        socket.onerror = () => resolve("refused");
      }),
  );
}

test("[PG12] an account is made, confirmed by mail, used to practise, and signed out of everywhere", async () => {
  const { context, page, faults } = await visitor();
  await page.goto(home);
  await page.getByText("You need an account here.").waitFor();
  await expectAccessible(page, "signed out");
  await page.locator("#choose").waitFor({ state: "hidden" });
  expect(await openSocket(page)).toBe("refused");

  await page.locator("#sign-in-first").getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await expectAccessible(page, "sign in");
  await page.getByRole("link", { name: "Make one" }).click();
  await page.getByLabel("Your name").waitFor();
  await expectAccessible(page, "sign up");
  await fill(page, "Your name", "Ann <b>Lee</b>");
  await fill(page, "E-mail address", "ann@example.org");
  await fill(page, "Password", password);
  const mail = smtp.next();
  await page.getByRole("button", { name: "Make the account" }).click();
  await page.getByRole("heading", { name: "Check your mail" }).waitFor();
  await expectAccessible(page, "check your mail");

  const link = await nextLink(mail);
  expect(link).toContain(`${home}sign-in.html#verify=`);
  await page.goto(link);
  await page.getByRole("heading", { name: "Confirm your address" }).waitFor();
  await page.waitForURL(`${home}sign-in.html`);
  await page.getByRole("button", { name: "Confirm my address" }).click();
  await page.getByText("Your address is confirmed.").waitFor();
  await signIn(page, "ann@example.org", "not the password");
  await page.getByText("The e-mail address or the password is wrong.").waitFor();
  await expectAccessible(page, "a wrong password");
  await signIn(page, "ann@example.org");

  await page.getByRole("link", { name: "Ann <b>Lee</b>" }).waitFor();
  await page.waitForURL(home);
  await page.getByRole("button", { name: "Start" }).waitFor();
  expect(await openSocket(page)).toBe("session.created");
  expect(await page.evaluate(() => document.cookie)).toBe("");

  const elsewhere = await visitor();
  await elsewhere.page.goto(`${home}sign-in.html?next=/account.html`);
  await signIn(elsewhere.page, "ann@example.org");
  await elsewhere.page.getByText("Ann <b>Lee</b>, ann@example.org").waitFor();
  await page.getByRole("link", { name: "Ann" }).click();
  await expect.poll(() => page.locator("#places li").count()).toBe(2);
  await expect.poll(() => page.locator("#places").innerText()).toContain("Chrome on Linux\nhere · ");
  await expectAccessible(page, "account");
  await page.getByRole("button", { name: "Sign out everywhere", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out everywhere", exact: true }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect([await status(context, "api/me"), await status(elsewhere.context, "api/me")]).toEqual([401, 401]);
  await elsewhere.page.reload();
  await elsewhere.page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect([...faults, ...elsewhere.faults].filter((fault) => !fault.includes("WebSocket"))).toEqual([]);
  await context.close();
  await elsewhere.context.close();
});

test("a forgotten password, another one, a key, and everything erased", async () => {
  const { context, page, faults } = await visitor();
  const email = "bob@example.org";
  const confirm = smtp.next();
  await page.goto(`${home}sign-in.html#sign-up`);
  await fill(page, "E-mail address", email);
  await fill(page, "Password", password);
  await page.getByRole("button", { name: "Make the account" }).click();
  await page.getByRole("heading", { name: "Check your mail" }).waitFor();
  await page.goto(await nextLink(confirm));
  await page.getByRole("button", { name: "Confirm my address" }).click();
  await page.getByText("Your address is confirmed").waitFor();
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await fill(page, "E-mail address of your account", email);
  const reset = smtp.next();
  await page.getByRole("button", { name: "Send me a link" }).click();
  await page.getByRole("heading", { name: "Check your mail" }).waitFor();
  await page.goto(await nextLink(reset));
  await fill(page, "New password", "a new password");
  await page.getByRole("button", { name: "Set it" }).click();
  await page.getByText("Your new password is set.").waitFor();
  await signIn(page, email, "a new password");
  await page.getByRole("link", { name: email }).click();

  await fill(page, "The present one", "a new password");
  await fill(page, "The new one", password);
  await page.getByRole("button", { name: "Change it" }).click();
  await page.getByText("Your password is changed").waitFor();

  await page.getByText("Make a key").click();
  await fill(page, "What it is for", "Kiosk");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.locator("#new-key-text").waitFor();
  await expectAccessible(page, "a new key");
  const key = await page.locator("#new-key-text").filter({ hasText: /^kk_/ }).textContent();
  const me = await fetch(`${served.url}api/me`, { headers: { authorization: `Bearer ${key}` } });
  expect((await me.json()).data).toMatchObject({ via: "key", role: "user" });
  await page.getByRole("button", { name: "Revoke: Kiosk" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect.poll(() => page.locator("#keys li").count()).toBe(0);

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Everything that is kept of you" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^kuku-export-/);

  await page.getByText("Erase everything").first().click();
  await fill(page, "Your password, once more", password);
  await page.getByRole("button", { name: "Erase everything" }).click();
  await page.waitForURL(home);
  await page.getByText("You need an account here.").waitFor();
  await page.goto(`${home}sign-in.html`);
  await signIn(page, email);
  await page.getByText("The e-mail address or the password is wrong.").waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test("[PG12] an account is made, confirmed and signed in with by keyboard alone", async () => {
  const { context, page, faults } = await visitor();
  const has = (selector: string) => page.locator(`${selector}:focus`).waitFor();
  await page.goto(`${home}sign-in.html`);
  await has("#sign-in-email");
  await tabTo(page, "a[href='#sign-up']");
  await page.keyboard.press("Enter");
  await has("#sign-up-name");
  await page.keyboard.type("Kay");
  await tabTo(page, "#sign-up-email");
  await page.keyboard.type("kay@example.org");
  await tabTo(page, "#sign-up-password");
  await page.keyboard.type(password);
  const mail = smtp.next();
  await page.keyboard.press("Enter");
  await has("#view-mailed h1");
  await page.goto(await nextLink(mail));
  await has("#view-verify h1");
  await tabTo(page, "#verify button");
  await page.keyboard.press("Enter");
  await has("#sign-in-email");
  await page.keyboard.type("kay@example.org");
  await tabTo(page, "#sign-in-password");
  await page.keyboard.type("not the password");
  await tabTo(page, "#sign-in button[type=submit]");
  await page.keyboard.press("Enter");
  await page.getByText("The e-mail address or the password is wrong.").waitFor();
  // The button was busy meanwhile.
  await has("#sign-in button[type=submit]");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  await has("#sign-in-password");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await page.waitForURL(home);
  expect(faults).toEqual([]);
  await context.close();
});
