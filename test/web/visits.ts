/** Visits to the pages: a microphone into which recordings are spoken when asked, and a loudspeaker that is measured. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { readWav, writeWav } from "../../src/client/wav.ts";
import { type MicrophoneState, sharedChromium } from "./chromium.ts";

const speech = fileURLToPath(new URL("../fixtures/speech/", import.meta.url));

export interface Visits {
  /** A data folder that goes with the visits. */
  readonly folder: string;
  /** Opens a page in a context of its own. All that reaches the loudspeaker is measured on its way. */
  open(url: string, options?: VisitOptions): Promise<Page>;
  /** Closes the pages opened so far. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

interface VisitOptions {
  /** Default `allowed`; nothing is heard until somebody speaks (`speak`). */
  readonly microphone?: MicrophoneState;
  /** Of the page: its size, its language. */
  readonly context?: BrowserContextOptions;
}

/** Puts what `speak` says in the place of the microphone's sound; runs in the page before anything else. */
export function beSpokenTo(): void {
  const { mediaDevices } = navigator as { mediaDevices?: MediaDevices };
  if (!mediaDevices) return;
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  let into: MediaStreamAudioDestinationNode | undefined;
  const speak = async (wav: string) => {
    if (!into) throw new Error("the page has no microphone open");
    const bytes = Uint8Array.from(atob(wav), (character) => character.charCodeAt(0));
    const buffer = await into.context.decodeAudioData(bytes.buffer);
    const source = new AudioBufferSourceNode(into.context, { buffer });
    source.connect(into);
    await new Promise((resolve) => {
      source.onended = resolve;
      source.start();
    });
  };
  Object.assign(window, { speak });
  mediaDevices.getUserMedia = async (constraints) => {
    // Permission, and whether there is a device, are the browser's to tell.
    for (const track of (await getUserMedia(constraints)).getTracks()) track.stop();
    const context = new AudioContext({ sampleRate: 48_000 });
    into = context.createMediaStreamDestination();
    const silence = new ConstantSourceNode(context, { offset: 0 });
    silence.connect(into);
    silence.start();
    return into.stream;
  };
}

/** A page of any browser into which something may be said. */
interface SpokenPage {
  evaluate(run: (said: string) => Promise<void>, said: string): Promise<unknown>;
}

interface Heard {
  readonly peak: number;
  readonly loudMs: number;
}

/** Silence behind what is spoken: when that is over, the voice has long been heard; ms. */
const breathMs = 500;

async function readSpeech(name: string): Promise<{ pcm: Int16Array; rate: number }> {
  return readWav(await readFile(join(speech, name)));
}

/** Speaks samples into a page's microphone; resolves once they were heard to their end. */
export async function speakPcm(page: SpokenPage, pcm: Int16Array, rate: number): Promise<void> {
  const whole = new Int16Array(pcm.length + Math.round((rate * breathMs) / 1000));
  whole.set(pcm);
  const wav = Buffer.from(writeWav(whole, rate)).toString("base64");
  await page.evaluate(
    (said) => (window as unknown as { speak(wav: string): Promise<void> }).speak(said),
    wav,
  );
}

/** Speaks a recording into a page's microphone; resolves once it was heard to its end. */
export async function speak(page: SpokenPage, name: string): Promise<void> {
  const { pcm, rate } = await readSpeech(name);
  await speakPcm(page, pcm, rate);
}

/** Speaks a recording with another one behind it, made so much louder. */
export async function speakOver(page: Page, name: string, behind: string, gain: number): Promise<void> {
  const [front, back] = await Promise.all([readSpeech(name), readSpeech(behind)]);
  const mixed = front.pcm.map((value, at) => Math.round((value + gain * (back.pcm[at] ?? 0)) / (1 + gain)));
  await speakPcm(page, mixed, front.rate);
}

/** Holds the space bar while a recording is spoken. */
export async function holdAndSpeak(page: Page, name: string): Promise<void> {
  await page.keyboard.down("Space");
  await isPressed(page, true);
  await speak(page, name);
  await page.keyboard.up("Space");
}

/** Measures what is sent to the loudspeaker; runs in the page before anything else. */
export function listen(): void {
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
  const leave = async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
  };
  return {
    folder,
    async open(url, { microphone, context = {} } = {}) {
      const visitor = await (await sharedChromium(microphone)).newContext(context);
      contexts.push(visitor);
      const page = await visitor.newPage();
      await page.addInitScript(listen);
      await page.addInitScript(beSpokenTo);
      await page.goto(url);
      return page;
    },
    leave,
    async close() {
      await leave();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What has reached the loudspeaker, of a page of any browser. */
export const heard = (page: { evaluate(run: () => Heard): Promise<Heard> }): Promise<Heard> =>
  page.evaluate(() => (window as unknown as { heard: Heard }).heard);

/** Resolves once the talk button is pressed, or is not. */
export const isPressed = (page: Page, pressed: boolean) =>
  page.locator(`#talk[aria-pressed=${pressed}]`).waitFor();

/** Presses and lets go at once, however slow the machine: both are on their way before the first is answered. */
export const tap = (key: string, { keyboard }: Page) => Promise.all([keyboard.down(key), keyboard.up(key)]);

/** Resolves once the session has begun. */
export const isLive = (page: Page) => page.waitForFunction(() => document.body.dataset.phase === "live");
