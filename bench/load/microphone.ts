/** What every session of the bench says: one recorded sentence, then silence, cut into 20 ms chunks. */
import { readFile } from "node:fs/promises";
import { joinPcm, pcmToBytes } from "../../src/pipeline/audio/pcm.ts";
import { createResampler } from "../../src/pipeline/audio/resample.ts";
import { readWav } from "../../src/pipeline/audio/wav.ts";
import { chunkMs, type Mode, turnEndMessages, type Workload } from "../workload.ts";
import { maskedFrame, opcodes } from "./wire.ts";

const recording = new URL("../../test/fixtures/speech/fox-slt.wav", import.meta.url);

/** A turn's chunks as PCM bytes: the recording, brought to the microphone's rate, then digital silence. */
export async function turnChunks(workload: Workload): Promise<Uint8Array[]> {
  const recorded = readWav(await readFile(recording));
  const resampler = await createResampler(recorded.rate, workload.rate);
  const speech = joinPcm([resampler.process(recorded.pcm), resampler.flush()]);
  resampler.close();
  const samplesPerChunk = (workload.rate * chunkMs) / 1000;
  const turn = new Int16Array(samplesPerChunk * workload.chunksPerTurn);
  turn.set(speech.subarray(0, turn.length));
  return Array.from({ length: workload.chunksPerTurn }, (_, chunk) =>
    pcmToBytes(turn.subarray(chunk * samplesPerChunk, (chunk + 1) * samplesPerChunk)),
  );
}

/** A chunk as the client's message in this mode. */
function chunkMessage(mode: Mode, pcm: Uint8Array): { opcode: number; payload: Uint8Array } {
  if (mode !== "base64") return { opcode: opcodes.binary, payload: pcm };
  const audio = Buffer.from(pcm).toString("base64");
  const event = JSON.stringify({ type: "input_audio_buffer.append", audio });
  return { opcode: opcodes.text, payload: Buffer.from(event) };
}

/** A turn ready to be written: one frame a chunk, and what the client sends at the turn's end (empty under VAD). */
export interface PreparedTurn {
  readonly chunks: readonly Buffer[];
  readonly end: Buffer | undefined;
}

/** Builds and masks a turn's frames once; every session writes the same bytes. */
export async function prepareTurn(workload: Workload, random: () => number): Promise<PreparedTurn> {
  const mask = () => Uint8Array.from({ length: 4 }, () => 1 + Math.floor(random() * 255));
  const chunks = (await turnChunks(workload)).map((pcm) => {
    const { opcode, payload } = chunkMessage(workload.mode, pcm);
    return maskedFrame(opcode, payload, mask());
  });
  if (workload.mode === "vad") return { chunks, end: undefined };
  const end = turnEndMessages.map((message) => maskedFrame(opcodes.text, Buffer.from(message), mask()));
  return { chunks, end: Buffer.concat(end) };
}
