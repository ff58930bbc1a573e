/** Routes of a session's rating. */

import { sessionParams } from "../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../http/envelope.ts";
import { principalOf } from "../http/route-access.ts";
import type { App } from "../http/typed-app.ts";
import { ownSession, sessionActive } from "./own-session.ts";
import { ratingBody, ratingSchema } from "./schemas/sessions.ts";
import type { RestServices } from "./services.ts";
import { noSession, ofSession } from "./sessions.ts";

/** `POST` and `GET /api/sessions/{id}/rating`. */
export function ratingRoutes(app: App, services: RestServices): void {
  const url = "/api/sessions/:id/rating";
  app.route({
    method: "POST",
    url,
    schema: {
      operationId: "rateSession",
      tags: ["Sessions"],
      summary: "Rate a session",
      description: "Once it has ended; rating it again takes the place of the rating before.",
      params: sessionParams,
      body: ratingBody,
      response: {
        200: dataAnswer("It is rated.", ratingSchema),
        ...failures({ ...noSession, 409: "It has not ended yet." }),
      },
    },
    config: { access: "user", invalid: { ...ofSession.invalid, "body.rating": "INVALID_RATING" } },
    handler: async (request) => {
      const { id } = await ownSession(services, principalOf(request), request.params.id);
      const { rating, feedback } = request.body;
      const given = { rating, ...(feedback !== undefined && { feedback }) };
      if (!(await services.store.saveRating(id, given))) throw sessionActive();
      return success({ hasRating: true, ...given });
    },
  });

  app.route({
    method: "GET",
    url,
    schema: {
      operationId: "getRating",
      tags: ["Sessions"],
      summary: "A session's rating",
      description: "Says so where there is none.",
      params: sessionParams,
      response: { 200: dataAnswer("The rating, if there is one.", ratingSchema), ...failures(noSession) },
    },
    config: ofSession,
    handler: async (request) => {
      const { rating, feedback } = await ownSession(services, principalOf(request), request.params.id);
      return success({
        hasRating: rating !== undefined,
        ...(rating !== undefined && { rating }),
        ...(feedback !== undefined && { feedback }),
      });
    },
  });
}
