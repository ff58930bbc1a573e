/** A client without echo cancellation: what its loudspeaker plays comes back into its microphone. */
import { createDecimator } from "../../src/pipeline/audio/decimate.ts";
import type { Synthesizer } from "../../src/ports/synthesizer.ts";
import { type AudioFormat, sampleRate } from "../../src/protocol/audio-format.ts";
import { decodeAudio, encodeAudio } from "../../src/session/codec.ts";
import { seededNoise } from "../pipeline/ears/ears.ts";
import { recording, type testSession } from "./session.ts";

/** Sentences in several voices, with their pauses; a reply says two of them. */
const sentences = [
  "overwhelmed-slt",
  "goal-rms",
  "fox-slt",
  "yes-wrap-up-awb",
  "fox-slow-rms",
  "fox-rms",
  "pause-1200ms-rms",
  "fox-fast-rms",
  "fox-misread-slt",
] as const;

/** Number of sentences. */
export const recordedSentences = sentences.length;

/** Speaks recordings, one after another from `first` on, whatever the text, in pieces of 100 ms as fast as they are read. */
export function recordedVoice(first = 0): Synthesizer {
  let next = first;
  return {
    name: "recorded",
    voices: ["recorded"],
    async *synthesize(_text, { rate }) {
      const pcm = atRate(recording(sentences[next++ % sentences.length]!), rate);
      for (let at = 0; at < pcm.length; at += rate / 10) yield { pcm: pcm.slice(at, at + rate / 10) };
    },
  };
}

/** A 24 kHz recording at 24 or 8 kHz. */
function atRate(pcm: Int16Array, rate: number): Int16Array {
  if (rate === 24_000) return pcm;
  const decimator = createDecimator(24_000, 480);
  const out = new Int16Array(Math.floor(pcm.length / 480) * 160);
  for (let i = 0; i * 480 + 480 <= pcm.length; i++)
    decimator.process(pcm.subarray(i * 480, (i + 1) * 480), out.subarray(i * 160, (i + 1) * 160));
  return out;
}

/** Impulse response of a small room: the direct sound, then 60 reflections, 6 dB weaker in all, gone within 0.3 s. */
function room(rate: number): readonly (readonly [delay: number, gain: number])[] {
  const random = seededNoise(3);
  const reflections = Array.from({ length: 60 }, (_, i) => {
    const seconds = 0.002 + 0.005 * i;
    return [Math.round(seconds * rate), random() * 10 ** ((-3 * seconds) / 0.3)] as const;
  });
  const energy = reflections.reduce((sum, [, gain]) => sum + gain * gain, 0);
  const scale = Math.sqrt(0.25 / energy);
  return [[0, 1], ...reflections.map(([delay, gain]) => [delay, gain * scale] as const)];
}

export interface Loopback {
  /** Of the echo, dB; −Infinity: none. */
  readonly gainDb: number;
  readonly delayMs: number;
  readonly format?: AudioFormat;
  /** It reports `kuku.playback`, and obeys what it is told. */
  readonly reports?: boolean;
  /** Of the room's noise, dBFS. */
  readonly noiseDb?: number;
}

const frameMs = 20;

/** The client of a session; its time goes on with `live`. */
export class LoopbackClient {
  readonly #session: ReturnType<typeof testSession>;
  readonly #options: Loopback;
  readonly #format: AudioFormat;
  readonly #rate: number;
  readonly #taps: readonly (readonly [number, number])[];
  readonly #noise = seededNoise(11);
  readonly #played: Float32Array;
  /** Sample up to which the loudspeaker has something to play. */
  #queued = 0;
  #now = 0;
  #seen = 0;
  #said: { readonly from: number; readonly pcm: Int16Array } | undefined;
  #playing: { id: string; from: number; until: number } | undefined;

  constructor(session: ReturnType<typeof testSession>, options: Loopback) {
    this.#session = session;
    this.#options = options;
    this.#format = options.format ?? { type: "audio/pcm", rate: 24_000 };
    this.#rate = sampleRate(this.#format);
    this.#taps = room(this.#rate);
    this.#played = new Float32Array(120 * this.#rate);
  }

  get nowMs(): number {
    return (this.#now * 1000) / this.#rate;
  }

  /** When the loudspeaker falls silent, ms. */
  get playsUntilMs(): number {
    return (this.#queued * 1000) / this.#rate;
  }

  /** Someone begins to speak into the microphone, now. */
  say(pcm: Int16Array): void {
    this.#said = { from: this.#now, pcm: atRate(pcm, this.#rate) };
  }

  /** Lets time pass, until `done` if that comes sooner. */
  async live(ms: number, done: () => boolean = () => false): Promise<void> {
    const length = (this.#rate * frameMs) / 1000;
    for (let passed = 0; passed < ms && !done(); passed += frameMs) {
      this.#takeIn();
      this.#report(passed);
      const mic = this.#hear(length);
      this.#now += length;
      await this.#session.clock.advance(frameMs);
      this.#session.session.receiveAudio(encodeAudio(this.#format, mic));
    }
    this.#takeIn();
  }

  #takeIn(): void {
    for (const event of this.#session.sent.slice(this.#seen)) {
      if (event.type === "audio") {
        const pcm = decodeAudio(this.#format, event.audio.bytes);
        const from = Math.max(this.#now, this.#queued);
        this.#played.set(pcm, from);
        this.#queued = from + pcm.length;
        if (this.#playing?.id !== event.audio.responseId)
          this.#playing = { id: event.audio.responseId, from, until: this.#queued };
        this.#playing.until = this.#queued;
      } else if (event.type === "input_audio_buffer.speech_started" || event.type === "kuku.playback.clear") {
        this.#played.fill(0, this.#now);
        this.#queued = Math.min(this.#queued, this.#now);
      }
    }
    this.#seen = this.#session.sent.length;
  }

  #report(passed: number): void {
    const { reports } = this.#options;
    if (!reports || !this.#playing || passed % 200 !== 0) return;
    const { id, from, until } = this.#playing;
    const over =
      this.#now >= until && this.#session.of("response.done").some(({ response }) => response.id === id);
    const played_ms = ((Math.min(this.#now, until) - from) * 1000) / this.#rate;
    this.#session.client({
      type: "kuku.playback",
      response_id: id,
      played_ms,
      state: over ? "ended" : "playing",
    });
    if (over) this.#playing = undefined;
  }

  #hear(length: number): Int16Array {
    const { gainDb, delayMs, noiseDb = -60 } = this.#options;
    const gain = 10 ** (gainDb / 20);
    const noise = 32_768 * 10 ** (noiseDb / 20);
    const delay = Math.round((delayMs * this.#rate) / 1000);
    const mic = new Float32Array(length);
    for (const [reflected, strength] of gain === 0 ? [] : this.#taps) {
      const from = this.#now - delay - reflected;
      for (let i = Math.max(0, -from); i < length; i++) mic[i]! += this.#played[from + i]! * strength * gain;
    }
    return Int16Array.from(mic, (sample, i) => {
      const said = this.#said?.pcm[this.#now + i - this.#said.from] ?? 0;
      return Math.max(-32_768, Math.min(32_767, Math.round(sample + noise * this.#noise() + said)));
    });
  }
}
