/** Routes to somebody else's words: each reading is written down before it is answered. */
import type { SessionRecord } from "../../../store/records.ts";
import { sessionParams } from "../../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import { writeDown } from "../../operations/audit-log.ts";
import { historySchema, readHistory } from "../messages/history.ts";
import { sessionActive, sessionNotFound, untilStored } from "../sessions/own-session.ts";
import { lastRecording } from "../sessions/recording.ts";
import { readReport, reportSchema } from "../sessions/report.ts";
import { audioAnswers, audioSchema, sendAudio } from "../sessions/send-audio.ts";
import type { AdminServices } from "./admin-services.ts";
import { ofAnySession } from "./sessions.ts";

const tags = ["Administration"];
const written = "Who read it is written down first; where that cannot be written, nothing is answered.";

/** `GET /api/admin/sessions/{id}/messages`, `…/report`, `…/recording`. */
export function wordRoutes(app: App, admin: AdminServices): void {
  messagesRoute(app, admin);
  reportRoute(app, admin);
  recordingRoute(app, admin);
}

function messagesRoute(app: App, admin: AdminServices): void {
  app.get("/api/admin/sessions/:id/messages", {
    schema: {
      operationId: "readAnyMessages",
      tags,
      summary: "What was said in somebody's session",
      description: written,
      params: sessionParams,
      response: {
        200: dataAnswer("All of it, in order.", historySchema),
        ...failures({ 404: "There is no such session." }),
      },
    },
    config: ofAnySession,
    handler: async (request) => {
      const { id, ownerId } = await anySession(admin, request.params.id);
      await writeDown(admin, request, "session.messages", { ownerId, target: id });
      return success({ messages: await readHistory(admin.services, id) });
    },
  });
}

function reportRoute(app: App, admin: AdminServices): void {
  app.get("/api/admin/sessions/:id/report", {
    schema: {
      operationId: "readAnyReport",
      tags,
      summary: "The report of somebody's session",
      description: written,
      params: sessionParams,
      response: {
        200: dataAnswer("The report.", reportSchema),
        ...failures({
          404: "There is no such session, or no report of it.",
          409: "The session has not ended yet.",
        }),
      },
    },
    config: ofAnySession,
    handler: async (request) => {
      const { id, ownerId, status: now } = await anySession(admin, request.params.id);
      if (now === "active") throw sessionActive();
      await writeDown(admin, request, "session.report", { ownerId, target: id });
      return success(await readReport(admin.services, id));
    },
  });
}

function recordingRoute(app: App, admin: AdminServices): void {
  app.get("/api/admin/sessions/:id/recording", {
    schema: {
      operationId: "readAnyRecording",
      tags,
      summary: "The recording of somebody's session",
      description: `Only where its user agreed to one. ${written}`,
      params: sessionParams,
      response: {
        ...audioAnswers({ "audio/wav": { schema: audioSchema } }),
        ...failures({ 404: "There is no such session, or no recording of it." }),
      },
    },
    config: ofAnySession,
    // A browser that kept it would play it again without asking, and nobody would write it down.
    onSend: async (_request, reply) => void reply.header("cache-control", "no-store"),
    handler: async (request, reply) => {
      const { services } = admin;
      const { id, ownerId } = await anySession(admin, request.params.id);
      await writeDown(admin, request, "session.recording", { ownerId, target: id });
      const recording = await lastRecording(services, id);
      if (!(await sendAudio(services, request, reply, recording)))
        throw new HttpError(404, "RECORDING_NOT_FOUND", "There is no recording of this session.");
      return reply;
    },
  });
}

/** @throws HttpError 404; StoreError */
async function anySession({ services }: AdminServices, id: string): Promise<SessionRecord> {
  await untilStored(services, id);
  const record = await services.store.findSession(id);
  if (!record) throw sessionNotFound();
  return record;
}
