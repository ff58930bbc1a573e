/** Sessions: begun, listed, looked at. */

import { z } from "zod";
import type { CrisisFlag } from "../../../coach/care/care.ts";
import { careKinds } from "../../../coach/care/kinds.ts";
import type { Persona } from "../../../coach/personas/personas.ts";
import { type Beginning, readSnapshot } from "../../../session/persistence/snapshot.ts";
import type { SessionRecord } from "../../../store/records.ts";
import type { SessionsOf, Store } from "../../../store/store.ts";
import { nameOfEndUser } from "../../access/client-secrets.ts";
import { newSessionId } from "../../access/guests.ts";
import { ownSessions, requireSessionType } from "../../access/principal.ts";
import type { PersonaBook } from "../../conversations/persona-book.ts";
import {
  exampleId,
  momentSchema,
  named,
  nextSchema,
  pageQuery,
  sessionParams,
  timeSchema,
  toOptionalTime,
  toTime,
} from "../../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import { principalOf } from "../../http/route-access.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError, protocolError } from "../../net/http-error.ts";
import { endUserQuery, ofEndUser } from "../end-users.ts";
import type { RestServices } from "../services.ts";
import { noSession, ofSession, ownSession } from "./own-session.ts";

export const listSessionsQuery = pageQuery.extend({
  status: z.enum(["active", "ended"]).optional(),
  from: momentSchema.optional().describe("Made at or after this: a date (UTC) or a point in time."),
  to: momentSchema.optional().describe("Made before this."),
  user: endUserQuery,
});

const createSessionBody = z
  .strictObject({
    persona: z.string().min(1).max(100).optional().describe("Who coaches; default: the server's."),
    language: z
      .string()
      .max(35)
      .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/, "is no language tag (BCP 47)")
      .optional()
      .describe("BCP 47; default: the persona's."),
  })
  .optional()
  .meta({ examples: [{ persona: "kuku", language: "en-US" }] });

const exampleSession = {
  sessionId: exampleId,
  status: "active",
  persona: "kuku",
  type: "realtime",
  language: "en-US",
  createdAt: "2026-11-23T09:30:00.000Z",
  updatedAt: "2026-11-23T09:31:12.000Z",
  messageCount: 4,
  stage: "goal",
  awaitingWrapUpConfirmation: false,
} as const;

const sessionSchema = z
  .object({
    sessionId: z.string(),
    status: z.enum(["active", "ended"]),
    persona: z.string(),
    type: z
      .enum(["realtime", "transcription"])
      .describe("`transcription`: what was said was transcribed and measured, and not answered."),
    language: z.string(),
    title: z
      .string()
      .optional()
      .describe(
        "What it was about: the goal or topic, how a talk began, what was read. Absent before its report is written, and where it is not known.",
      ),
    createdAt: timeSchema,
    updatedAt: timeSchema,
    endedAt: timeSchema.optional(),
    messageCount: z.int().describe("Of the user and the coach."),
    stage: z.string().optional().describe("Of T-GROW; absent in a drill and before the first message."),
    awaitingWrapUpConfirmation: z
      .boolean()
      .describe("The coach has asked whether to end, and waits for the answer."),
    rating: z.int().optional().describe("1–5, once it was rated."),
    user: z
      .string()
      .optional()
      .describe("The end user that its client secret names (`kuku.user`); absent: none."),
  })
  .meta(named("Session", exampleSession));

/** A stored session as answers tell it. */
function toSession(record: SessionRecord): z.input<typeof sessionSchema> {
  const { id, status, persona, type, language, title, messageCount, stage, awaitingWrapUp, rating, endedAt } =
    record;
  return {
    sessionId: id,
    status,
    persona,
    type,
    language,
    title,
    createdAt: toTime(record.createdAt),
    updatedAt: toTime(record.updatedAt),
    endedAt: toOptionalTime(endedAt),
    messageCount,
    stage,
    awaitingWrapUpConfirmation: awaitingWrapUp,
    rating,
    user: nameOfEndUser(record.endUser),
  };
}

