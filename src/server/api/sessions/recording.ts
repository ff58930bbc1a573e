/** A session's recording: the user on the left, the coach on the right. */
import type { AudioRecord } from "../../../store/records.ts";

import { sessionParams } from "../../http/common-schemas.ts";
import { failures } from "../../http/envelope.ts";
import { principalOf } from "../../http/route-access.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import type { RestServices } from "../services.ts";
import { ofSession, ownSession } from "./own-session.ts";
import { audioAnswers, audioSchema, sendAudio } from "./send-audio.ts";

/** `GET /api/sessions/{id}/recording`. */
export function recordingRoutes(app: App, services: RestServices): void {
  app.get("/api/sessions/:id/recording", {
    schema: {
      operationId: "getRecording",
      tags: ["Outcome"],
      summary: "A session's recording",
      description:
        "The user on the left, the coach on the right, once it is finished; only where the user agreed to it. Of several, the last.",
      params: sessionParams,
      response: {
        ...audioAnswers({ "audio/wav": { schema: audioSchema } }),
        ...failures({ 404: "There is no such session, or no recording of it." }),
      },
    },
    config: ofSession,
    handler: async (request, reply) => {
      const { id } = await ownSession(services, principalOf(request), request.params.id);
      const recording = await lastRecording(services, id);
      if (!(await sendAudio(services, request, reply, recording)))
        throw new HttpError(404, "RECORDING_NOT_FOUND", "There is no recording of this session.");
      return reply;
    },
  });
}

/** The last finished recording of a session that has not expired; undefined: there is none. @throws StoreError */
export async function lastRecording(
  { store, clock }: Pick<RestServices, "store" | "clock">,
  sessionId: string,
): Promise<AudioRecord | undefined> {
  const now = clock.wallTime();
  const recordings = await store.listAudio(sessionId, "recording");
  return recordings.findLast(
    ({ durationMs = 0, expiresAt = Number.POSITIVE_INFINITY }) => durationMs > 0 && now < expiresAt,
  );
}
