/** The administrators' page in a real browser, on a real server with accounts, on a desk and on a phone. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { startSmtp } from "../server/access/accounts/smtp.ts";
import { reservePort } from "../support/reserve-port.ts";
import { testDatabase } from "../support/test-database.ts";
import { expectAccessible, tabTo } from "./accessible.ts";
import { sharedChromium } from "./chromium.ts";
import { type ServedHere, scriptedEngines, serve, serveHere } from "./serve.ts";

const password = "correct horse battery";
const desk = { width: 1440, height: 900 };
const folder = mkdtempSync(join(tmpdir(), "kuku-admin-"));
let smtp: Awaited<ReturnType<typeof startSmtp>>;
let db: pg.Client;
let settings: Record<string, string>;
let served: ServedHere;
let browser: Browser;
let home: string;

beforeAll(async () => {
  smtp = await startSmtp();
  const DATABASE_URL = await testDatabase();
  db = new pg.Client({ connectionString: DATABASE_URL });
  await db.connect();
  const access = { AUTH: "accounts", AUTH_SECRET: "s".repeat(32), MAIL_URL: smtp.url, DATABASE_URL };
  settings = { ...scriptedEngines, ...access, PORT: String(await reservePort()) };
  [served, browser] = await Promise.all([serve(folder, settings), sharedChromium()]);
  home = served.url.replace("127.0.0.1", "localhost");
  for (const name of ["Ada", "Ann", "Bob"]) await signUp(name);
  await db.query("update kuku.users set email_verified = true");
  await db.query("update kuku.users set role = 'admin' where name = 'Ada'");
});
afterAll(async () => {
  await served?.stop();
  await db?.end();
  await smtp?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const emailOf = (name: string) => `${name.toLowerCase()}@example.org`;

const post = (path: string, body: object, cookie = "") =>
  fetch(`${home}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: home.slice(0, -1), cookie },
    body: JSON.stringify(body),
  });

async function signUp(name: string): Promise<void> {
  const mail = smtp.next();
  const answer = await post("api/auth/sign-up/email", { name, email: emailOf(name), password });
  expect(answer.status).toBe(200);
  await mail;
}

async function cookieOf(name: string): Promise<string> {
  const answer = await post("api/auth/sign-in/email", { email: emailOf(name), password });
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
}

/** Opens somebody's session, with a socket. */
async function talk(name: string): Promise<{ id: string; closed: Promise<number> }> {
  const headers = { cookie: await cookieOf(name), origin: home.slice(0, -1) };
  const socket = new WebSocket(`${home.replace("http", "ws")}v1/realtime?model=kuku`, ["kuku.v1"], {
    headers,
  });
  onTestFinished(() => socket.terminate());
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  const id = await new Promise<string>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("message", (data) => {
      const event = JSON.parse(String(data).startsWith("{") ? String(data) : "{}");
      if (event.type === "session.created") resolve(event.session.id);
    });
  });
  onTestFinished(async () => {
    await post(`api/sessions/${id}/end`, {}, headers.cookie);
  });
  return { id, closed };
}

/** The page as somebody who has signed in sees it; `faults` fills with what the browser complains of. */
async function open(name: string, section = "", viewport = desk, locale = "en-GB") {
  const context = await browser.newContext({ viewport, locale, acceptDownloads: true });
  onTestFinished(() => context.close());
  const faults: string[] = [];
  const page = await context.newPage();
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      faults.push(message.text());
  });
  await page.goto(`${home}admin.html${section}`);
  await page.waitForURL("**/sign-in.html?next=/admin.html*");
  await page.locator("#sign-in-email").fill(emailOf(name));
  await page.locator("#sign-in-password").fill(password);
  await page.locator("#sign-in button[type=submit]").click();
  await page.waitForURL(({ pathname }) => pathname === "/admin.html");
  if (section) await page.goto(`${home}admin.html${section}`);
  return { page, faults };
}

/** The row of a table that tells of somebody. */
const row = (page: Page, text: string) => page.getByRole("row").filter({ hasText: text });

