/** A session's rating by its user. */

import { z } from "zod";
import { named, sessionParams } from "../../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import { principalOf } from "../../http/route-access.ts";
import type { App } from "../../http/typed-app.ts";
import type { RestServices } from "../services.ts";
import { noSession, ofSession, ownSession, sessionActive } from "./own-session.ts";

const ratingBody = z
  .strictObject({
    rating: z.int().min(1).max(5).describe("1–5."),
    feedback: z.string().max(5000).optional().describe("In the user's own words."),
  })
  .meta(named("NewRating", { rating: 5, feedback: "That helped." }));

const ratingSchema = z
  .object({ hasRating: z.boolean(), rating: z.int().optional(), feedback: z.string().optional() })
  .meta(named("Rating", { hasRating: true, rating: 5, feedback: "That helped." }));

/** `POST` and `GET /api/sessions/{id}/rating`. */
export function ratingRoutes(app: App, services: RestServices): void {
  const url = "/api/sessions/:id/rating";
  app.post(url, {
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
    config: {
      ...ofSession,
      secrets: "rate",
      invalid: { ...ofSession.invalid, "body.rating": "INVALID_RATING" },
    },
    handler: async (request) => {
      const { id } = await ownSession(services, principalOf(request), request.params.id);
      const { rating, feedback } = request.body;
      const given = { rating, feedback };
      if (!(await services.store.saveRating(id, given))) throw sessionActive();
      return success({ hasRating: true, ...given });
    },
  });

  app.get(url, {
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
        rating,
        feedback,
      });
    },
  });
}
