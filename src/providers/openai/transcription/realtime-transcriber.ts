/** The streaming Transcriber: sends audio over a Realtime transcription socket while the user speaks. */
import type {
  RealtimeServerEvent,
  RealtimeTranscriptionSessionCreateRequest,
} from "openai/resources/realtime/realtime";
import type { StageError } from "../../../lib/errors.ts";
import { openScope } from "../../../lib/scope.ts";
import { untilAborted } from "../../../lib/until-aborted.ts";
import { durationMs, joinPcm, pcmToBytes, samplesIn } from "../../../pipeline/audio/pcm.ts";
import { createResampler } from "../../../pipeline/audio/resample.ts";
import type {
  TranscribeOptions,
  Transcriber,
  Transcript,
  TranscriptEvent,
} from "../../../ports/transcriber.ts";
import type { Price, UsageFigures } from "../../../ports/usage.ts";
import { openRealtimeSocket, type RealtimeSocket } from "../realtime-socket.ts";
import { withDeadlines } from "../request-deadlines.ts";
import type { Upstream } from "../upstream.ts";
import { kindOfCode, redactSecrets, toStageError, upstreamError } from "../upstream-failure.ts";
import { openUsageMeter, tokensOf, type UsageMeter } from "../usage-meter.ts";
import { logprobsOf, takesPrompt, tellsLogprobs, transcriptionHints } from "./hints.ts";
import { hasVoice, NO_SPEECH, partialWords } from "./no-speech.ts";
import { readTranscript } from "./verbatim.ts";

export interface OpenaiRealtimeTranscriberOptions {
  readonly upstream: Upstream;
  readonly model?: string;
  /** Asks for fillers and hesitations to be kept, where the model takes a prompt; default true. */
  readonly verbatim?: boolean;
  readonly price?: Price;
}

const REALTIME_TRANSCRIPTION_MODEL = "gpt-live-transcribe";
/** The one rate of the socket, Hz. */
const SOCKET_RATE = 24_000;
/** Audio in one message, ms: shorter costs more messages, longer comes later. */
const APPEND_MS = 100;
/** Less than this the server refuses to commit, ms. */
const SHORTEST_MS = 100;

/** Local events among the server's: how the audio ended. */
type LocalEvent =
  | { readonly type: "note.all_sent" }
  | { readonly type: "note.too_short" }
  | { readonly type: "note.failed"; readonly error: unknown };
type Event = RealtimeServerEvent | LocalEvent;

/** A Transcriber over `/realtime?intent=transcription`: one socket an utterance, opened as the speech starts. */
export function openaiRealtimeTranscriber(options: OpenaiRealtimeTranscriberOptions): Transcriber {
  const { model = REALTIME_TRANSCRIPTION_MODEL } = options;
  return {
    name: `openai-realtime/${model}`,
    streams: true,
    tellsLogprobs: tellsLogprobs(model),
    transcribe: (audio, call) => {
      const meter = openUsageMeter({ stage: "transcribe", model, price: options.price, call });
      const { secrets } = options.upstream;
      const verbatim = (options.verbatim ?? true) && takesPrompt(model);
      const heard: Int16Array[] = [];
      const voiced = () => hasVoice(heard, call.rate);
      const read = (text: string) => readTranscript(text, call.language, verbatim, { voiced });
      const hearing: TranscriptionState = { text: "", secrets, read, meter, sentSeconds: 0 };
      const kept = keepingPieces(audio, heard);
      return meter.track(transcribe({ ...options, named: options.model, model }, kept, call, hearing), () =>
        usageSoFar(hearing),
      );
    },
  };
}

/** Passes `audio` on and keeps its pieces, whose length the ears bound. */
function keepingPieces(audio: AsyncIterable<Int16Array>, kept: Int16Array[]): AsyncIterable<Int16Array> {
  return {
    [Symbol.asyncIterator]() {
      const source = audio[Symbol.asyncIterator]();
      return {
        async next() {
          const piece = await source.next();
          if (!piece.done) kept.push(piece.value);
          return piece;
        },
        return: () => source.return?.() ?? Promise.resolve({ done: true as const, value: undefined }),
      };
    },
  };
}

/** The options with the model that is asked, whoever named it. */
type ChosenOptions = OpenaiRealtimeTranscriberOptions & {
  readonly named: string | undefined;
  readonly model: string;
};

/** What an utterance given up on has used: a server may charge for the audio as it comes. */
function usageSoFar({ sentSeconds }: TranscriptionState): UsageFigures | undefined {
  return sentSeconds > 0 ? { audioSeconds: sentSeconds } : undefined;
}

async function* transcribe(
  options: ChosenOptions,
  audio: AsyncIterable<Int16Array>,
  call: TranscribeOptions,
  hearing: TranscriptionState,
): AsyncGenerator<TranscriptEvent, void, undefined> {
  const { upstream } = options;
  const { signal } = call;
  signal.throwIfAborted();
  const socket = openRealtimeSocket<LocalEvent>(upstream, {
    stage: "transcribe",
    session: { intent: "transcription" },
  });
  const life = openScope().follow(signal);
  const events = untilAborted(socket.events, signal);
  let finished = false;
  const sent = (seconds: number) => {
    hearing.sentSeconds = seconds;
  };
  sendAudio(socket, sessionOf(options, call), audio, call.rate, life.signal, sent).catch((error) =>
    socket.pushLocal({ type: "note.failed", error }),
  );
  try {
    // While the user speaks nothing is late: the clock runs from the commit on.
    const enough = yield* readUntilSent(events, hearing);
    if (enough) yield* withDeadlines("transcribe", upstream, signal, () => readToEnd(events, hearing));
    else yield { type: "final", transcript: NO_SPEECH };
    finished = true;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw toStageError("transcribe", error, upstream.secrets);
  } finally {
    life.cancel("finished");
    void events.return?.();
    socket.close(finished);
  }
}

