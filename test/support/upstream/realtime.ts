/** `/v1/realtime`: with `intent=transcription` the socket that hears while the user speaks, with `model` the one that speaks. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { answerReader, type Script } from "../../../src/providers/scripted/script.ts";
import type { SeenRequest } from "./request.ts";
import { serveVoice, type VoiceAnswer, type VoiceCall, type VoiceDoor } from "./voice.ts";

export interface RealtimeAnswer {
  /** Said word by word after the commit. */
  readonly text?: string;
  /** Told with the transcript to those who ask for them. */
  readonly logprobs?: readonly object[];
  /** Words said while audio still comes, one an append. */
  readonly early?: readonly string[];
  /** Refuses the handshake. */
  readonly status?: number;
  /** Sent in place of the transcript. */
  readonly failed?: { readonly type: string; readonly code: string; readonly message: string };
  /** An `error` event in place of the transcript. */
  readonly error?: { readonly type: string; readonly code: string; readonly message: string };
  /** Not JSON, in place of the transcript. */
  readonly garbage?: string;
  /** Answers nothing to the commit. */
  readonly stalls?: boolean;
  /** Cuts the socket at the commit. */
  readonly cuts?: boolean;
}

export interface RealtimeScripts {
  /** An answer a transcription socket. */
  readonly realtime?: Script<object, string | RealtimeAnswer>;
  /** An answer a response that is to be spoken. */
  readonly voice?: Script<VoiceCall, VoiceAnswer>;
  /** An answer a socket that is to speak; left out, all are served. */
  readonly voiceDoor?: Script<object, VoiceDoor>;
}

/** Takes upgrades; without a script they are refused with 404. */
export function realtimeDoor(
  { realtime, voice, voiceDoor }: RealtimeScripts,
  see: (request: SeenRequest) => void,
) {
  const next = realtime && answerReader(realtime);
  const nextVoice = voice && answerReader(voice);
  const nextDoor = voiceDoor && answerReader(voiceDoor);
  const server = new WebSocketServer({ noServer: true });
  return {
    upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer) {
      const url = new URL(incoming.url ?? "/", "http://upstream");
      const speaks = url.searchParams.has("model");
      const door = (speaks && nextDoor?.({})) || {};
      const given = (speaks ? nextVoice && door : next?.({})) ?? { status: 404 };
      const answer: RealtimeAnswer = typeof given === "string" ? { text: given } : (given as RealtimeAnswer);
      const events: Record<string, unknown>[] = [];
      let open = true;
      let ends: SeenRequest["ended"];
      const seen = () => ({
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        body: {},
        events,
        ended: ends,
        get open() {
          return open;
        },
      });
      if (answer.status) {
        ends = Promise.resolve("answered");
        open = false;
        see(seen());
        socket.end(`HTTP/1.1 ${answer.status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      server.handleUpgrade(incoming, socket, head, (client) => {
        ends = once(client, "close").then(() => {
          open = false;
          return "closed_by_client" as const;
        });
        see(seen());
        if (speaks && nextVoice) serveVoice(client, nextVoice, events, door);
        else speak(client, answer, events);
      });
    },
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

function speak(client: WebSocket, answer: RealtimeAnswer, events: Record<string, unknown>[]): void {
  let eventNumber = 0;
  let early = 0;
  const about = { item_id: "item_1", content_index: 0 };
  const send = (event: object) =>
    client.send(JSON.stringify({ event_id: `event_${++eventNumber}`, ...event }));
  const say = (delta: string) =>
    send({ type: "conversation.item.input_audio_transcription.delta", ...about, delta });
  send({ type: "session.created", session: { type: "transcription" } });
  client.on("message", (data) => {
    const event = JSON.parse(data.toString()) as Record<string, unknown>;
    events.push(event);
    if (event.type === "session.update") send({ type: "session.updated", session: event.session });
    const ahead = answer.early ?? [];
    if (event.type === "input_audio_buffer.append" && early < ahead.length) say(ahead[early++] as string);
    if (event.type !== "input_audio_buffer.commit" || answer.stalls) return;
    if (answer.cuts) return client.terminate();
    if (answer.garbage !== undefined) return client.send(answer.garbage);
    if (answer.error) return send({ type: "error", error: { param: null, event_id: null, ...answer.error } });
    send({ type: "input_audio_buffer.committed", item_id: "item_1", previous_item_id: null });
    if (answer.failed)
      return send({
        type: "conversation.item.input_audio_transcription.failed",
        ...about,
        error: answer.failed,
      });
    const transcript = answer.text ?? ahead.join("");
    for (const word of transcript.slice(ahead.slice(0, early).join("").length).match(/\s*\S+/g) ?? [])
      say(word);
    send({
      type: "conversation.item.input_audio_transcription.completed",
      ...about,
      transcript,
      ...(answer.logprobs && { logprobs: answer.logprobs }),
      usage: { type: "duration", seconds: 1 },
    });
  });
}
