/** The Transcriber at an OpenAI-compatible server: sends the utterance as a WAV file and reads its words. */

import type { TranscriptionStreamEvent } from "openai/resources/audio/transcriptions";
import { Stream } from "openai/streaming";
import { StageError } from "../../../lib/errors.ts";
import { untilAborted } from "../../../lib/until-aborted.ts";
import { durationMs, joinPcm } from "../../../pipeline/audio/pcm.ts";
import { createResampler } from "../../../pipeline/audio/resample.ts";
import { writeWav } from "../../../pipeline/audio/wav.ts";
import type {
  TranscribeOptions,
  Transcriber,
  Transcript,
  TranscriptEvent,
} from "../../../ports/transcriber.ts";
import type { Price, UsageFigures } from "../../../ports/usage.ts";
import { withDeadlines } from "../request-deadlines.ts";
import type { Upstream } from "../upstream.ts";
import { UpstreamFailure, upstreamError } from "../upstream-failure.ts";
import { openUsageMeter, tokensOf, type UsageMeter } from "../usage-meter.ts";
import { logprobsOf, tellsLogprobs, transcriptionHints } from "./hints.ts";
import { hasVoice, NO_SPEECH, partialWords } from "./no-speech.ts";
import { readTranscript } from "./verbatim.ts";

export interface OpenaiTranscriberOptions {
  readonly upstream: Upstream;
  readonly model?: string;
  /** Asks for fillers and hesitations to be kept; default true, since a coach speaks of them. */
  readonly verbatim?: boolean;
  /** Asks for words while they are found, and remembers when the server cannot; default true. */
  readonly streaming?: boolean;
  /** Asks for word times (`verbose_json`), which comes whole and which not every model can. */
  readonly wordTimes?: boolean;
  readonly price?: Price;
}

const TRANSCRIPTION_MODEL = "gpt-transcribe";
/** Audio at a higher rate is brought down to this before it is sent, Hz: the models hear no more, and it costs time. */
const HIGHEST_RATE = 24_000;
/** Less than this holds no word, ms, and servers refuse it. */
const SHORTEST_MS = 100;

/** A Transcriber over `/audio/transcriptions`. */
export function openaiTranscriber(options: OpenaiTranscriberOptions): Transcriber {
  const { upstream, model = TRANSCRIPTION_MODEL, wordTimes = false } = options;
  let streams = !wordTimes && (options.streaming ?? true);
  return {
    name: `openai/${model}`,
    batch: true,
    tellsLogprobs: tellsLogprobs(model),
    async *transcribe(audio, call) {
      call.signal.throwIfAborted();
      const pieces: Int16Array[] = [];
      for await (const piece of untilAborted(audio, call.signal)) pieces.push(piece);
      const pcm = joinPcm(pieces);
      if (durationMs(pcm.length, call.rate) < SHORTEST_MS) {
        yield { type: "final", transcript: NO_SPEECH };
        return;
      }
      const form = { ...formOf(options, call), model, file: await wavFile(pcm, call.rate) };
      const seconds = durationMs(pcm.length, call.rate) / 1000;
      const voiced = () => hasVoice([pcm], call.rate);
      const read = (text: string, segments?: unknown) =>
        readTranscript(text, call.language, options.verbatim ?? true, { voiced, segments });
      const send = (how: typeof requestStreamed) => {
        const meter = openUsageMeter({ stage: "transcribe", model, price: options.price, call });
        const request: TranscriptionRequest = { options, form, seconds, read, meter };
        const events = withDeadlines("transcribe", upstream, call.signal, (signal) => how(request, signal));
        return meter.track(events, () => ({ audioSeconds: seconds }));
      };
      if (streams) {
        try {
          yield* send(requestStreamed);
          return;
        } catch (error) {
          if (!cannotStream(error)) throw error;
        }
      }
      yield* send(requestWhole);
      // Only now is it known that streaming, and not the request, was what the server could not do.
      streams = false;
    },
  };
}

/** One utterance's request. */
interface TranscriptionRequest {
  readonly options: OpenaiTranscriberOptions;
  readonly form: ReturnType<typeof formOf> & { readonly file: File; readonly model: string };
  /** Length of the audio. */
  readonly seconds: number;
  /** Makes a transcript of the upstream's text, and of its segments where it tells them. */
  readonly read: (text: string, segments?: unknown) => Transcript;
  readonly meter: UsageMeter;
}