test("[AP1] live sessions come and go by themselves, are found, muted and, once confirmed, ended", async () => {
  const { page, faults } = await open("Ada");
  await page.getByText("Nobody is in a session just now.").waitFor();
  const ann = await talk("Ann");
  const bob = await talk("Bob");
  await row(page, "ann@example.org").waitFor();
  await row(page, "bob@example.org").waitFor();
  await expect.poll(() => row(page, "Ann").textContent()).toMatch(/Ann.*kuku.*Yes/);
  await page.getByLabel("Filter").fill("bob@");
  await expect.poll(() => row(page, "Ann").count()).toBe(0);
  await page.getByText("1 of 2 sessions").waitFor();
  await row(page, "Bob").getByRole("button", { name: "Mute", exact: true }).click();
  await row(page, "Bob").getByRole("button", { name: "Unmute" }).waitFor();
  await row(page, "Bob").getByRole("button", { name: "End" }).click();
  const dialog = page.getByRole("dialog");
  expect(await dialog.textContent()).toContain("Bob is talking to kuku.");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "hidden" });
  await row(page, "Bob").getByRole("button", { name: "End" }).click();
  await dialog.getByRole("button", { name: "End" }).click();
  expect(await bob.closed).toBe(1008);
  // Until it is gone nothing behind it can be typed into.
  await dialog.waitFor({ state: "hidden" });
  await page.getByLabel("Filter").fill("");
  await expect.poll(() => row(page, "Bob").count()).toBe(0);
  await expect.poll(() => row(page, "Ann").getAttribute("data-id")).toBe(ann.id);
  expect(faults).toEqual([]);
});

test("[AP2] words are read only after the audit is warned of, and the reading stands there", async () => {
  const { page } = await open("Ada");
  const ann = await talk("Ann");
  await row(page, "Ann").getByRole("button", { name: "Read" }).click();
  const dialog = page.getByRole("dialog");
  expect(await dialog.textContent()).toContain("written down in the audit");
  const read = async () =>
    (await db.query("select 1 from kuku.audit where target = $1 and action = 'session.messages'", [ann.id]))
      .rowCount;
  expect(await read()).toBe(0);
  await dialog.getByRole("button", { name: "Read, and have it recorded" }).click();
  await dialog.getByText(/Kuku/).first().waitFor();
  await expect.poll(read).toBe(1);
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Audit" }).click();
  await row(page, "Read a conversation").first().waitFor();
  await expect.poll(() => row(page, "Read a conversation").first().textContent()).toMatch(/Ada.*Ann/);
});

test("[AP3] the page comes back by itself once a server that was killed is there again", async () => {
  const { page } = await open("Ada");
  await page.getByText("Nobody is in a session just now.").waitFor();
  await served.stop();
  served = await serveHere(folder, settings);
  const ann = await talk("Ann");
  await expect.poll(() => row(page, "Ann").getAttribute("data-id")).toBe(ann.id);
  await expect.poll(() => page.getByRole("alert").count()).toBe(0);
});

test("[AP2] somebody is found and blocked with a reason, which others then see", async () => {
  const { page, faults } = await open("Ada", "#people");
  await page.getByLabel("Name or address").fill("BOB");
  await page.getByRole("button", { name: "Search" }).click();
  await expect.poll(() => page.getByRole("row").count()).toBe(2);
  await page.getByRole("button", { name: "Bob" }).click();
  const dialog = page.getByRole("dialog").first();
  await dialog.getByRole("button", { name: "Block", exact: true }).click();
  // Until then the account's own dialog is the last one.
  await page.getByLabel("Reason").waitFor();
  const confirm = page.getByRole("dialog").last();
  await confirm.getByRole("button", { name: "Block" }).click();
  // Without a reason nothing is done.
  await confirm.locator("#reason:invalid").waitFor();
  await confirm.getByLabel("Reason").fill("Shared their key.");
  await confirm.getByRole("button", { name: "Block" }).click();
  await dialog.getByRole("button", { name: "Unblock" }).waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  await row(page, "Bob").getByText("Yes: Shared their key.").waitFor();
  await page.getByRole("button", { name: "Bob" }).click();
  await dialog.getByRole("button", { name: "Unblock" }).click();
  await dialog.getByRole("button", { name: "Block", exact: true }).waitFor();
  expect(faults).toEqual([]);
});

test("[AP2] usage of a range is shown day by day, and saved as a table", async () => {
  await db.query(
    `insert into kuku.usage_days (day, owner_id, key_id, sessions, turns, audio_seconds, input_tokens, output_tokens, characters, cost)
    select '2026-03-01'::text, id, '', 2, 10, 60.5, 3000, 7, 9, 1.25 from kuku.users where name = 'Ann'`,
  );
  const { page } = await open("Ada", "#usage");
  await page.getByLabel("From").fill("2026-03-01");
  await page.getByLabel("To").fill("2026-03-31");
  await page.getByRole("button", { name: "Show" }).click();
  await row(page, "1 Mar 2026").waitFor();
  await expect
    .poll(() => page.getByRole("table", { name: "Who used most" }).textContent())
    .toMatch(/Ann.*1\.25/);
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save as CSV" }).click(),
  ]);
  expect(saved.suggestedFilename()).toBe("kuku-usage-2026-03-01-2026-03-31.csv");
  expect(readFileSync(await saved.path(), "utf8")).toBe(
    "day,people,sessions,turns,audioSeconds,inputTokens,outputTokens,characters,cost\r\n2026-03-01,1,2,10,60.5,3000,7,9,1.25\r\n",
  );
});

