/** All that was said in a session, from its stored items, with the audio that can still be fetched. */

import { z } from "zod";
import { named, sessionParams } from "../../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import { principalOf } from "../../http/route-access.ts";
import type { App } from "../../http/typed-app.ts";
import type { RestServices } from "../services.ts";
import { noSession, ofSession, ownSession } from "../sessions/own-session.ts";
import { aiExample, isFetchable, type Message, messageSchema, toMessage, userExample } from "./message.ts";

export const historySchema = z
  .object({ messages: z.array(messageSchema) })
  .meta(named("History", { messages: [userExample, aiExample] }));

/** `GET /api/sessions/{id}/messages`. */
export function historyRoutes(app: App, services: RestServices): void {
  app.get("/api/sessions/:id/messages", {
    schema: {
      operationId: "listMessages",
      tags: ["Messages"],
      summary: "All that was said",
      description:
        "In order; an empty list for a new session. A reply that was interrupted has the words that were heard.",
      params: sessionParams,
      response: { 200: dataAnswer("The messages.", historySchema), ...failures(noSession) },
    },
    config: ofSession,
    handler: async (request) => {
      const { id } = await ownSession(services, principalOf(request), request.params.id);
      return success({ messages: await readHistory(services, id) });
    },
  });
}

/** All messages of a session, in order; a reply of which nothing was heard is none. */
export async function readHistory(
  { store, clock }: Pick<RestServices, "store" | "clock">,
  sessionId: string,
): Promise<Message[]> {
  const [items, audio] = await Promise.all([store.readItems(sessionId), store.listAudio(sessionId, "reply")]);
  const now = clock.wallTime();
  const keys = new Map(
    audio.filter((each) => isFetchable(each, now)).map(({ itemId, key }) => [itemId, key]),
  );
  return items
    .filter(({ role, text }) => role === "user" || (role === "assistant" && text !== ""))
    .map((item) => toMessage(item, keys.get(item.id)));
}

/** The coach's answer to a message: what it said behind it and before the user's next; undefined: nothing. */
export function answerTo(messages: readonly Message[], messageId: string): Message | undefined {
  const at = messages.findIndex(({ id, sender }) => id === messageId && sender === "user");
  const next = at < 0 ? undefined : messages[at + 1];
  return next?.sender === "ai" ? next : undefined;
}
