/** Step 1 of the turn in a browser: the microphone, as frames of 16-bit samples at a rate the server takes. */
import { type InterruptionCalls, watchInterruptions } from "./interruption.ts";
import { levelOf } from "./level.ts";

export interface MicrophoneOptions extends InterruptionCalls {
  /** Samples per second wanted. Default 16 000. */
  readonly rate?: number;
  /** Length of a frame, ms. Default 20. */
  readonly frameMs?: number;
  /** The browser's id of the device wanted; where that is gone, or absent: the default one. */
  readonly deviceId?: string | undefined;
  readonly onFrame: (pcm: Int16Array, level: number) => void;
  /** The microphone was unplugged or taken away. */
  readonly onLost?: () => void;
}

export interface Microphone {
  /** Samples per second of the frames: the wanted rate, or 48 000 where the browser cannot convert. */
  readonly rate: number;
  close(): void;
}

/** Why there is no microphone, from a closed list. */
export type MicrophoneTrouble = "insecure" | "denied" | "missing" | "busy" | "unsupported" | "unloaded";

const messages: Record<MicrophoneTrouble, string> = {
  insecure:
    "The browser gives a microphone only to pages from this machine or over https. Open the page at localhost, or start the server with --tls.",
  denied:
    "The microphone is blocked for this page. Allow it in the browser's address bar, then try again. Some systems also ask in their privacy settings.",
  missing: "No microphone was found. Plug one in, then try again.",
  busy: "The microphone is in use by another program, or could not be started. Close the other one, then try again.",
  unloaded: "Part of this page could not be loaded. Is the server still running? Start it, then try again.",
  unsupported:
    "This browser cannot hand over the microphone's sound in a form the coach takes. Another browser may.",
};

/** There is no microphone; `message` tells the person what to do. */
export class MicrophoneError extends Error {
  override readonly name = "MicrophoneError";
  readonly trouble: MicrophoneTrouble;
  constructor(trouble: MicrophoneTrouble, cause?: unknown) {
    super(messages[trouble], { cause });
    this.trouble = trouble;
  }
}

/** Reads a browser's refusal (Media Capture and Streams, 10.2). */
export function readRefusal(error: unknown): MicrophoneError {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return new MicrophoneError("denied", error);
  if (name === "NotFoundError" || name === "OverconstrainedError")
    return new MicrophoneError("missing", error);
  if (name === "NotSupportedError") return new MicrophoneError("unsupported", error);
  return new MicrophoneError("busy", error);
}

async function askForStream(deviceId: string | undefined): Promise<MediaStream> {
  const { mediaDevices } = navigator as { mediaDevices?: MediaDevices };
  if (!mediaDevices) throw new MicrophoneError("insecure");
  try {
    // Automatic gain is off: it drives a healthy voice into clipping (measured in Chromium: −6 dBFS peaks came out at 0),
    // which costs recognition, and it hides how loud somebody speaks.
    return await mediaDevices.getUserMedia({
      audio: {
        channelCount: 1,
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: false,
        // Not `exact`: a device that is gone is stood in for.
        ...(deviceId !== undefined && { deviceId }),
      },
    });
  } catch (error) {
    throw readRefusal(error);
  }
}

/** A context that converts to the wanted rate; where a browser cannot (Firefox), one at the microphone's own. */
function openSource(stream: MediaStream, rate: number): { context: AudioContext; source: AudioNode } {
  const context = new AudioContext({ sampleRate: rate });
  try {
    return { context, source: context.createMediaStreamSource(stream) };
  } catch {
    void context.close();
    const own = new AudioContext();
    if (own.sampleRate === 48_000) return { context: own, source: own.createMediaStreamSource(stream) };
    void own.close();
    throw new MicrophoneError("unsupported");
  }
}

const stopStream = (stream: MediaStream) => {
  for (const track of stream.getTracks()) track.stop();
};

/**
 * Opens the microphone, asking for permission where needed; echo cancellation and noise suppression are on.
 * Call it from a click or key press: browsers start sound from nothing less.
 * @throws MicrophoneError
 */
export async function openMicrophone(options: MicrophoneOptions): Promise<Microphone> {
  const stream = await askForStream(options.deviceId);
  try {
    const { context, source } = openSource(stream, options.rate ?? 16_000);
    const worklet = new URL("./worklets/microphone-worklet.ts", import.meta.url);
    await context.audioWorklet.addModule(worklet).catch((error: unknown) => {
      throw new MicrophoneError("unloaded", error);
    });
    const node = new AudioWorkletNode(context, "kuku-microphone", {
      numberOfInputs: 1,
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
      processorOptions: { frameMs: options.frameMs ?? 20 },
    });
    node.port.onmessage = ({ data }: MessageEvent<Int16Array>) => options.onFrame(data, levelOf(data));
    for (const track of stream.getTracks()) track.onended = () => options.onLost?.();
    source.connect(node);
    await context.resume();
    watchInterruptions(context, options);
    return {
      rate: context.sampleRate,
      close() {
        node.port.onmessage = null;
        node.port.postMessage("close");
        source.disconnect();
        stopStream(stream);
        if (context.state !== "closed") void context.close();
      },
    };
  } catch (error) {
    stopStream(stream);
    throw error instanceof MicrophoneError ? error : new MicrophoneError("unsupported", error);
  }
}
