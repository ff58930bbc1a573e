/** A provider on loopback that speaks real HTTP, multipart, server-sent events, chunked PCM and the Realtime socket. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerReader, type Script } from "../../../src/providers/scripted/script.ts";
import { type ChatAnswer, sendChat } from "./chat.ts";
import { type RealtimeScripts, realtimeDoor } from "./realtime.ts";
import { type SeenRequest, type Staging, sendFailure, watchRequest } from "./request.ts";
import { type ResponsesAnswer, sendResponses } from "./responses.ts";
import { type SpeechAnswer, sendSpeech } from "./speech.ts";
import { sendTranscription, type TranscriptionAnswer } from "./transcription.ts";

export interface UpstreamScripts extends RealtimeScripts {
  readonly transcriptions?: Script<{ request: SeenRequest }, string | TranscriptionAnswer>;
  readonly chat?: Script<{ request: SeenRequest }, string | ChatAnswer>;
  readonly responses?: Script<{ request: SeenRequest }, string | ResponsesAnswer>;
  readonly speech?: Script<{ request: SeenRequest }, SpeechAnswer>;
  /** How `GET /models/{model}` fails, by the model's name; left out, the server lacks that route. */
  readonly models?: (model: string) => Staging;
}

export interface FakeUpstream {
  /** Ends in `/v1`. */
  readonly baseUrl: string;
  /** In the order they came, sockets included. */
  readonly requests: readonly SeenRequest[];
  /** Requests whose answers have not ended yet. */
  readonly open: number;
  /** Connections made so far. */
  readonly connections: number;
  /** Resolves once no connection stands. */
  disconnected(): Promise<void>;
  /** Resolves with request number `index` (from 0), once it has come. */
  request(index: number): Promise<SeenRequest>;
  /** Resolves once no request is open. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

const MODELS = "/v1/models/";

/** Starts one on a free port. A route without a script answers 404, as an upstream that lacks it does. */
export async function openUpstream(scripts: UpstreamScripts = {}): Promise<FakeUpstream> {
  const requests: SeenRequest[] = [];
  const waiting: { index: number; resolve: (request: SeenRequest) => void }[] = [];
  let connections = 0;
  const see = (request: SeenRequest) => {
    requests.push(request);
    for (const { index, resolve } of waiting) if (index === requests.length - 1) resolve(request);
  };
  const answer = routesOf(scripts);
  const server = createServer(async (incoming, response) => {
    const request = await watchRequest(incoming, response);
    if (!request) return;
    // Asked once at start-up, beside whatever a test is about.
    if (!request.path.startsWith(MODELS)) see(request);
    await answer(request, response);
  });
  const realtime = realtimeDoor(scripts, see);
  server.on("upgrade", (incoming: IncomingMessage, socket, head) => realtime.upgrade(incoming, socket, head));
  const standing = new Set<Promise<void>>();
  server.on("connection", (socket) => {
    connections++;
    const gone = Promise.withResolvers<void>();
    standing.add(gone.promise);
    // Sockets that a client resets are none of the test's business.
    socket.on("error", () => {});
    socket.once("close", () => {
      standing.delete(gone.promise);
      gone.resolve();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    get open() {
      return requests.filter((request) => request.open).length;
    },
    get connections() {
      return connections;
    },
    async disconnected() {
      while (standing.size > 0) await Promise.all(standing);
    },
    request(index) {
      const seen = requests[index];
      return seen ? Promise.resolve(seen) : new Promise((resolve) => waiting.push({ index, resolve }));
    },
    async quiet() {
      for (const request of requests) await request.ended;
    },
    async close() {
      realtime.close();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function routesOf(scripts: UpstreamScripts) {
  const transcription = scripts.transcriptions && answerReader(scripts.transcriptions);
  const chat = scripts.chat && answerReader(scripts.chat);
  const responses = scripts.responses && answerReader(scripts.responses);
  const speech = scripts.speech && answerReader(scripts.speech);
  return async (request: SeenRequest, response: ServerResponse): Promise<void> => {
    if (request.path === "/v1/audio/transcriptions" && transcription) {
      const answer = transcription({ request });
      return sendTranscription(request, response, typeof answer === "string" ? { text: answer } : answer);
    }
    if (request.path === "/v1/chat/completions" && chat) {
      const answer = chat({ request });
      return sendChat(request, response, typeof answer === "string" ? { text: answer } : answer);
    }
    if (request.path === "/v1/responses" && responses) {
      const answer = responses({ request });
      return sendResponses(request, response, typeof answer === "string" ? { text: answer } : answer);
    }
    if (request.path === "/v1/audio/speech" && speech)
      return sendSpeech(request, response, speech({ request }));
    if (request.path.startsWith(MODELS) && scripts.models)
      return sendFailure(response, scripts.models(decodeURIComponent(request.path.slice(MODELS.length))));
    const missing: Staging = { status: 404, error: { message: "no such route", code: "not_found" } };
    sendFailure(response, missing);
  };
}
