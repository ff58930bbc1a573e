/** Search over one's own messages. */

import { z } from "zod";
import { ownSessions } from "../../access/principal.ts";
import { named, nextSchema, pageQuery } from "../../http/common-schemas.ts";
import { dataAnswer, success } from "../../http/envelope.ts";
import { principalOf } from "../../http/route-access.ts";
import type { App } from "../../http/typed-app.ts";
import { endUserQuery, ofEndUser } from "../end-users.ts";
import type { RestServices } from "../services.ts";
import { messageSchema, toMessage } from "./message.ts";

const searchQuery = pageQuery.extend({
  q: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .describe("Words that must all be there; quotes and minus as in a web search."),
  user: endUserQuery,
});

const foundSchema = z
  .object({
    results: z.array(
      z.object({
        sessionId: z.string(),
        message: messageSchema,
        excerpt: z.string().describe("The words around what was found."),
      }),
    ),
    next: nextSchema,
  })
  .meta(named("Found", { results: [] }));

/** `GET /api/search/messages`. */
export function searchRoutes(app: App, { store }: RestServices): void {
  app.get("/api/search/messages", {
    schema: {
      operationId: "searchMessages",
      tags: ["Messages"],
      summary: "Search one's own messages",
      description: "Over all of one's own sessions, newest first.",
      querystring: searchQuery,
      response: { 200: dataAnswer("A page of what was found.", foundSchema) },
    },
    config: { access: "user", secrets: true, invalid: { "querystring.q": "INVALID_QUERY" } },
    handler: async (request) => {
      const { q, limit, cursor, user } = request.query;
      const { entries, next } = await store.searchItems({
        ...ofEndUser(ownSessions(principalOf(request)), user),
        text: q,
        limit,
        cursor,
      });
      const results = entries.map(({ sessionId, item, excerpt }) => ({
        sessionId,
        message: toMessage(item),
        excerpt,
      }));
      return success({ results, next });
    },
  });
}
