/** Routes of live sessions on all nodes: listed, watched, ended, muted. */
import type { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { sessionParams } from "../../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import { principalOf } from "../../http/route-access.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import { writeDown } from "../../operations/audit-log.ts";
import type { Directive, Outcome } from "../../operations/directives.ts";
import { matches } from "../../operations/live-feed.ts";
import {
  endedLiveSchema,
  liveListSchema,
  liveQuery,
  muteBody,
  mutedSchema,
} from "../../operations/live-schemas.ts";
import { sessionEnded, sessionNotFound } from "../sessions/own-session.ts";
import type { AdminServices } from "./admin-services.ts";

/** Access and error codes of every route that names a session. */
export const ofAnySession = {
  access: "admin",
  invalid: { "params.id": "INVALID_SESSION_ID" },
} as const;

const tags = ["Administration"];
const notThere = {
  404: "There is no such session.",
  409: "It has ended, is not live, or moves from one node to another just now.",
} as const;

/** `GET /api/admin/sessions`, `…/stream`, `POST /api/admin/sessions/{id}/end`, `…/mute`. */
export function liveSessionRoutes(app: App, admin: AdminServices): void {
  listRoute(app, admin);
  streamRoute(app, admin);
  endRoute(app, admin);
  muteRoute(app, admin);
}

function listRoute(app: App, { live }: AdminServices): void {
  app.get("/api/admin/sessions", {
    schema: {
      operationId: "listLiveSessions",
      tags,
      summary: "Live sessions",
      description: "On all nodes, the youngest first; none of their words.",
      querystring: liveQuery,
      response: { 200: dataAnswer("All that are live.", liveListSchema) },
    },
    config: { access: "admin" },
    handler: async (request) => {
      const { reports, silent } = await live.reports({ wait: true });
      const sessions = reports
        .flatMap((report) => report.sessions)
        .filter((view) => matches(view, request.query))
        .sort((a, b) => b.since.localeCompare(a.since));
      const more = reports.reduce((sum, { count, sessions: told }) => sum + count - told.length, 0);
      return success({ sessions, more: Math.max(0, more), silent: [...silent] });
    },
  });
}

function streamRoute(app: App, { feed }: AdminServices): void {
  app.get("/api/admin/sessions/stream", {
    // Asked with HEAD it would be a stream that nobody reads.
    exposeHeadRoute: false,
    schema: {
      operationId: "watchLiveSessions",
      tags,
      summary: "Live sessions as they change",
      description:
        "Server-Sent Events: `snapshot` (`{ sessions, silent }`), then `session` for one that is new or has changed and `gone` (`{ sessionId }`). Ends after five minutes; an EventSource asks again by itself.",
      querystring: liveQuery,
      response: {
        200: {
          description: "The events.",
          content: { "text/event-stream": { schema: z.string() } },
        },
        ...failures({ 429: "As many watch as may." }),
      },
    },
    config: { access: "admin" },
    handler: async (request, reply) => {
      const stream = await feed.open(principalOf(request), request.query);
      // A proxy that gathers answers would keep the changes back.
      reply.type("text/event-stream; charset=utf-8").header("x-accel-buffering", "no");
      return sendAsItIs(reply, stream);
    },
  });
}

/** Past the route's schemas, which are of whole answers. */
function sendAsItIs(reply: FastifyReply, stream: Readable): FastifyReply {
  return reply.send(stream);
}

function endRoute(app: App, admin: AdminServices): void {
  app.post("/api/admin/sessions/:id/end", {
    schema: {
      operationId: "endAnySession",
      tags,
      summary: "End somebody's session",
      description: "Wherever it is live; its socket closes with 1008. One that nobody holds is ended, too.",
      params: sessionParams,
      response: { 200: dataAnswer("It has ended.", endedLiveSchema), ...failures(notThere) },
    },
    config: ofAnySession,
    handler: async (request) => {
      const { id } = request.params;
      const { ownerId, node } = await findAny(admin, id);
      await writeDown(admin, request, "session.end", { ownerId, target: id });
      if (node === undefined) await endStored(admin, id);
      else done(await admin.nodes.ask(node, { type: "end", sessionId: id }));
      return success({ sessionId: id, ended: true as const });
    },
  });
}

function muteRoute(app: App, admin: AdminServices): void {
  app.post("/api/admin/sessions/:id/mute", {
    schema: {
      operationId: "muteSession",
      tags,
      summary: "Mute or unmute somebody's session",
      description: "While it is muted nothing of its client is taken, which is told so.",
      params: sessionParams,
      body: muteBody,
      response: { 200: dataAnswer("So it is.", mutedSchema), ...failures(notThere) },
    },
    config: ofAnySession,
    handler: async (request) => {
      const { id } = request.params;
      const { muted } = request.body;
      const { ownerId, node } = await findAny(admin, id);
      if (node === undefined) throw notLive();
      await writeDown(admin, request, muted ? "session.mute" : "session.unmute", { ownerId, target: id });
      const directive: Directive = { type: "mute", sessionId: id, muted };
      done(await admin.nodes.ask(node, directive));
      return success({ sessionId: id, muted });
    },
  });
}

/**
 * A session that has not ended, and the node that holds it live, if one does.
 * @throws HttpError 404, 409; StoreError
 */
async function findAny(
  { services: { sessions, store }, nodeId }: AdminServices,
  id: string,
): Promise<{ readonly ownerId: string; readonly node?: string }> {
  for (const { session, ownerId } of sessions.all()) {
    if (session.id !== id) continue;
    // Another node may have taken it over, which this one's session does not know yet; not while the database is away.
    const holder = await store.findHolder(id).catch(() => nodeId);
    return { ownerId, node: holder ?? nodeId };
  }
  const record = await store.findSession(id);
  if (!record) throw sessionNotFound();
  if (record.status === "ended") throw sessionEnded();
  const node = await store.findHolder(id);
  return { ownerId: record.ownerId, node: node === nodeId ? undefined : node };
}

/** One that nobody holds; its report is written by and by. */
async function endStored({ services: { store }, clock }: AdminServices, id: string): Promise<void> {
  if (!(await store.endSession(id, clock.wallTime(), "revoked"))) throw sessionMoves();
}

/** @throws HttpError where it was not done */
function done({ result }: Outcome): void {
  if (result === "not_here") throw sessionMoves();
  if (result === "failed")
    throw new HttpError(503, "NODE_FAILED", "The node could not do it.", { retryAfter: 5 });
}

function notLive(): HttpError {
  return new HttpError(409, "SESSION_NOT_LIVE", "No node holds this session just now.");
}

function sessionMoves(): HttpError {
  return new HttpError(
    409,
    "SESSION_MOVES",
    "The session is on its way from one node to another, or to its end.",
    {
      retryAfter: 5,
    },
  );
}
