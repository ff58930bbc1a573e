/** The crowd's provider: as fast as `scenario.ts` says, in a process of its own, writing down when it was asked what. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answer } from "../../child.ts";
import { stages } from "../scenario.ts";
import {
  latestTurnIn,
  now,
  type ProviderMarks,
  replyTokens,
  tokensToSentence,
  transcriptOf,
  turnIn,
} from "./marks.ts";

const pieceBytes = 4800;
const pieceEveryMs = 20;
/** 60 ms of speech a character. */
const bytesPerCharacter = 60 * 48;
const silence = new Uint8Array(pieceBytes);

let marks = new Map<number, ProviderMarks>();
let lateness: number[] = [];
let turns = 0;
let chats = 0;

const marksOf = (turn: number): ProviderMarks => {
  const known = marks.get(turn) ?? {};
  marks.set(turn, known);
  return known;
};
/** Waits, and notes how much longer than asked. */
const wait = async (ms: number) => {
  const due = now() + ms;
  await new Promise((resolve) => setTimeout(resolve, ms));
  lateness.push(now() - due);
};
const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;

async function transcribe(response: ServerResponse): Promise<void> {
  const turn = ++turns;
  const mark = marksOf(turn);
  mark.transcriptAsked = now();
  await wait(stages.sttMs);
  response.writeHead(200, { "content-type": "text/event-stream" });
  mark.transcriptGiven = now();
  response.end(event({ type: "transcript.text.done", text: transcriptOf(turn) }));
}

async function chat(body: string, response: ServerResponse, askedAt: number): Promise<void> {
  const turn = latestTurnIn(body);
  const mark = marksOf(turn);
  // The first request for a turn is its reply; what is asked about the turn afterwards is no part of the way to it.
  mark.replyAsked ??= askedAt;
  chats++;
  await wait(stages.firstTokenMs);
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const [index, content] of replyTokens(turn).entries()) {
    if (index > 0) await wait(1000 / stages.tokensPerSecond);
    if (index === tokensToSentence - 1) mark.sentenceGiven ??= now();
    response.write(event({ choices: [{ index: 0, delta: { content }, finish_reason: null }] }));
  }
  response.end(`${event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] })}data: [DONE]\n\n`);
}

async function speak(body: string, response: ServerResponse, askedAt: number): Promise<void> {
  const { input } = JSON.parse(body) as { input: string };
  const turn = turnIn(input);
  const mark = Number.isNaN(turn) ? {} : marksOf(turn);
  mark.speechAsked ??= askedAt;
  await wait(stages.ttsFirstByteMs);
  response.writeHead(200, { "content-type": "audio/pcm" });
  mark.speechGiven ??= now();
  for (let left = input.length * bytesPerCharacter; left > 0; left -= pieceBytes) {
    response.write(silence.subarray(0, Math.min(left, pieceBytes)));
    await wait(pieceEveryMs);
  }
  response.end();
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  const hears = request.url === "/v1/audio/transcriptions";
  for await (const part of request) if (!hears) parts.push(part);
  const askedAt = now();
  if (hears) return transcribe(response);
  const body = Buffer.concat(parts).toString();
  if (request.url === "/v1/chat/completions") return chat(body, response, askedAt);
  if (request.url === "/v1/audio/speech") return speak(body, response, askedAt);
  response.writeHead(404).end();
}

answer({
  async listen() {
    const server = createServer((request, response) => {
      // Requests that our server gives up end like this.
      serve(request, response).catch(() => response.destroy());
    });
    server.keepAliveTimeout = 60_000;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  },
  mark() {
    marks = new Map();
    lateness = [];
    chats = 0;
  },
  seen: () => ({ marks: [...marks], lateness, chats }),
});
