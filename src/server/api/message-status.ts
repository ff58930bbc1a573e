/** How a message stands that is answered behind its request. All of it is derived from what is stored. */
import type { z } from "zod";
import { findEntry } from "../../session/turns/state.ts";
import type { SessionRecord } from "../../store/records.ts";
import { HttpError } from "../net/http-error.ts";
import { answerTo, readHistory } from "./history.ts";
import type { messageStatusSchema } from "./schemas/messages.ts";
import type { RestServices } from "./services.ts";
import { isWaiting } from "./upload-job.ts";

type MessageStatus = z.input<typeof messageStatusSchema>;

/** @throws HttpError 404 where the session has no such message */
export async function messageStatus(
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
