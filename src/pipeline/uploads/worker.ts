/** The thread that decodes uploads, one after another. Its owner ends it when a decoder breaks. */
import { parentPort } from "node:worker_threads";
import type { SampleRate } from "../../ports/audio.ts";
import { Onset } from "../voice-activity/onset.ts";
import { frameMs, openVoiceActivity } from "../voice-activity/voice-activity.ts";
import { type DecodedFile, decodeFile } from "./decode-file.ts";
import { UploadError, type UploadErrorKind } from "./upload-error.ts";

export interface DecodeTask {
  /** Path of the file. */
  readonly file: string;
  readonly rate: number;
  readonly maxMs: number;
}

/**
 * `refused`: a fault of the file. `unreadable`: a fault of the disk, or no such file. `broken`: a decoder failed, and the
 * thread can no longer be trusted.
 */
export type DecodeAnswer =
  | (DecodedFile & { readonly speech: boolean })
  | { readonly refused: UploadErrorKind; readonly message: string }
  | { readonly unreadable: string }
  | { readonly broken: string };

/** Sensitivity of a session's ears unless told otherwise. */
const threshold = 0.5;

// The decoders report damaged files on the console.
console.error = () => {};

parentPort?.on("message", async (task: DecodeTask) => {
  const answer = await decode(task);
  parentPort?.postMessage(answer, "pcm" in answer ? [answer.pcm.buffer as ArrayBuffer] : []);
});

async function decode({ file, rate, maxMs }: DecodeTask): Promise<DecodeAnswer> {
  try {
    const decoded = await decodeFile(file, rate, maxMs);
    return { ...decoded, speech: await hasSpeech(decoded.pcm, rate) };
  } catch (error) {
    if (error instanceof UploadError) return { refused: error.kind, message: messageOf(error) };
    if (error instanceof Error && "syscall" in error) return { unreadable: error.message };
    return { broken: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

const messageOf = ({ message, cause }: UploadError) => (cause ? `${message}: ${String(cause)}` : message);

/** Whether anybody speaks in mono PCM at `rate` Hz, as a session's ears would notice. */
async function hasSpeech(pcm: Int16Array, rate: SampleRate): Promise<boolean> {
  const length = (rate * frameMs) / 1000;
  const detector = await openVoiceActivity(rate, threshold);
  const onset = new Onset();
  try {
    for (let at = 0; at + length <= pcm.length; at += length)
      if (onset.take(detector.judge(pcm.subarray(at, at + length), false)) > 0) return true;
    return false;
  } finally {
    detector.close();
  }
}
