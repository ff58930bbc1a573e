/** The page as an installed one: manifest, and a service worker over versions and without a server, in a real browser. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { reservePort } from "../support/reserve-port.ts";
import { testDatabase } from "../support/test-database.ts";
import { scriptedEngines, serveHere } from "./serve.ts";
import { servePages } from "./serve-pages.ts";
import { openSite } from "./site.ts";

const site = openSite();

/** Resolves once a service worker answers for the page. */
const isKept = (page: Page) =>
  page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated");

/** Addresses in the page's caches, hashes cut off, and the number of caches. */
const kept = (page: Page) =>
  page.evaluate(async () => {
    const names = await caches.keys();
    const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    const paths = requests.flat().map(({ url }) => new URL(url).pathname.replace(/-\w{8}(?=\.\w+$)/, ""));
    return { caches: names.length, paths: [...new Set(paths)] };
  });

test("[PG18] the page can be installed: its manifest is one, and has every icon that it names", async () => {
  const page = await site.visits.open(site.server.url);
  const client = await page.context().newCDPSession(page);
  const { url, errors } = await client.send("Page.getAppManifest");
  expect([url, errors]).toEqual([`${site.server.url}manifest.webmanifest`, []]);
  await isKept(page);
  await expect
    .poll(async () => (await client.send("Page.getInstallabilityErrors")).installabilityErrors)
    .toEqual([]);
  const answer = await fetch(url);
  expect(answer.headers.get("content-type")).toBe("application/manifest+json");
  const { icons, ...manifest } = await answer.json();
  expect(manifest).toMatchObject({ id: "/", start_url: "/", scope: "/", display: "standalone" });
  expect(icons.some(({ purpose }: { purpose?: string }) => purpose === "maskable")).toBe(true);
  for (const { src, sizes, type } of icons) {
    const icon = await fetch(new URL(src, url));
    expect([src, icon.status, icon.headers.get("content-type")]).toEqual([src, 200, type]);
    if (type !== "image/png") continue;
    const png = Buffer.from(await icon.arrayBuffer());
    expect(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`).toBe(sizes);
  }
});

test("[PG18] opened where the server cannot be reached, it says so, and comes as soon as the server is back", async () => {
  const PORT = String(await reservePort());
  const settings = { ...scriptedEngines, DATABASE_URL: await testDatabase(), PORT };
  const server = await serveHere(site.visits.folder, settings);
  onTestFinished(server.stop);
  const page = await site.visits.open(server.url);
  await isKept(page);
  await server.stop();
  for (const path of ["", "progress.html"]) {
    await page.goto(server.url + path);
    await page.getByRole("heading", { name: "The server cannot be reached" }).waitFor();
    expect(page.url()).toBe(server.url + path);
  }
  await page.evaluate(() => localStorage.setItem("kuku.interface", "fr"));
  await page.goto(server.url);
  await page.locator("html[lang=fr]").waitFor();
  await page.getByRole("heading", { name: "Le serveur est injoignable" }).waitFor();
  await page.evaluate(() => localStorage.removeItem("kuku.interface"));
  await page.goto(server.url);
  await page.getByRole("button", { name: "Try again" }).waitFor();
  const again = await serveHere(site.visits.folder, settings);
  onTestFinished(again.stop);
  await page.getByRole("button", { name: "Start" }).waitFor();
  await page.getByRole("heading", { name: "The server cannot be reached" }).waitFor({ state: "detached" });
});

test("[PG18] a new version is there at the next visit, whole; pages and answers of the API are never kept", async () => {
  const server = await servePages();
  onTestFinished(server.stop);
  const page = await site.visits.open(server.url);
  await isKept(page);
  const colour = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--version"));
  const mark = () => page.evaluate(() => (window as unknown as { version?: string }).version);
  for (const version of ["two", "three", "four"]) {
    appendFileSync(join(server.root, "web/index.css"), `:root{--version:${version}}`);
    appendFileSync(
      join(server.root, "web/practice/main.tsx"),
      `\nObject.assign(window, { version: "${version}" });\n`,
    );
    await page.reload();
    // Script and sheet of one version, at the first visit after it came.
    await expect.poll(mark).toBe(version);
    await expect.poll(colour).toBe(version);
    const count = () => page.evaluate(async () => (await fetch("/api/count")).json());
    const before = await count();
    await expect.poll(count).toBe(before + 1);
    // The new one answers for this page already; of those before it only the last is kept, for pages that are open.
    await expect.poll(async () => (await kept(page)).caches).toBe(2);
  }
  const { paths } = await kept(page);
  expect(paths.filter((path) => !path.startsWith("/assets/"))).toEqual(["/offline.html"]);
  expect(paths).toEqual(
    expect.arrayContaining(["/assets/speaker-worklet.js", "/assets/microphone-worklet.js"]),
  );
});
