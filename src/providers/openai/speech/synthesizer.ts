/** The Synthesizer at an OpenAI-compatible server: one sentence in, PCM out while it is synthesised. */
import { StageError } from "../../../lib/errors.ts";
import { createResampler, type Resampler } from "../../../pipeline/audio/resample.ts";
import { UploadError } from "../../../pipeline/uploads/upload-error.ts";
import type { SpeechChunk, SynthesizeOptions, Synthesizer } from "../../../ports/synthesizer.ts";
import type { Price } from "../../../ports/usage.ts";
import { withDeadlines } from "../request-deadlines.ts";
import type { Upstream } from "../upstream.ts";
import { UpstreamFailure } from "../upstream-failure.ts";
import { openUsageMeter } from "../usage-meter.ts";
import { type SpeechSamples, speechSamples } from "./speech-stream.ts";

export interface OpenaiSynthesizerOptions {
  readonly upstream: Upstream;
  readonly model?: string;
  /** The first is the default; left out, the vendor's. */
  readonly voices?: readonly string[];
  /** Manner of speaking, for models that take it: tone, mood, accent. */
  readonly instructions?: string;
  /** Rate of the server's raw PCM, Hz; default 24,000 as the vendor's. A WAV header overrules it. */
  readonly rate?: number;
  readonly price?: Price;
}

/** The vendor ends its models for this endpoint on 6 January 2027 (its deprecations page); compatible servers go on. */
const SPEECH_MODEL = "gpt-4o-mini-tts";
/** The vendor's voices; `alloy` first, since nearly every compatible server knows it. */
const vendorVoices: readonly string[] = [
  "alloy",
  "ash",
  "ballad",
  "coral",
  "echo",
  "fable",
  "onyx",
  "nova",
  "sage",
  "shimmer",
  "verse",
  "marin",
  "cedar",
];

/** A Synthesizer over `/audio/speech`. @throws RangeError for an empty list of voices. */
export function openaiSynthesizer(options: OpenaiSynthesizerOptions): Synthesizer {
  const { model = SPEECH_MODEL, voices = vendorVoices } = options;
  if (voices.length === 0) throw new RangeError("a synthesizer needs at least one voice");
  return {
    name: `openai/${model}`,
    voices,
    async *synthesize(text, call) {
      const { voice, speed, signal } = call;
      signal.throwIfAborted();
      if (!voices.includes(voice)) throw new StageError("synthesize", "unsupported");
      if (!(speed >= 0.25 && speed <= 1.5)) throw new StageError("synthesize", "rejected");
      const input = speakable(text);
      if (input === "") return;
      const body = {
        model,
        voice,
        input,
        response_format: "pcm" as const,
        ...(speed !== 1 && { speed }),
        instructions: options.instructions,
      };
      const { upstream, price } = options;
      const meter = openUsageMeter({ stage: "synthesize", model, price, call });
      let type = "";
      const pieces = withDeadlines("synthesize", upstream, signal, async (request) => {
        const response = await upstream.client.audio.speech.create(body, { signal: request });
        meter.responseStarted();
        type = response.headers.get("content-type") ?? "";
        return bodyOf(response, type);
      });
      let made = 0;
      const used = () => ({ characters: input.length, audioSeconds: made / call.rate });
      const speech = async function* () {
        for await (const chunk of resampled(
          speechSamples(pieces, options.rate ?? 24_000, () => type),
          call,
        )) {
          made += chunk.pcm.length;
          yield chunk;
        }
        meter.report(used());
      };
      yield* meter.track(speech(), used);
    },
  };
}

/** Without control characters and halves of characters; empty where nothing could be said. */
function speakable(text: string): string {
  const clean = text
    .toWellFormed()
    .replaceAll(/\p{Cc}+/gu, " ")
    .replaceAll("\ufffd", "")
    .trim();
  return /[\p{L}\p{N}]/u.test(clean) ? clean : "";
}

/** @throws StageError `malformed` when the answer says that it is no sound. */
function bodyOf(response: Response, type: string): AsyncIterable<Uint8Array> {
  if (/json|text|html/i.test(type) || !response.body) throw malformed(`speech came as ${type.slice(0, 60)}`);
  return response.body as unknown as AsyncIterable<Uint8Array>;
}

async function* resampled(
  speech: AsyncIterable<SpeechSamples>,
  { rate, signal }: SynthesizeOptions,
): AsyncGenerator<SpeechChunk, void, undefined> {
  let resampler: Resampler | undefined;
  let from = 0;
  let samples = 0;
  const end = () => {
    const rest = resampler?.flush();
    resampler?.close();
    resampler = undefined;
    return rest && rest.length > 0 ? [{ pcm: rest }] : [];
  };
  try {
    for await (const raw of readable(speech)) {
      if (raw.rate !== from) {
        yield* end();
        from = raw.rate;
      }
      resampler ??= await createResampler(from, rate);
      const pcm = resampler.process(raw.pcm);
      samples += raw.pcm.length;
      signal.throwIfAborted();
      if (pcm.length > 0) yield { pcm };
    }
    yield* end();
  } finally {
    resampler?.close();
  }
  if (samples === 0) throw malformed("speech without a sample");
}

/** Turns unreadable speech into a fault of the server. */
async function* readable(samples: AsyncIterable<SpeechSamples>): AsyncIterable<SpeechSamples> {
  try {
    yield* samples;
  } catch (error) {
    if (error instanceof RangeError || error instanceof UploadError) throw malformed(error.message);
    throw error;
  }
}

function malformed(message: string): StageError {
  return new StageError("synthesize", "malformed", { cause: new UpstreamFailure(message) });
}
