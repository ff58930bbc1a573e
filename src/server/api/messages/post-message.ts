/** A message: a recording or a text in, the coach's answer out, now or later. */

import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { newId } from "../../../lib/ids.ts";
import { named, sessionParams } from "../../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import { principalOf } from "../../http/route-access.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import type { RestServices } from "../services.ts";
import { activeSessionOwner, noSession, ofSession } from "../sessions/own-session.ts";
import { answerLater, type Behind } from "./answer-later.ts";
import { answeredSchema, answerMessage, type Place } from "./answer-message.ts";
import { lingeringClose } from "./lingering-close.ts";
import { userExample } from "./message.ts";
import { readSpeech, speechRate } from "./read-speech.ts";
import { receiveUpload } from "./receive-upload.ts";

/** The form's field that holds the recording. */
const field = "audio";

/** A typed message; longer ones than a spoken minute are no turn of a conversation. */
const textBody = z
  .strictObject({ text: z.string().trim().min(1).max(5000).describe("1–5,000 characters.") })
  .optional()
  .meta({ examples: [{ text: "I would like to talk about my week." }] });

const postMessageQuery = z.object({
  wait: z
    .enum(["true", "false"])
    .default("true")
    .describe("`false`: the answer is made behind the request, which tells where to ask for it."),
});

const acceptedSchema = z
  .object({
    status: z.literal("processing"),
    messageId: z.string(),
    estimatedTimeSeconds: z.int().describe("A guess."),
  })
  .meta(named("Accepted", { status: "processing", messageId: userExample.id, estimatedTimeSeconds: 4 }));

const refusals = {
  ...noSession,
  409: "The session has ended, is full, or another node holds it at the moment.",
  413: "Longer than a minute (`AUDIO_TOO_LONG`), too many bytes (`AUDIO_TOO_LARGE`), told while they come, or a text beyond `MAX_ITEM_BYTES` (`MESSAGE_TOO_LARGE`).",
  415: "Not audio, whatever its name says (`INVALID_AUDIO_FORMAT`).",
  422: "Empty (`EMPTY_AUDIO`), cut off (`TRUNCATED_AUDIO`), or nobody speaks in it (`NO_SPEECH`).",
  429: "As many messages as may wait for this session wait already, or as many recordings of this user or address are being received as may be at once (`TOO_MANY_UPLOADS`).",
  503: "The coach cannot answer, too many recordings are being received (`OVERLOADED`), or too much waits to be stored (`STORAGE_BEHIND`).",
};

/** `POST /api/sessions/{id}/messages`. */
export function postMessageRoutes(app: App, services: RestServices): void {
  app.post("/api/sessions/:id/messages", {
    schema: {
      operationId: "postMessage",
      tags: ["Messages"],
      summary: "Say something",
      description:
        "A recording (WebM, MP3, WAV, Ogg or M4A, by its bytes) or a text. The same session, coach and figures as over the socket. With `wait=false` the answer is made behind the request.",
      params: sessionParams,
      querystring: postMessageQuery,
      body: textBody,
      response: {
        200: dataAnswer("The message and its answer.", answeredSchema),
        202: dataAnswer("It is taken; ask for its status.", acceptedSchema),
        ...failures(refusals),
      },
    },
    config: { ...ofSession, invalid: { ...ofSession.invalid, "body.text": "INVALID_TEXT" }, upload: field },
    // A body that is refused before its end.
    onSend: async (request, reply) => lingeringClose(request.raw, reply.raw, services.clock),
    handler: async (request, reply) => {
      const { id: sessionId } = request.params;
      // The owner is not always who asks: see `reaches`.
      const principal = principalOf(request);
      const ownerId = await activeSessionOwner(services, principal, sessionId);
      const place = { sessionId, ownerId, speaker: { principal, address: request.ip } };
      const message = request.isMultipart()
        ? await receiveSpeech(services, request, reply)
        : readText(request.body);
      if (request.query.wait === "true") return success(await answerNow(services, place, message));
      const messageId = await answerLater(services, place, message);
      reply.code(202);
      return success({
        status: "processing" as const,
        messageId,
        estimatedTimeSeconds: guessSeconds(message),
      });
    },
  });
}

function answerNow(services: RestServices, place: Omit<Place, "itemId">, message: Behind) {
  const said = "text" in message ? message : { pcm: message.pcm, rate: speechRate };
  return answerMessage(services, { ...place, itemId: newId("item") }, said);
}

function readText(body: { text: string } | undefined): { text: string } {
  if (body) return body;
  throw new HttpError(
    400,
    "MESSAGE_MISSING",
    `Send a form with a file in \`${field}\`, or JSON with \`text\`.`,
  );
}

/** Estimates the seconds until the answer; longer recordings take longer. */
function guessSeconds(message: Behind): number {
  return "text" in message ? 2 : Math.ceil(3 + message.durationMs / 4000);
}

/** Receives and decodes the recording; its file is removed before the function returns. */
async function receiveSpeech(services: RestServices, request: FastifyRequest, reply: FastifyReply) {
  const { limits, uploads, limiter } = services;
  const release = limiter.upload(principalOf(request), request.ip);
  const gone = new AbortController();
  const leave = () => gone.abort(new HttpError(400, "CLIENT_LEFT", "The client left."));
  reply.raw.once("close", leave);
  try {
    const file = await receiveUpload(request, { field, maxBytes: limits.maxUploadBytes });
    try {
      return await readSpeech(uploads, file.path, { maxMs: limits.maxAudioMs, signal: gone.signal });
    } finally {
      await file.remove();
    }
  } finally {
    reply.raw.off("close", leave);
    release();
  }
}
