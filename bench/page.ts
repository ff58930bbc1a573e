/**
 * What the first page costs: `npm run bench:page -- [ROUNDS]` starts the server with scripted engines and opens the page in
 * a new browser context each round, on loopback. Prints requests, bytes over the wire, time until Start can be pressed
 * (medians), and the layout shift. Requests are the page's own: the service worker is registered once the page can be used,
 * and what it then keeps (the same files, from the browser's own cache, and the offline page) delays nothing.
 */
import { loadavg } from "node:os";
import type { Browser } from "playwright-core";
import { launchChromium } from "../test/web/chromium.ts";
import { scriptedEngines, serve } from "../test/web/serve.ts";
import { openVisits } from "../test/web/visits.ts";
import { median } from "./statistics.ts";

interface Figures {
  readonly requests: number;
  readonly bytes: number;
  readonly usableMs: number;
  readonly shift: number;
}

async function openOnce(browser: Browser, url: string): Promise<Figures> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  let requests = 0;
  const sizes: Promise<number>[] = [];
  page.on("requestfinished", (request) => {
    requests++;
    sizes.push(request.sizes().then((each) => each.responseBodySize + each.responseHeadersSize));
  });
  await page.addInitScript(() => {
    const seen = { shift: 0, usableMs: 0 };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.shift += (entry as unknown as { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
    const look = () => {
      const start = document.querySelector<HTMLButtonElement>("#start");
      if (start && !start.disabled) seen.usableMs = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(url, { waitUntil: "networkidle" });
  const { shift, usableMs } = await page.evaluate(
    () => (window as unknown as { seen: { shift: number; usableMs: number } }).seen,
  );
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  await context.close();
  return { requests, bytes, usableMs, shift };
}

console.log(`load of the machine before: ${loadavg()[0]?.toFixed(1)}`);
const visits = await openVisits();
const server = await serve(visits.folder, scriptedEngines);
const browser = await launchChromium();
try {
  const rounds: Figures[] = [];
  for (let round = 0; round < Number(process.argv[2] ?? 5); round++)
    rounds.push(await openOnce(browser, server.url));
  const middle = (name: keyof Figures) => median(rounds.map((each) => each[name]));
  console.log(`requests        ${middle("requests")} (at most 6)`);
  console.log(`over the wire   ${(middle("bytes") / 1000).toFixed(1)} KB (at most 100)`);
  console.log(`usable after    ${Math.round(middle("usableMs"))} ms (at most 1000)`);
  console.log(`layout shift    ${middle("shift").toFixed(3)} (0)`);
} finally {
  await browser.close();
  await server.stop();
  await visits.close();
}
