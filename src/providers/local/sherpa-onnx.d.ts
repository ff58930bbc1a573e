/** Shapes of sherpa-onnx's addon, which ships without types: only what is called. */
declare module "sherpa-onnx-node" {
  interface Waveform {
    readonly samples: Float32Array;
    readonly sampleRate: number;
  }
  interface RecognitionResult {
    readonly text: string;
    /** Pieces of words; one that begins a word begins with a space. */
    readonly tokens?: readonly string[];
    /** Start of each token, s. */
    readonly timestamps?: readonly number[];
  }
  export class OnlineStream {
    acceptWaveform(audio: Waveform): void;
    inputFinished(): void;
  }
  export class OnlineRecognizer {
    constructor(config: object);
    createStream(): OnlineStream;
    isReady(stream: OnlineStream): boolean;
    /** Each must be ready. */
    decodeStreams(streams: readonly OnlineStream[]): void;
    getResult(stream: OnlineStream): RecognitionResult;
  }
  export class OfflineStream {
    acceptWaveform(audio: Waveform): void;
  }
  export class OfflineRecognizer {
    static createAsync(config: object): Promise<OfflineRecognizer>;
    createStream(): OfflineStream;
    decodeAsync(stream: OfflineStream): Promise<RecognitionResult>;
  }
  /** Of CNN-BiLSTM models: with casing. */
  export class OnlinePunctuation {
    constructor(config: object);
    addPunct(text: string): string;
  }
  /** Of CT-Transformer models: marks alone. */
  export class OfflinePunctuation {
    constructor(config: object);
    addPunct(text: string): string;
  }
  interface TtsRequest {
    readonly text: string;
    /** Speaker, from 0. */
    readonly sid: number;
    readonly speed: number;
    /** Must be false where the platform has no external buffers, as Node's pointer compression. */
    readonly enableExternalBuffer?: boolean;
  }
  export class OfflineTts {
    static createAsync(config: object): Promise<OfflineTts>;
    readonly numSpeakers: number;
    readonly sampleRate: number;
    generateAsync(request: TtsRequest): Promise<Waveform>;
  }
}