function sessionOf(
  options: ChosenOptions,
  call: TranscribeOptions,
): RealtimeTranscriptionSessionCreateRequest {
  const { model, verbatim = true } = options;
  const transcription = { model, ...transcriptionHints(options, { ...call, verbatim }) };
  return {
    type: "transcription",
    ...(call.logprobs && tellsLogprobs(model) && { include: ["item.input_audio_transcription.logprobs"] }),
    audio: {
      input: { format: { type: "audio/pcm", rate: SOCKET_RATE }, transcription, turn_detection: null },
    },
  };
}

/** Sends the utterance up as it comes, then commits it, and notes which. */
async function sendAudio(
  socket: RealtimeSocket<LocalEvent>,
  session: RealtimeTranscriptionSessionCreateRequest,
  audio: AsyncIterable<Int16Array>,
  rate: number,
  signal: AbortSignal,
  onSent: (seconds: number) => void,
): Promise<void> {
  const source = untilAborted(audio, signal);
  const resampler = await createResampler(rate, SOCKET_RATE);
  const least = samplesIn(APPEND_MS, SOCKET_RATE);
  let waiting: Int16Array[] = [];
  let samples = 0;
  let sent = 0;
  const take = (pcm: Int16Array) => {
    waiting.push(pcm);
    samples += pcm.length;
  };
  const append = () => {
    if (samples === 0) return;
    const bytes = pcmToBytes(joinPcm(waiting));
    const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
    socket.send({ type: "input_audio_buffer.append", audio: base64 });
    sent += samples;
    onSent(sent / SOCKET_RATE);
    waiting = [];
    samples = 0;
  };
  try {
    const first = source.next();
    first.catch(() => {});
    await socket.opened;
    socket.send({ type: "session.update", session });
    for (let piece = await first; !piece.done; piece = await source.next()) {
      take(resampler.process(piece.value));
      if (samples >= least) append();
    }
    take(resampler.flush());
    append();
    if (durationMs(sent, SOCKET_RATE) < SHORTEST_MS) return socket.pushLocal({ type: "note.too_short" });
    socket.send({ type: "input_audio_buffer.commit" });
    socket.pushLocal({ type: "note.all_sent" });
  } finally {
    resampler.close();
    void source.return?.();
  }
}

interface TranscriptionState {
  text: string;
  readonly secrets: readonly string[];
  /** Makes a transcript of the upstream's text. */
  readonly read: (text: string) => Transcript;
  readonly meter: UsageMeter;
  /** Length of the audio that went up. */
  sentSeconds: number;
}

/** Partials until all audio is sent; gives whether it was enough to be heard. */
async function* readUntilSent(
  events: AsyncIterator<Event>,
  hearing: TranscriptionState,
): AsyncGenerator<TranscriptEvent, boolean, undefined> {
  for (;;) {
    const next = await events.next();
    if (next.done) throw endedEarly();
    const event = next.value;
    if (event.type === "note.failed") throw event.error;
    if (event.type === "note.too_short") return false;
    if (event.type === "note.all_sent") return true;
    const heard = toTranscriptEvent(event, hearing);
    if (heard?.type === "partial") yield heard;
  }
}

/** Partials, and the final one that ends it. */
async function* readToEnd(
  events: AsyncIterator<Event>,
  hearing: TranscriptionState,
): AsyncGenerator<TranscriptEvent, void, undefined> {
  for (;;) {
    const next = await events.next();
    if (next.done) throw endedEarly();
    if (next.value.type.startsWith("note.")) continue;
    const heard = toTranscriptEvent(next.value as RealtimeServerEvent, hearing);
    if (heard) yield heard;
    if (heard?.type === "final") return;
  }
}

function toTranscriptEvent(
  event: RealtimeServerEvent,
  hearing: TranscriptionState,
): TranscriptEvent | undefined {
  if (event.type === "conversation.item.input_audio_transcription.delta") {
    hearing.meter.responseStarted();
    if (typeof event.delta === "string") hearing.text += event.delta;
    const words = partialWords(hearing.text);
    return words === "" ? undefined : { type: "partial", text: words };
  }
  if (event.type === "conversation.item.input_audio_transcription.completed") {
    hearing.meter.report({ audioSeconds: hearing.sentSeconds, ...tokensOf(event.usage) });
    const logprobs = logprobsOf(event.logprobs);
    return {
      type: "final",
      transcript: { ...hearing.read(event.transcript), ...(logprobs && { logprobs }) },
    };
  }
  if (event.type === "conversation.item.input_audio_transcription.failed") {
    const { type, code, message = "" } = event.error;
    const clean = redactSecrets(message, hearing.secrets);
    throw upstreamError("transcribe", kindOfCode(type, code), clean, { code });
  }
  return undefined;
}

function endedEarly(): StageError {
  return upstreamError("transcribe", "unavailable", "the socket ended without the transcript");
}
