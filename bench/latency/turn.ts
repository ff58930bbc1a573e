/** One spoken turn of the latency bench, as a client on loopback lives it. */
import { readFileSync } from "node:fs";
import { WebSocket } from "ws";
import { pcmToBytes } from "../../src/pipeline/audio/pcm.ts";
import { readWav } from "../../src/pipeline/audio/wav.ts";
import { openMicrophone } from "../microphone.ts";
import { endpointMs } from "./scenario.ts";

/** What a turn took, ms from the arrival of `speech_stopped`. */
export interface Turn {
  readonly firstAudioMs: number;
  /** As the server tells it. */
  readonly savedMs?: number;
}

const file = new URL("../../test/fixtures/speech/overwhelmed-slt.wav", import.meta.url);

/** Speaks a sentence in real time and waits for the first audio of the answer; `turns` turns over one socket. */
export async function speakTurns(url: string, turns: number): Promise<Turn[]> {
  const speech = Buffer.from(pcmToBytes(readWav(readFileSync(file)).pcm));
  const ws = new WebSocket(`${url}/v1/realtime?model=kuku`, ["kuku.v1"]);
  await new Promise<void>((resolve, reject) => {
    ws.once("open", resolve);
    ws.once("error", reject);
  });
  const turn_detection = { type: "server_vad", silence_duration_ms: endpointMs };
  const session = { type: "realtime", audio: { input: { turn_detection } }, kuku: { greet: false } };
  ws.send(JSON.stringify({ type: "session.update", session }));
  const measured: Turn[] = [];
  for (let turn = 0; turn < turns; turn++) measured.push(await speakOnce(ws, speech));
  ws.terminate();
  return measured;
}

function speakOnce(ws: WebSocket, speech: Buffer): Promise<Turn> {
  return new Promise((resolve, reject) => {
    let stoppedAt: number | undefined;
    let firstAudioMs: number | undefined;
    let savedMs: number | undefined;
    const microphone = openMicrophone(ws, speech);
    const done = (error?: Error) => {
      microphone.close();
      ws.off("message", onMessage);
      ws.off("close", onClose);
      if (error) reject(error);
      else resolve({ firstAudioMs: firstAudioMs ?? Number.NaN, ...(savedMs !== undefined && { savedMs }) });
    };
    const onClose = () => done(new Error("the server closed the connection"));
    const onMessage = (data: Buffer, isBinary: boolean) => {
      const now = performance.now();
      if (isBinary) {
        if (stoppedAt !== undefined) firstAudioMs ??= now - stoppedAt;
        return;
      }
      const event = JSON.parse(data.toString());
      if (event.type === "input_audio_buffer.speech_stopped") stoppedAt = now;
      if (event.type === "kuku.latency") savedMs = event.speculation_saved_ms;
      if (event.type === "error") done(new Error(event.error.message));
      if (event.type !== "response.done" || stoppedAt === undefined) return;
      done(event.response.status === "completed" ? undefined : new Error(JSON.stringify(event.response)));
    };
    ws.on("message", onMessage);
    ws.on("close", onClose);
  });
}
