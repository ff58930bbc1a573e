/** What a phone does to a session: sound taken away, a microphone pulled out, a screen that would go dark; in a real browser. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { scriptedEngines } from "./serve.ts";
import { openSite } from "./site.ts";
import { heard, isLive } from "./visits.ts";

const site = openSite(scriptedEngines);

interface Seen {
  readonly contexts: AudioContext[];
  readonly streams: MediaStream[];
  readonly locks: WakeLockSentinel[];
  readonly handlers: Map<string, (() => void) | null>;
}

/** Keeps hold of what the page gets from the browser. */
function watchBrowser(): void {
  const seen = { contexts: [], streams: [], locks: [], handlers: new Map() } as Seen;
  Object.assign(window, { seen });
  const Native = AudioContext;
  window.AudioContext = class extends Native {
    constructor(options?: AudioContextOptions) {
      super(options);
      // The tests' own microphone has no rate of the page's.
      if (options?.sampleRate !== 48_000) seen.contexts.push(this);
    }
  };
  const { mediaDevices, wakeLock, mediaSession } = navigator;
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    const stream = await getUserMedia(constraints);
    seen.streams.push(stream);
    return stream;
  };
  const request = wakeLock.request.bind(wakeLock);
  wakeLock.request = async (kind) => {
    const lock = await request(kind);
    seen.locks.push(lock);
    return lock;
  };
  const setActionHandler = mediaSession.setActionHandler.bind(mediaSession);
  mediaSession.setActionHandler = (action, handler) => {
    seen.handlers.set(action, handler as (() => void) | null);
    setActionHandler(action, handler);
  };
}

async function begin(): Promise<Page> {
  const page = await site.visits.open(site.server.url, { context: { permissions: ["screen-wake-lock"] } });
  await page.addInitScript(watchBrowser);
  await page.reload();
  await page.getByText("Conversation", { exact: true }).click();
  await page.getByRole("button", { name: "Start" }).click();
  await isLive(page);
  return page;
}

/** A page's own view of what it was given. */
const inPage = <T>(page: Page, look: (seen: Seen) => T) =>
  page.evaluate(`(${String(look)})(window.seen)`) as Promise<T>;

test("[PG20] sound that the system takes away is said; a press brings it back, and the session goes on", async () => {
  const page = await begin();
  await inPage(page, (seen) => Promise.all(seen.contexts.map((context) => context.suspend())));
  await page.getByText("The sound was interrupted").waitFor();
  await page.getByRole("button", { name: "Go on" }).click();
  await page.locator("#notice").waitFor({ state: "hidden" });
  const states = () => inPage(page, (seen) => seen.contexts.map(({ state }) => state));
  await expect.poll(states).toEqual(["running", "running"]);
  const before = (await heard(page)).loudMs;
  await page.getByRole("textbox").fill("Hello.");
  await page.getByRole("button", { name: "Send" }).click();
  await expect.poll(async () => (await heard(page)).loudMs - before).toBeGreaterThan(300);
});

test("[PG20] a microphone that is pulled out is replaced by the default one, and that is said", async () => {
  const page = await begin();
  await inPage(page, (seen) => {
    for (const track of seen.streams.at(-1)?.getTracks() ?? []) {
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }
  });
  await page.getByText("another one is heard now").waitFor();
  await expect.poll(() => inPage(page, (seen) => seen.streams.length)).toBe(2);
  await page.locator("#talk:enabled").waitFor();
  expect(await page.evaluate(() => document.body.dataset.phase)).toBe("live");
});

test("[PG20] the screen stays lit while a session goes on, and the phone's own keys stop the coach", async () => {
  const page = await begin();
  const lit = () => inPage(page, (seen) => seen.locks.map(({ released }) => !released));
  await expect.poll(lit).toEqual([true]);
  expect(await page.evaluate(() => navigator.mediaSession.metadata?.title)).toBe("Conversation");
  await page.locator("#status", { hasText: "Kuku is speaking" }).waitFor();
  await inPage(page, (seen) => seen.handlers.get("pause")?.());
  await page.locator("#status", { hasText: "Your turn" }).waitFor();
  await page.locator("#end").click();
  await page.getByRole("button", { name: "Start" }).waitFor();
  await expect.poll(lit).toEqual([false]);
  await expect.poll(() => inPage(page, (seen) => seen.handlers.get("pause"))).toBe(null);
});