function formOf(options: OpenaiTranscriberOptions, call: TranscribeOptions) {
  const { upstream, model: named, verbatim = true } = options;
  const about = { upstream, named, model: named ?? TRANSCRIPTION_MODEL };
  return {
    ...transcriptionHints(about, { ...call, verbatim }),
    ...(call.logprobs && tellsLogprobs(about.model) && { include: ["logprobs" as const] }),
  };
}

async function wavFile(pcm: Int16Array, rate: number): Promise<File> {
  const sent = Math.min(rate, HIGHEST_RATE);
  const resampler = await createResampler(rate, sent);
  try {
    const audio = joinPcm([resampler.process(pcm), resampler.flush()]);
    const bytes = writeWav({ rate: sent, pcm: audio });
    return new File([bytes as Uint8Array<ArrayBuffer>], "utterance.wav", { type: "audio/wav" });
  } finally {
    resampler.close();
  }
}

/** Asks for a stream, and makes do with a whole answer from a server that sends one all the same. */
async function* requestStreamed(
  sent: TranscriptionRequest,
  signal: AbortSignal,
): AsyncGenerator<TranscriptEvent, void, undefined> {
  const { options, form, read, meter } = sent;
  const { client } = options.upstream;
  const request = client.audio.transcriptions.create({ ...form, stream: true }, { signal });
  const response = await request.asResponse();
  meter.responseStarted();
  if (!response.headers.get("content-type")?.includes("event-stream")) {
    yield readWhole(sent, await response.json());
    return;
  }
  const events = Stream.fromSSEResponse<TranscriptionStreamEvent>(response, new AbortController(), client);
  let text = "";
  for await (const event of events) {
    if (event.type === "transcript.text.delta") {
      text += event.delta;
      const words = partialWords(text);
      if (words !== "") yield { type: "partial", text: words };
    } else if (event.type === "transcript.text.done") {
      meter.report(figuresOf(sent, event.usage));
      const logprobs = logprobsOf(event.logprobs);
      yield { type: "final", transcript: { ...read(event.text), ...(logprobs && { logprobs }) } };
      return;
    }
  }
  const kind = text === "" ? "malformed" : "unavailable";
  throw upstreamError("transcribe", kind, "the stream ended without the transcript");
}

async function* requestWhole(
  sent: TranscriptionRequest,
  signal: AbortSignal,
): AsyncGenerator<TranscriptEvent, void, undefined> {
  const { options, form } = sent;
  const format = options.wordTimes
    ? { response_format: "verbose_json" as const, timestamp_granularities: ["word" as const] }
    : { response_format: "json" as const };
  const answer = await options.upstream.client.audio.transcriptions.create(
    { ...form, ...format },
    { signal },
  );
  sent.meter.responseStarted();
  yield readWhole(sent, answer);
}

function readWhole(sent: TranscriptionRequest, answer: unknown): TranscriptEvent {
  const {
    text,
    words,
    usage,
    segments,
    logprobs: told,
  } = (typeof answer === "object" && answer !== null ? answer : {}) as {
    text?: unknown;
    words?: unknown;
    usage?: unknown;
    segments?: unknown;
    logprobs?: unknown;
  };
  if (typeof text !== "string") {
    throw upstreamError("transcribe", "malformed", "the answer holds no text");
  }
  sent.meter.report(figuresOf(sent, usage));
  const timed = readWords(words);
  const read = sent.read(text, segments);
  const logprobs = logprobsOf(told);
  const transcript: Transcript = {
    ...read,
    ...(logprobs && { logprobs }),
    ...(timed && read.understood && { words: timed }),
  };
  return { type: "final", transcript };
}

/** The length of the audio, and tokens where the server counts them. */
function figuresOf({ seconds }: TranscriptionRequest, usage: unknown): UsageFigures {
  return { audioSeconds: seconds, ...tokensOf(usage) };
}

/** Timed words from a server's, whose times are in seconds; undefined where it gave none. */
function readWords(words: unknown): Transcript["words"] {
  if (!Array.isArray(words) || words.length === 0) return undefined;
  return words.flatMap((entry: { word?: unknown; start?: unknown; end?: unknown }) => {
    const { word, start, end } = entry;
    if (typeof word !== "string" || typeof start !== "number" || typeof end !== "number") return [];
    return [{ text: word.trim(), startMs: start * 1000, endMs: end * 1000 }];
  });
}

/** Whether a streamed request failed as one does at a server that cannot stream; then it is worth asking without. */
function cannotStream(error: unknown): boolean {
  if (!(error instanceof StageError)) return false;
  if (error.kind === "malformed") return true;
  const { status } = error.cause instanceof UpstreamFailure ? error.cause : {};
  return status === 400 || status === 422 || status === 501;
}