test("[AP2] nodes, providers, latency, errors and keys are told", async () => {
  const { page, faults } = await open("Ada", "#nodes");
  await row(page, "answers this page").getByText("Takes sessions").waitFor();
  await row(page, "answers this page").getByRole("button", { name: "Drain" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Drain" }).click();
  // The only one keeps its sessions: the server's reason stands in the dialog.
  await dialog.getByRole("alert").getByText("There is no other node that takes sessions.").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.goto(`${home}admin.html#health`);
  await page.getByRole("table", { name: "Providers" }).getByText("Transcription").waitFor();
  await page.getByRole("heading", { name: "Recent errors" }).waitFor();
  await page.goto(`${home}admin.html#keys`);
  await page.getByText("There are no keys.").waitFor();
  expect(faults).toEqual([]);
});

test("[AP1] nobody but administrators sees anything but that", async () => {
  const { page } = await open("Ann");
  await page.getByText("This page is for administrators of this server.").waitFor();
  expect(await page.getByRole("table").count()).toBe(0);
});

test.each([
  ["English", "en-GB", "Live"],
  ["French", "fr-FR", "En direct"],
])("[AP4] every section fits every size, and axe finds no fault, in %s", async (_, locale, first) => {
  await talk("Ann");
  const { page } = await open("Ada", "", desk, locale);
  await row(page, "Ann").waitFor();
  await page.getByRole("heading", { name: first, level: 2 }).waitFor();
  for (const section of ["live", "nodes", "people", "usage", "health", "keys", "audit"]) {
    await page.goto(`${home}admin.html#${section}`);
    await page.locator("section[aria-busy=false]").waitFor();
    await expectAccessible(page, section);
  }
});

test("[PG12] sessions are muted and ended, somebody blocked and a node drained by keyboard alone", async () => {
  const { page, faults } = await open("Ada");
  const has = (selector: string, hasText = "") => page.locator(`${selector}:focus`, { hasText }).waitFor();
  const dialog = page.getByRole("dialog");
  const ann = await talk("Ann");
  const session = `tr[data-id="${ann.id}"]`;
  await page.locator(session).waitFor();
  await tabTo(page, `${session} button`);
  await page.keyboard.press("Enter");
  await has(`${session} button`, "Unmute");
  await tabTo(page, `${session} .danger`);
  await page.keyboard.press("Enter");
  await dialog.waitFor();
  await page.keyboard.press("Escape");
  await has(`${session} .danger`);
  await page.keyboard.press("Enter");
  await dialog.waitFor();
  await tabTo(page, "dialog .danger");
  await page.keyboard.press("Enter");
  expect(await ann.closed).toBe(1008);
  await page.locator(session).waitFor({ state: "detached" });
  await has("main section");

  await page.reload();
  await tabTo(page, "a[href='#people']");
  await page.keyboard.press("Enter");
  await tabTo(page, "#search");
  await page.keyboard.type("bob");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.getByRole("row").count()).toBe(2);
  await tabTo(page, "td .link");
  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "Block", exact: true }).waitFor();
  await tabTo(page, "dialog .danger");
  await page.keyboard.press("Enter");
  await has("#reason");
  await page.keyboard.type("Shared their key.");
  await page.keyboard.press("Enter");
  await has("dialog button", "Unblock");
  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "Block", exact: true }).waitFor();
  await has("dialog button", "Block");
  await page.keyboard.press("Escape");
  await has("td .link", "Bob");

  await page.reload();
  await tabTo(page, "a[href='#nodes']");
  await page.keyboard.press("Enter");
  await row(page, "answers this page").waitFor();
  await tabTo(page, "td .danger");
  await page.keyboard.press("Enter");
  await dialog.waitFor();
  await tabTo(page, "dialog .danger");
  await page.keyboard.press("Enter");
  await dialog.getByRole("alert").waitFor();
  await has("dialog .danger");
  await page.keyboard.press("Escape");
  await has("td .danger");
  expect(faults).toEqual([]);
});