/** One session, looked at by itself. */
const oneSessionSchema = sessionSchema
  .extend({
    care: z
      .object({
        kind: z.enum(careKinds).describe("The most urgent sign so far."),
        since: timeSchema.optional().describe("When the first one was heard."),
      })
      .optional()
      .describe("There was a sign of crisis in what was said; absent where there was none."),
  })
  .meta(
    named("OneSession", {
      ...exampleSession,
      care: { kind: "self_harm", since: "2026-11-23T09:31:10.000Z" },
    }),
  );

/** A session with the crisis sign that only its snapshot holds. */
function toOneSession(record: SessionRecord, flag?: CrisisFlag): z.input<typeof oneSessionSchema> {
  if (!flag) return toSession(record);
  const { kind, at } = flag;
  return { ...toSession(record), care: { kind, since: toOptionalTime(at) } };
}

export const sessionListSchema = z
  .object({ sessions: z.array(sessionSchema), next: nextSchema })
  .meta(named("SessionList", { sessions: [] }));

/** `POST` and `GET /api/sessions`, `GET /api/sessions/{id}`. */
export function sessionRoutes(app: App, services: RestServices): void {
  createRoute(app, services);
  listRoute(app, services);
  oneRoute(app, services);
}

function createRoute(app: App, { store, sessions, personas, limiter, clock }: RestServices): void {
  app.post("/api/sessions", {
    schema: {
      operationId: "createSession",
      tags: ["Sessions"],
      summary: "Begin a session",
      description: "A session for messages by request; a socket can join it with `?session_id=…`.",
      body: createSessionBody,
      response: {
        200: dataAnswer("It is there.", sessionSchema),
        ...failures({ 429: "As many sessions were begun as may be in an hour or a day; come again." }),
      },
    },
    config: {
      access: "user",
      secrets: true,
      invalid: { "body.persona": "UNKNOWN_PERSONA", "body.language": "INVALID_LANGUAGE" },
    },
    handler: async (request, reply) => {
      const refusal = sessions.refusal();
      if (refusal) throw refusal;
      const principal = principalOf(request);
      requireSessionType(principal, "realtime");
      const { id: ownerId, persona: only, session: settings, sessionFixed } = principal;
      if (sessionFixed)
        throw protocolError(
          "insufficient_scope",
          "The settings of this client secret are fixed: its sessions begin with a socket.",
        );
      const persona = choosePersona(personas, ownerId, only ?? request.body?.persona);
      await limiter.create(principal, request.ip);
      const session = await store.createSession({
        id: newSessionId(ownerId),
        ...ownSessions(principal),
        persona: persona.id,
        language: request.body?.language ?? persona.language,
        origin: "rest",
        recorded: false,
        createdAt: clock.wallTime(),
        ...(settings && { snapshot: { settings } satisfies Beginning }),
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
  app.get("/api/sessions", {
    schema: {
      operationId: "listSessions",
      tags: ["Sessions"],
      summary: "One's own sessions",
      description: "Newest first, page by page.",
      querystring: listSessionsQuery,
      response: { 200: dataAnswer("A page of them.", sessionListSchema) },
    },
    config: { access: "user", secrets: true },
    handler: async (request) =>
      success(await sessionPage(store, ownSessions(principalOf(request)), request.query)),
  });
}

/** Newest first, without their words. @throws StoreError */
export async function sessionPage(
  store: Pick<Store, "listSessions">,
  of: SessionsOf,
  { limit, cursor, status, from, to, user }: z.output<typeof listSessionsQuery>,
) {
  const { entries, next } = await store.listSessions({
    ...ofEndUser(of, user),
    limit,
    cursor,
    status,
    from,
    to,
  });
  return { sessions: entries.map(toSession), next };
}

function oneRoute(app: App, services: RestServices): void {
  app.get("/api/sessions/:id", {
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
