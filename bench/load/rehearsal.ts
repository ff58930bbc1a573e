/** Before the crowd: one session speaks a few turns to our server, and what it gets back becomes the yardstick's script. */
import { setTimeout as wait } from "node:timers/promises";
import { chunkMs, type ReplyMessage, setupMessages, type TurnShape, type Workload } from "../workload.ts";
import { connect } from "./connect.ts";
import { prepareTurn } from "./microphone.ts";
import { seeded } from "./random.ts";
import { frameReader, maskedFrame, opcodes } from "./wire.ts";

const turnsRehearsed = 2;
const mask = Buffer.from([7, 5, 3, 1]);

/** Speaks `turnsRehearsed` turns and answers the shape of the last. @throws Error when a turn brought no audio. */
export async function rehearse({ port, workload }: { port: number; workload: Workload }): Promise<TurnShape> {
  let messages: Array<ReplyMessage & { readonly afterChunk: number }> = [];
  let lastSent = 0;
  const reader = frameReader((opcode, _length, payload) => {
    if (opcode !== opcodes.text && opcode !== opcodes.binary) return;
    const binary = opcode === opcodes.binary;
    messages.push({ binary, payload: payload!.toString("base64"), afterChunk: lastSent });
  }, true);
  const protocol = workload.mode === "base64" ? "realtime" : "kuku.v1";
  const { socket } = await connect(port, { protocol }, (bytes) => reader.push(bytes));
  for (const text of setupMessages(workload))
    socket.write(maskedFrame(opcodes.text, Buffer.from(text), mask));
  await wait(1000);
  const turn = await prepareTurn(workload, seeded(1));
  const start = performance.now();
  let sent = 0;
  for (let round = 0; round < turnsRehearsed; round++) {
    messages = [];
    for (const [index, chunk] of turn.chunks.entries()) {
      await wait(Math.max(0, start + sent++ * chunkMs - performance.now()));
      lastSent = index;
      socket.write(chunk);
    }
    if (turn.end) socket.write(turn.end);
    await wait(turn.end ? 600 : 0);
    if (turn.end) sent += 600 / chunkMs;
  }
  socket.destroy();
  return shapeOf(workload, messages);
}

function shapeOf(workload: Workload, messages: Array<ReplyMessage & { afterChunk: number }>): TurnShape {
  const text = (message: ReplyMessage) => Buffer.from(message.payload, "base64").toString("utf8", 0, 2000);
  const failed = messages.find((message) => !message.binary && text(message).includes('"type":"error"'));
  if (failed) throw new Error(`our server answered the rehearsal with ${text(failed)}`);
  const firstAudio = messages.find(
    (message) => message.binary || text(message).includes('"response.output_audio.delta"'),
  );
  if (!firstAudio)
    throw new Error(`the rehearsal's turn brought no audio:\n${messages.map(text).join("\n")}`);
  const answerAfter = workload.mode === "vad" ? firstAudio.afterChunk : workload.chunksPerTurn - 1;
  return { messages: messages.map(({ binary, payload }) => ({ binary, payload })), answerAfter };
}
