/** Routes of sessions: begun, listed, looked at, ended, erased. */
import type { Persona } from "../../coach/personas/personas.ts";
import { readSnapshot } from "../../session/persistence/snapshot.ts";
import { newSessionId } from "../access/guests.ts";
import type { PersonaBook } from "../conversations/persona-book.ts";
import { sessionParams } from "../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../http/envelope.ts";
import { principalOf } from "../http/route-access.ts";
import type { App } from "../http/typed-app.ts";
import { HttpError } from "../net/http-error.ts";
import { ownSession, sessionEnded } from "./own-session.ts";
import {
  createSessionBody,
  endedSchema,
  erasedSchema,
  listSessionsQuery,
  oneSessionSchema,
  sessionListSchema,
  sessionSchema,
  toOneSession,
  toSession,
} from "./schemas/sessions.ts";
import type { RestServices } from "./services.ts";
import { sessionPage } from "./session-page.ts";

/** What every route that names a session says of itself. */
export const ofSession = {
  access: "user",
  invalid: { "params.id": "INVALID_SESSION_ID" },
} as const;

/** Answers of every route that names a session. */
export const noSession = { 404: "There is no such session, or it is somebody else's." } as const;

/** `POST` and `GET /api/sessions`, `GET` and `DELETE /api/sessions/{id}`, `POST /api/sessions/{id}/end`. */
export function sessionRoutes(app: App, services: RestServices): void {
  createRoute(app, services);
  listRoute(app, services);
  oneRoute(app, services);
  endRoute(app, services);
  eraseRoute(app, services);
}

function createRoute(app: App, { store, sessions, personas, clock }: RestServices): void {
  app.route({
    method: "POST",
    url: "/api/sessions",
    schema: {
      operationId: "createSession",
      tags: ["Sessions"],
      summary: "Begin a session",
      description: "A session for messages by request; a socket can join it with `?session_id=…`.",
      body: createSessionBody,
      response: { 200: dataAnswer("It is there.", sessionSchema) },
    },
    config: {
      access: "user",
      invalid: { "body.persona": "UNKNOWN_PERSONA", "body.language": "INVALID_LANGUAGE" },
    },
    handler: async (request, reply) => {
      const refusal = sessions.refusal();
      if (refusal) throw refusal;
      const { id: ownerId, persona: only } = principalOf(request);
      const persona = choosePersona(personas, ownerId, only ?? request.body?.persona);
      const session = await store.createSession({
        id: newSessionId(ownerId),
        ownerId,
        persona: persona.id,
        language: request.body?.language ?? persona.language,
        origin: "rest",
        recorded: false,
        createdAt: clock.wallTime(),
      });
      reply.header("location", `/api/sessions/${session.id}`);
      return success(toSession(session));
    },
  });
}

function choosePersona(personas: PersonaBook, ownerId: string, name = personas.default): Persona {
  const persona = personas.find(name, ownerId);
  if (persona) return persona;
  const known = personas.list(ownerId).map((each) => each.persona.id);
  throw new HttpError(400, "UNKNOWN_PERSONA", `There is no such persona; there are ${known.join(", ")}.`);
}

function listRoute(app: App, { store }: RestServices): void {
  app.route({
    method: "GET",
    url: "/api/sessions",
    schema: {
      operationId: "listSessions",
      tags: ["Sessions"],
      summary: "One's own sessions",
      description: "Newest first, page by page.",
      querystring: listSessionsQuery,
      response: { 200: dataAnswer("A page of them.", sessionListSchema) },
    },
    config: { access: "user" },
    handler: async (request) => success(await sessionPage(store, principalOf(request).id, request.query)),
  });
}

function oneRoute(app: App, services: RestServices): void {
  app.route({
    method: "GET",
    url: "/api/sessions/:id",
    schema: {
      operationId: "getSession",
      tags: ["Sessions"],
      summary: "How a session stands",
      description: "With all that was said in it until now, and whether there was a sign of crisis.",
      params: sessionParams,
      response: { 200: dataAnswer("How it stands.", oneSessionSchema), ...failures(noSession) },
    },
    config: ofSession,
    handler: async (request) => {
      const session = await ownSession(services, principalOf(request), request.params.id);
      const snapshot = await services.store.findSnapshot(session.id);
      return success(toOneSession(session, readSnapshot(snapshot)?.coach.flagged));
    },
  });
}

function endRoute(app: App, services: RestServices): void {
  app.route({
    method: "POST",
    url: "/api/sessions/:id/end",
    schema: {
      operationId: "endSession",
      tags: ["Sessions"],
      summary: "End a session",
      description:
        "As its user would, also while a reply is under way. The report is written before this answers.",
      params: sessionParams,
      response: {
        200: dataAnswer("It has ended.", endedSchema),
        ...failures({ ...noSession, 409: "It had ended already, or another node holds it at the moment." }),
      },
    },
    config: ofSession,
    handler: async (request) => {
      const principal = principalOf(request);
      const { id } = request.params;
      const { ownerId, status } = await ownSession(services, principal, id);
      if (status === "ended") throw sessionEnded();
      await services.talks.end(id, ownerId);
      const report = await services.reports.make(id);
      const { createdAt, endedAt, messageCount } = await ownSession(services, principal, id);
      const until = endedAt ?? services.clock.wallTime();
      const duration = Math.max(0, Math.round((until - createdAt) / 1000));
      return success({ sessionId: id, summary: report?.text ?? "", duration, messageCount });
    },
  });
}

function eraseRoute(app: App, services: RestServices): void {
  app.route({
    method: "DELETE",
    url: "/api/sessions/:id",
    schema: {
      operationId: "eraseSession",
      tags: ["Sessions"],
      summary: "Erase a session",
      description: "With all that was said, its report and its audio; one that is under way is ended first.",
      params: sessionParams,
      response: { 200: dataAnswer("Nothing of it is left.", erasedSchema), ...failures(noSession) },
    },
    config: ofSession,
    handler: async (request) => {
      const { id } = request.params;
      await ownSession(services, principalOf(request), id);
      if (!(await services.accountData.erasure.session(id))) throw sessionLeftAudio();
      return success({ sessionId: id, erased: true as const });
    },
  });
}

function sessionLeftAudio(): HttpError {
  return new HttpError(500, "INTERNAL_ERROR", "The session is erased, but some of its audio not yet.");
}
