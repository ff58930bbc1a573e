/** Spoken replies: whoever has a reply's address can fetch it until it expires. */

import { z } from "zod";
import { failures } from "../../http/envelope.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import { isFetchable } from "../messages/message.ts";
import type { RestServices } from "../services.ts";
import { audioAnswers, audioSchema, sendAudio } from "./send-audio.ts";

const audioParams = z.object({
  key: z
    .string()
    .max(110)
    .meta({
      description: "As it stands in `audioUrl`.",
      examples: ["3f786850e387550fdab836ed7e6dc881de23001b.wav"],
    }),
});

/** Keys of replies; no others are looked up. */
const replyKey = /^[0-9a-f]{40}\.[a-z0-9]{3,4}$/;

/** `GET /audio/{key}`. A player sends no credentials, so the key is all that opens it. */
export function audioRoutes(app: App, services: RestServices): void {
  app.get("/audio/:key", {
    schema: {
      operationId: "getAudio",
      tags: ["Audio"],
      summary: "A spoken reply",
      description: "By the address that came with it; it needs no credentials and expires.",
      params: audioParams,
      response: {
        ...audioAnswers({ "audio/wav": { schema: audioSchema } }),
        ...failures({ 404: "There is no such audio, or no longer." }),
      },
    },
    config: { access: "public" },
    handler: async (request, reply) => {
      const { key } = request.params;
      const record = replyKey.test(key) ? await services.store.findAudio(key) : undefined;
      const known = record && isFetchable(record, services.clock.wallTime());
      // Pages of other origins play it, and need not be let in for that.
      reply.header("cross-origin-resource-policy", "cross-origin");
      if (!(await sendAudio(services, request, reply, known ? record : undefined)))
        throw new HttpError(404, "AUDIO_NOT_FOUND", "There is no such audio, or no longer.");
      return reply;
    },
  });
}
