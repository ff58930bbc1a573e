/** What a phone does to a session: sound taken away, a microphone pulled out, a screen that would go dark; in a real browser. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openSite } from "./site.ts";
import { heard, isLive, isPressed, speak } from "./visits.ts";

const site = openSite();

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

/** What sticks out of the space between a phone's two sides, of what can be read or pressed. */
const underNotch = (page: Page, side: number) =>
  page.evaluate(
    (width) =>
      [...document.querySelectorAll("a, button, input:not(.unseen), select, p, h1, h2, label > span")]
        .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
        .filter((element) => {
          const { left, right } = element.getBoundingClientRect();
          return right > left && (left < width || right > innerWidth - width);
        })
        .map(({ outerHTML }) => outerHTML.slice(0, 120)),
    side,
  );

test("[PG36] on a phone that is held sideways nothing lies under its notch", async () => {
  const side = 47;
  const page = await site.visits.open(site.server.url, {
    context: { viewport: { width: 844, height: 390 } },
  });
  const client = await page.context().newCDPSession(page);
  const insets = { top: 0, left: side, right: side, bottom: 21 };
  await client.send("Emulation.setSafeAreaInsetsOverride", { insets });
  await page.locator("#adjust summary").click();
  await page.locator("#speed").waitFor();
  await expect.poll(() => underNotch(page, side)).toEqual([]);
  await page.getByText("Conversation", { exact: true }).click();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await isLive(page);
  await page.locator("#log .coach").first().waitFor();
  await expect.poll(() => underNotch(page, side)).toEqual([]);
  await page.goto(`${site.server.url}progress.html`);
  // Another page has none until it is told.
  await client.send("Emulation.setSafeAreaInsetsOverride", { insets });
  await page.locator("main[aria-busy=false]").waitFor();
  await expect.poll(() => underNotch(page, side)).toEqual([]);
});

test("[PG36] the talk button is held by touch: what moves scrolls nothing and ends nothing, and is felt", async () => {
  const page = await site.visits.open(site.server.url, {
    context: { viewport: { width: 390, height: 844 }, hasTouch: true },
  });
  await page.addInitScript(() => {
    const felt: unknown[] = [];
    Object.assign(window, { felt });
    navigator.vibrate = (pattern) => felt.push(pattern) > 0;
  });
  await page.reload();
  const felt = () => page.evaluate(() => (window as unknown as { felt: unknown[] }).felt.length);
  await page.getByText("Conversation", { exact: true }).click();
  await page.getByRole("button", { name: "Start" }).click();
  await isLive(page);
  await page.locator("#talk:enabled").waitFor();
  // Longer than the window, so that there is something to scroll.
  await page.evaluate(() => document.querySelector("main")?.style.setProperty("min-height", "3000px"));
  const box = await page.locator("#talk").boundingBox();
  const finger = { x: (box?.x ?? 0) + (box?.width ?? 0) / 2, y: (box?.y ?? 0) + (box?.height ?? 0) / 2 };
  const client = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", up = 0) =>
    client.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: type === "touchEnd" ? [] : [{ x: finger.x, y: finger.y - up }],
    });
  const top = () => page.evaluate(() => document.documentElement.scrollTop);
  // Away from the newest, which would be followed.
  await page.mouse.wheel(0, -5000);
  await expect.poll(top).toBe(0);
  await touch("touchStart");
  await isPressed(page, true);
  await expect.poll(felt).toBe(1);
  for (const up of [20, 60, 120, 200]) await touch("touchMove", up);
  await speak(page, "half-slt.wav");
  await isPressed(page, true);
  expect(await top()).toBe(0);
  await touch("touchEnd");
  await isPressed(page, false);
  await expect.poll(felt).toBe(2);
  await page.locator("#log .you").first().waitFor();
});
