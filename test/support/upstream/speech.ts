/** `/v1/audio/speech`: PCM at 24 kHz, chunked. */
import type { ServerResponse } from "node:http";
import { pcmToBytes } from "../../../src/pipeline/audio/pcm.ts";
import { writeWav } from "../../../src/pipeline/audio/wav.ts";
import { type SeenRequest, type Staging, sendOutputs } from "./request.ts";

export interface SpeechAnswer extends Staging {
  /** Bytes of one output; odd sizes cut samples in two. Default 4800. */
  readonly pieceBytes?: number;
  /** Sends a WAV file, header first, whatever was asked for. */
  readonly wav?: boolean;
  /** Sends these bytes, labelled as they say; default label `audio/pcm`. */
  readonly file?: { readonly bytes: Uint8Array; readonly type?: string };
}

/** A tone as long as the text would take: 60 ms a character at speed 1. */
export function sendSpeech(
  request: SeenRequest,
  response: ServerResponse,
  answer: SpeechAnswer,
): Promise<void> {
  const { pieceBytes = 4800, wav = false, file } = answer;
  const pcm = tone(String(request.body.input), Number(request.body.speed ?? 1));
  const bytes = file ? file.bytes : wav ? writeWav({ rate: 24_000, pcm }) : pcmToBytes(pcm);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes));
  return sendOutputs(response, answer, file?.type ?? (wav ? "audio/wav" : "audio/pcm"), pieces);
}

/** What the upstream speaks for a text: mono, 24 kHz. */
export function tone(text: string, speed = 1): Int16Array {
  const pcm = new Int16Array(Math.round((text.trim().length * 60 * 24) / speed));
  for (let i = 0; i < pcm.length; i++) pcm[i] = Math.round(6000 * Math.sin((2 * Math.PI * 220 * i) / 24_000));
  return pcm;
}
