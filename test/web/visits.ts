/** Visits to the first page, with a recording as the microphone, and what reaches the loudspeaker measured. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { readWav, writeWav } from "../../src/client/wav.ts";
import { launchChromium } from "./chromium.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Visits {
  /** A data folder that goes with the visits. */
  readonly folder: string;
  /** A recording as a person would give it: a breath of silence first, and silence after. */
  recording(name: string, beforeMs: number): Promise<string>;
  /** The same, with another recording behind it, made so much louder. */
  mixed(name: string, behind: string, gain: number, beforeMs: number): Promise<string>;
  /** Opens a page with a microphone. All that reaches the loudspeaker is measured on its way. */
  open(url: string, options?: VisitOptions): Promise<Page>;
  /** Closes the pages opened so far, and the browsers that had a recording as their microphone. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

interface VisitOptions {
  /** A recording's file, or `silent`: such pages share one browser. Absent: there is no microphone. */
  readonly microphone?: string;
  readonly allowed?: boolean;
  /** Of the page: its size, its language. */
  readonly context?: BrowserContextOptions;
}

/** Measures what is sent to the loudspeaker; runs in the page before anything else. */
function listen(): void {
  const connect = AudioNode.prototype.connect as (this: AudioNode, ...args: unknown[]) => AudioNode;
  const heard = { peak: 0, loudMs: 0 };
  Object.assign(window, { heard });
  AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]) {
    if (args[0] instanceof AudioDestinationNode) {
      const analyser = this.context.createAnalyser();
      connect.call(this, analyser);
      const samples = new Float32Array(analyser.fftSize);
      setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        heard.peak = Math.max(heard.peak, peak);
        if (peak > 0.02) heard.loudMs += 20;
      }, 20);
    }
    return connect.apply(this, args);
  } as typeof AudioNode.prototype.connect;
}

export async function openVisits(): Promise<Visits> {
  const folder = await mkdtemp(join(tmpdir(), "kuku-visits-"));
  const contexts: BrowserContext[] = [];
  const browsers: Browser[] = [];
  let silent: Promise<Browser> | undefined;
  const leave = async () => {
    for (const context of contexts.splice(0)) await context.close();
    for (const browser of browsers.splice(0)) await browser.close();
  };
  const recording = async (name: string, beforeMs: number) => {
    const { pcm, rate } = readWav(await readFile(join(root, "test/fixtures/speech", name)));
    const before = (rate * beforeMs) / 1000;
    const padded = new Int16Array(before + pcm.length + rate);
    padded.set(pcm, before);
    const file = join(folder, name);
    await writeFile(file, writeWav(padded, rate));
    return file;
  };
  const mixed = async (name: string, behind: string, gain: number, beforeMs: number) => {
    const [front, back] = await Promise.all(
      [name, behind].map(async (each) => readWav(await readFile(join(root, "test/fixtures/speech", each)))),
    );
    const { pcm, rate } = front as NonNullable<typeof front>;
    const before = (rate * beforeMs) / 1000;
    const padded = new Int16Array(before + pcm.length + rate);
    pcm.forEach((value, at) => {
      padded[before + at] = Math.round((value + gain * (back?.pcm[at] ?? 0)) / (1 + gain));
    });
    const file = join(folder, `mixed-${name}`);
    await writeFile(file, writeWav(padded, rate));
    return file;
  };
  const silentBrowser = () => {
    silent ??= recording("silence-3s.wav", 0).then((microphone) => launchChromium({ microphone }));
    return silent;
  };
  const launch = async (microphone: string | undefined, allowed: boolean) => {
    const browser = await launchChromium({ microphone, allowed });
    browsers.push(browser);
    return browser;
  };
  return {
    folder,
    recording,
    mixed,
    async open(url, { microphone, allowed = true, context = {} } = {}) {
      const browser = await (microphone === "silent" ? silentBrowser() : launch(microphone, allowed));
      const visitor = await browser.newContext(context);
      contexts.push(visitor);
      const page = await visitor.newPage();
      await page.addInitScript(listen);
      await page.goto(url);
      return page;
    },
    leave,
    async close() {
      await leave();
      await (await silent)?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What has reached the loudspeaker. */
export const heard = (page: Page) =>
  page.evaluate(() => (window as unknown as { heard: { peak: number; loudMs: number } }).heard);

/** Resolves once the session has begun. */
export const isLive = (page: Page) => page.waitForFunction(() => document.body.dataset.phase === "live");

const level = (page: Page) =>
  page.evaluate(() => (document.querySelector("#your-level") as HTMLMeterElement | null)?.value ?? 0);

/** Waits until the recording has been spoken into the page: a voice, then half a second of quiet. */
export async function untilSpoken(page: Page): Promise<void> {
  let loud = false;
  let quiet = 0;
  await expect
    .poll(
      async () => {
        const now = await level(page);
        if (now > 0.5) loud = true;
        quiet = now > 0.4 ? 0 : quiet + 1;
        return loud && quiet >= 10;
      },
      { interval: 50 },
    )
    .toBe(true);
}

/** By how much the page is wider than the window. */
export const sticksOut = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
