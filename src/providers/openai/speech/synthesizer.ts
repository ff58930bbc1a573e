/** The Synthesizer at an OpenAI-compatible server: one sentence in, PCM out while it is synthesised. */
import { UploadError } from "../../../pipeline/uploads/upload-error.ts";
import type { Synthesizer } from "../../../ports/synthesizer.ts";
import type { Price } from "../../../ports/usage.ts";
import { withDeadlines } from "../request-deadlines.ts";
import type { Upstream } from "../upstream.ts";
import { openUsageMeter } from "../usage-meter.ts";
import { malformedSpeech, resampledSpeech, speakableText } from "./speech-call.ts";
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
      const input = speakableText(text, call, voices);
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
        const samples = speechSamples(pieces, options.rate ?? 24_000, () => type);
        for await (const chunk of resampledSpeech(readable(samples), call)) {
          made += chunk.pcm.length;
          yield chunk;
        }
        meter.report(used());
      };
      yield* meter.track(speech(), used);
    },
  };
}

/** @throws StageError `malformed` when the answer says that it is no sound. */
function bodyOf(response: Response, type: string): AsyncIterable<Uint8Array> {
  if (/json|text|html/i.test(type) || !response.body)
    throw malformedSpeech(`speech came as ${type.slice(0, 60)}`);
  return response.body as unknown as AsyncIterable<Uint8Array>;
}

/** Turns unreadable speech into a fault of the server. */
async function* readable(samples: AsyncIterable<SpeechSamples>): AsyncIterable<SpeechSamples> {
  try {
    yield* samples;
  } catch (error) {
    if (error instanceof RangeError || error instanceof UploadError) throw malformedSpeech(error.message);
    throw error;
  }
}
