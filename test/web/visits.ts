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
  let microphone: AudioWorkletNode | undefined;
  const NativeNode = AudioWorkletNode;
  window.AudioWorkletNode = class extends NativeNode {
    constructor(context: BaseAudioContext, name: string, options?: AudioWorkletNodeOptions) {
      super(context, name, options);
      if (name === "kuku-microphone") microphone = this;
    }
  };
  /** Hands the page whole frames in the audio thread's place: that one leaves out what a busy machine has no time for. */
  const speak = async (wav: string, speed: number) => {
    if (!microphone) throw new Error("the page has no microphone open");
    const { context, port } = microphone;
    const bytes = Uint8Array.from(atob(wav), (character) => character.charCodeAt(0));
    const samples = (await context.decodeAudioData(bytes.buffer)).getChannelData(0);
    const frame = context.sampleRate / 50;
    const deliver = port.onmessage;
    const leaveOut = () => {};
    port.onmessage = leaveOut;
    const begunAt = performance.now();
    for (let from = 0; from + frame <= samples.length; from += frame) {
      const aheadMs = begunAt + (1000 * from) / context.sampleRate / speed - performance.now();
      if (aheadMs > 0) await new Promise((resolve) => setTimeout(resolve, aheadMs));
      // The page has closed its microphone.
      if (port.onmessage !== leaveOut) return;
      const data = Int16Array.from(samples.subarray(from, from + frame), (value) => 32_767 * value);
      deliver?.call(port, new MessageEvent("message", { data }));
    }
    port.onmessage = deliver;
  };
  /** Sounds a tone into the microphone itself. */
  const hum = () => {
    if (!into) throw new Error("the page has no microphone open");
    const tone = new OscillatorNode(into.context, { frequency: 220 });
    tone.connect(into);
    tone.start();
  };
  Object.assign(window, { speak, hum });
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

/** Speed of what is spoken where the page's time makes no difference. */
export const quick = 8;

/**
 * Silence behind what is spoken, in its own time: when that is over, the voice has long been heard, and a key has been held
 * for longer than a tap; ms.
 */
const breathMs = 500;

async function readSpeech(name: string): Promise<{ pcm: Int16Array; rate: number }> {
  return readWav(await readFile(join(speech, name)));
}

/** Speaks samples into a page's microphone, `speed` times as quick as they were said; resolves once they were heard to their end. */
export async function speakPcm(page: SpokenPage, pcm: Int16Array, rate: number, speed = 1): Promise<void> {
  const breath = new Int16Array(Math.round((rate * breathMs) / 1000));
  const said = [
    { wav: Buffer.from(writeWav(pcm, rate)).toString("base64"), times: speed },
    { wav: Buffer.from(writeWav(breath, rate)).toString("base64"), times: 1 },
  ];
  await page.evaluate(async (parts) => {
    const { speak } = window as unknown as { speak(wav: string, speed: number): Promise<void> };
    for (const { wav, times } of JSON.parse(parts)) await speak(wav, times);
  }, JSON.stringify(said));
}

/** Speaks a recording into a page's microphone; resolves once it was heard to its end. */
export async function speak(page: SpokenPage, name: string, speed = 1): Promise<void> {
  const { pcm, rate } = await readSpeech(name);
  await speakPcm(page, pcm, rate, speed);
}

/** Has a tone sound before the page's microphone until the page is left. */
export const hum = (page: Page) => page.evaluate(() => (window as unknown as { hum(): void }).hum());

/** Speaks a recording with another one behind it, made so much louder. */
export async function speakOver(page: Page, name: string, behind: string, gain: number): Promise<void> {
  const [front, back] = await Promise.all([readSpeech(name), readSpeech(behind)]);
  const mixed = front.pcm.map((value, at) => Math.round((value + gain * (back.pcm[at] ?? 0)) / (1 + gain)));
  await speakPcm(page, mixed, front.rate, quick);
}

/** Holds the space bar while a recording is spoken, quicker than it was said: nothing of it hangs on its time. */
export async function holdAndSpeak(page: Page, name: string): Promise<void> {
  await page.keyboard.down("Space");
  await isPressed(page, true);
  await speak(page, name, quick);
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
