/** Actions that a user committed to: marked as done, or open again. */

import { z } from "zod";
import { ownSessions } from "../access/principal.ts";
import { named } from "../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../http/envelope.ts";
import { principalOf } from "../http/route-access.ts";
import type { App } from "../http/typed-app.ts";
import { HttpError } from "../net/http-error.ts";
import type { RestServices } from "./services.ts";

const exampleId = "session-0198c1f2-6c3e-7d41-9a57-3f1f2a9b8c7d-1";

const actionParams = z.object({
  id: z
    .string()
    .max(60)
    .regex(/^session-[0-9a-f-]{36}-\d{1,4}$/, "is no action's id")
    .meta({ description: "As it stands in `openActions`.", examples: [exampleId] }),
});

const actionBody = z.strictObject({ done: z.boolean() }).meta({ examples: [{ done: true }] });

const actionSchema = z
  .object({ id: z.string(), done: z.boolean() })
  .meta(named("Action", { id: exampleId, done: true }));

/** `POST /api/me/actions/{id}`. */
export function actionRoutes(app: App, { store, clock }: RestServices): void {
  app.post("/api/me/actions/:id", {
    schema: {
      operationId: "settleAction",
      tags: ["Outcome"],
      summary: "Say that an action is done",
      description: "Or, with `done: false`, that it is not. Those that are open are in `/api/me/progress`.",
      params: actionParams,
      body: actionBody,
      response: {
        200: dataAnswer("How it stands.", actionSchema),
        ...failures({ 404: "There is no such action, or it is somebody else's." }),
      },
    },
    config: { access: "user", secrets: true, invalid: { "params.id": "INVALID_ACTION_ID" } },
    handler: async (request) => {
      const { id } = request.params;
      const { done } = request.body;
      const doneAt = done ? clock.wallTime() : undefined;
      const settled = await store.settleAction(ownSessions(principalOf(request)), id, doneAt);
      if (!settled) throw new HttpError(404, "ACTION_NOT_FOUND", "There is no such action.");
      return success({ id, done });
    },
  });
}
