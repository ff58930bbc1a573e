/** One response read as speech: its samples, what was said, what it used, and whether it kept to the text. */
import type { RealtimeResponse } from "openai/resources/realtime/realtime";
import { StageError } from "../../../lib/errors.ts";
import { bytesToPcm } from "../../../pipeline/audio/pcm.ts";
import type { UsageFigures } from "../../../ports/usage.ts";
import { kindOfCode, upstreamError } from "../upstream-failure.ts";
import { tokensIn, type UsageMeter } from "../usage-meter.ts";
import { type Departure, departure, wholeWords } from "./departure.ts";
import { malformedSpeech } from "./speech-call.ts";
import { SPEECH_RATE, type SpeechResponse } from "./speech-socket.ts";
import type { SpeechSamples } from "./speech-stream.ts";

/** Why a reading was given up before its first sound, so that it may be begun again. */
export class StartAgain extends Error {
  override readonly name = "StartAgain";
}

export interface SpeechReaderOptions {
  readonly text: string;
  /** BCP 47. */
  readonly language: string;
  readonly meter: UsageMeter;
  /** The first attempt: what another one may mend ends it with StartAgain. */
  readonly mayStartAgain: boolean;
  /** The socket had been idle: where it fails before it answers, it was closed meanwhile. */
  readonly reused: boolean;
}

export class SpeechReader {
  readonly #response: SpeechResponse;
  readonly #options: SpeechReaderOptions;
  #said = "";
  #samples = 0;
  #started = false;
  #finished = false;
  /** The odd byte of the last piece. */
  #rest = new Uint8Array(0);
  #departure: Departure | undefined;
  /** The words that `#departs` was found for. */
  #checked = "";
  #departs = false;

  constructor(response: SpeechResponse, options: SpeechReaderOptions) {
    this.#response = response;
    this.#options = options;
  }

  /** What was said, by the model's own transcript. */
  get said(): string {
    return this.#said.trim();
  }

  /** How what was said departs from the text; known at the end. */
  get departure(): Departure | undefined {
    return this.#departure;
  }

  /** The whole words said so far where they depart from the text, which `departure` may not tell yet; else undefined. */
  departingWords(): string | undefined {
    const said = wholeWords(this.#said);
    if (said !== this.#checked) {
      const { text, language } = this.#options;
      this.#checked = said;
      this.#departs = departure(text, said, language, { partial: true }) !== undefined;
    }
    return this.#departs ? said.trim() : undefined;
  }

  /** @throws StageError; its cause is a StartAgain where nothing was heard and another attempt may do. */
  async *samples(): AsyncGenerator<SpeechSamples, void, undefined> {
    try {
      for await (const event of this.#response.events) {
        if (event.type === "response.created") this.#start();
        else if (event.type === "response.output_audio_transcript.delta") this.#said += event.delta;
        else if (event.type === "response.output_audio_transcript.done") this.#said = event.transcript;
        else if (event.type === "response.done") return this.#end(event.response);
        else {
          const pcm = this.#pcmOf(event.delta);
          if (pcm.length > 0) yield { pcm, rate: SPEECH_RATE };
        }
      }
    } catch (error) {
      throw this.#wasClosedMeanwhile(error) ? startAgain("the socket had been closed") : error;
    }
    throw upstreamError("synthesize", "unavailable", "the response ended without its end");
  }

  /** An estimate of a reading that was broken off; undefined where its figures will be reported, or where it was never begun. */
  usageSoFar(): UsageFigures | undefined {
    if (!this.#started || this.#finished) return undefined;
    // A cancelled response still tells its figures as it ends.
    void this.#response.ended.then((response) => {
      const used = response && this.#figuresOf(response);
      this.#options.meter.report(used ?? { ...this.#estimate(), estimated: true });
    });
    return undefined;
  }

  #start(): void {
    this.#started = true;
    this.#options.meter.responseStarted();
  }

  /** @throws StageError where the text that comes before the first sound is not the one to be read. */
  #pcmOf(base64: string): Int16Array {
    const { mayStartAgain } = this.#options;
    if (this.#samples === 0 && mayStartAgain && this.departingWords() !== undefined)
      throw startAgain("something else was said");
    const bytes = Buffer.concat([this.#rest, Buffer.from(base64, "base64")]);
    const whole = bytes.length - (bytes.length % 2);
    this.#rest = bytes.subarray(whole);
    const pcm = bytesToPcm(bytes.slice(0, whole));
    this.#samples += pcm.length;
    return pcm;
  }

  /** @throws StageError where the response failed. */
  #end(response: RealtimeResponse): void {
    this.#finished = true;
    const { text, language, meter } = this.#options;
    meter.report(this.#figuresOf(response) ?? { ...this.#estimate(), estimated: true });
    const { status, status_details: details } = response;
    if (status === "failed") {
      const { type, code } = details?.error ?? {};
      throw upstreamError("synthesize", kindOfCode(type, code), "the response failed", { code });
    }
    if (this.#samples === 0) throw malformedSpeech(`speech without a sample (${status})`);
    // A server that gives no transcript cannot be checked.
    if (this.said !== "") this.#departure = departure(text, this.#said, language);
  }

  #figuresOf({ usage }: RealtimeResponse): UsageFigures | undefined {
    if (typeof usage?.input_tokens !== "number" || typeof usage.output_tokens !== "number") return undefined;
    const cached = usage.input_token_details?.cached_tokens;
    return {
      ...this.#lengths(),
      inputTokens: usage.input_tokens,
      ...(typeof cached === "number" && { cachedInputTokens: cached }),
      outputTokens: usage.output_tokens,
    };
  }

  #lengths(): UsageFigures {
    return { characters: this.#options.text.length, audioSeconds: this.#samples / SPEECH_RATE };
  }

  /** By the vendor's own rates: a token for 50 ms of audio, and one for four characters. */
  #estimate(): UsageFigures {
    const spoken = Math.ceil((this.#samples / SPEECH_RATE) * 20) + tokensIn(this.#said.length);
    return {
      ...this.#lengths(),
      inputTokens: REQUEST_TOKENS + tokensIn(this.#options.text.length),
      outputTokens: spoken,
    };
  }

  #wasClosedMeanwhile(error: unknown): boolean {
    const { reused, mayStartAgain } = this.#options;
    return (
      reused && mayStartAgain && !this.#started && error instanceof StageError && error.kind === "unavailable"
    );
  }
}

/** Tokens of the instructions, about. */
const REQUEST_TOKENS = 180;

function startAgain(why: string): StageError {
  return new StageError("synthesize", "unavailable", { cause: new StartAgain(why) });
}
