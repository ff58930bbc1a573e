/** Status of a message that is answered behind its request, derived from stored records. */

import { z } from "zod";
import { findEntry } from "../../../session/turns/state.ts";
import type { SessionRecord } from "../../../store/records.ts";
import { named, sessionIdSchema } from "../../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import { principalOf } from "../../http/route-access.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import type { RestServices } from "../services.ts";
import { ofSession, ownSession } from "../sessions/own-session.ts";
import { isWaiting } from "./answer-later.ts";
import { answerTo, readHistory } from "./history.ts";
import { aiExample, messageIdSchema, messageSchema, userExample } from "./message.ts";

const messageParams = z.object({
  id: sessionIdSchema,
  messageId: messageIdSchema,
});

const messageStatusSchema = z
  .discriminatedUnion("status", [
    z.object({
      status: z.literal("processing"),
      messageId: z.string(),
      progress: z.int().min(0).max(100).describe("Per cent."),
    }),
    z.object({
      status: z.literal("complete"),
      messageId: z.string(),
      message: messageSchema.describe("The coach's answer."),
    }),
    z.object({
      status: z.literal("failed"),
      messageId: z.string(),
      code: z.string().describe("As it would have been answered to a request that waits."),
    }),
  ])
  .meta(named("MessageStatus", { status: "complete", messageId: userExample.id, message: aiExample }));

type MessageStatus = z.input<typeof messageStatusSchema>;

/** `GET /api/sessions/{id}/messages/{messageId}/status`. */
export function messageStatusRoutes(app: App, services: RestServices): void {
  app.get("/api/sessions/:id/messages/:messageId/status", {
    schema: {
      operationId: "getMessageStatus",
      tags: ["Messages"],
      summary: "How a message stands",
      description: "Of one that was sent with `wait=false`; it survives a restart of the server.",
      params: messageParams,
      response: {
        200: dataAnswer("How it stands.", messageStatusSchema),
        ...failures({ 404: "There is no such session or message, or it is somebody else's." }),
      },
    },
    config: {
      ...ofSession,
      invalid: { ...ofSession.invalid, "params.messageId": "INVALID_MESSAGE_ID" },
    },
    handler: async (request) => {
      const { id, messageId } = request.params;
      const session = await ownSession(services, principalOf(request), id);
      return success(await messageStatus(services, session, messageId));
    },
  });
}

/** @throws HttpError 404 where the session has no such message */
async function messageStatus(
  services: RestServices,
  session: SessionRecord,
  messageId: string,
): Promise<MessageStatus> {
  const uploads = await services.store.listAudio(session.id, "upload");
  const upload = uploads.find(({ itemId }) => itemId === messageId);
  if (upload && isWaiting(upload))
    return { status: "processing", messageId, progress: progressOf(services, session.id, messageId) };
  const messages = await readHistory(services, session.id);
  const known = messages.some(({ id, sender }) => id === messageId && sender === "user");
  if (!known && !upload)
    throw new HttpError(404, "MESSAGE_NOT_FOUND", "There is no such message in this session.");
  const failed = { status: "failed", messageId } as const;
  if (upload && known) return { ...failed, code: "PROVIDER_UNAVAILABLE" };
  if (upload) return { ...failed, code: session.status === "ended" ? "SESSION_ENDED" : "MESSAGE_FAILED" };
  const message = answerTo(messages, messageId);
  if (message) return { status: "complete", messageId, message };
  if (services.sessions.live(session.id)?.busy)
    return { status: "processing", messageId, progress: progressOf(services, session.id, messageId) };
  return { ...failed, code: "PROVIDER_UNAVAILABLE" };
}

/** Per cent, by how far the session is with it. */
function progressOf({ sessions }: RestServices, sessionId: string, messageId: string): number {
  const state = sessions.live(sessionId)?.state;
  const entry = state && findEntry(state, messageId);
  if (!entry) return 10;
  if (entry.kind === "spoken_by_user" && entry.transcript === undefined) return 30;
  return state.reply.type === "sending" ? 80 : 60;
}
