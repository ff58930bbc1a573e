/** Routes of what comes of sessions: the report, how it was spoken, the recording, search, progress. */
import { type Judgement, judge } from "../../coach/delivery/bands.ts";
import type { Metric } from "../../coach/delivery/metrics.ts";
import { figuresByName, figuresOf } from "../../session/persistence/figures.ts";
import { sessionParams, toTime } from "../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../http/envelope.ts";
import { principalOf } from "../http/route-access.ts";
import type { App } from "../http/typed-app.ts";
import { HttpError } from "../net/http-error.ts";
import { toMessage } from "./history.ts";
import { ownSession, sessionActive } from "./own-session.ts";
import {
  audioSchema,
  deliverySchema,
  foundSchema,
  progressQuery,
  progressSchema,
  reportSchema,
  searchQuery,
  toContour,
} from "./schemas/outcome.ts";
import { audioAnswers, sendAudio } from "./send-audio.ts";
import type { RestServices } from "./services.ts";
import { noSession, ofSession } from "./sessions.ts";

/** `GET /api/sessions/{id}/report`, `…/delivery`, `…/recording`, `/api/search/messages`, `/api/me/progress`. */
export function outcomeRoutes(app: App, services: RestServices): void {
  reportRoute(app, services);
  deliveryRoute(app, services);
  recordingRoute(app, services);
  searchRoute(app, services);
  progressRoute(app, services);
}

function reportRoute(app: App, services: RestServices): void {
  app.route({
    method: "GET",
    url: "/api/sessions/:id/report",
    schema: {
      operationId: "getReport",
      tags: ["Outcome"],
      summary: "A session's report",
      description: "As text and as data. One that is due is written before this answers.",
      params: sessionParams,
      response: {
        200: dataAnswer("The report.", reportSchema),
        ...failures({ ...noSession, 409: "The session has not ended yet." }),
      },
    },
    config: ofSession,
    handler: async (request) => {
      const session = await ownSession(services, principalOf(request), request.params.id);
      if (session.status === "active") throw sessionActive();
      const report = await services.reports.make(session.id);
      if (!report) throw new HttpError(404, "REPORT_NOT_FOUND", "There is no report of this session.");
      const { sessionId, status, text, data, createdAt } = report;
      return success({
        sessionId,
        status,
        createdAt: toTime(createdAt),
        ...(text !== undefined && { text }),
        ...(isObject(data) && { data }),
      });
    },
  });
}

function isObject(data: unknown): data is Record<string, unknown> {
  return typeof data === "object" && data !== null;
}

function deliveryRoute(app: App, services: RestServices): void {
  app.route({
    method: "GET",
    url: "/api/sessions/:id/delivery",
    schema: {
      operationId: "getDelivery",
      tags: ["Outcome"],
      summary: "How a session was spoken",
      description:
        "The figures and the course of each utterance, in order, what rules of thumb say of them, and the figures of all together. There are none of typed messages.",
      params: sessionParams,
      response: { 200: dataAnswer("The figures.", deliverySchema), ...failures(noSession) },
    },
    config: ofSession,
    handler: async (request) => {
      const { id, language } = await ownSession(services, principalOf(request), request.params.id);
      const [items, records] = await Promise.all([
        services.store.readItems(id),
        services.store.readDeliveries(id),
      ]);
      const whole = { ...figuresByName(figuresOf(items, records)) };
      const utterances = records.map(({ itemId, at, metrics, contour: stored }) => {
        const contour = toContour(stored);
        const judgements = judgeAll(metrics, language);
        return {
          messageId: itemId,
          timestamp: toTime(at),
          metrics: { ...metrics },
          judgements,
          ...(contour && { contour }),
        };
      });
      return success({ utterances, session: { metrics: whole, judgements: judgeAll(whole, language) } });
    },
  });
}

function judgeAll(metrics: Readonly<Record<string, number>>, language: string): Record<string, Judgement> {
  const judged = Object.entries(metrics).map(
    ([name, value]) => [name, judge(name as Metric, value, language)] as const,
  );
  return Object.fromEntries(judged.filter((each): each is [string, Judgement] => each[1] !== undefined));
}

function recordingRoute(app: App, services: RestServices): void {
  app.route({
    method: "GET",
    url: "/api/sessions/:id/recording",
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
      const recordings = await services.store.listAudio(id, "recording");
      const now = services.clock.wallTime();
      const recording = recordings.findLast(
        ({ durationMs = 0, expiresAt = Number.POSITIVE_INFINITY }) => durationMs > 0 && now < expiresAt,
      );
      if (!(await sendAudio(services, request, reply, recording)))
        throw new HttpError(404, "RECORDING_NOT_FOUND", "There is no recording of this session.");
      return reply;
    },
  });
}

function searchRoute(app: App, { store }: RestServices): void {
  app.route({
    method: "GET",
    url: "/api/search/messages",
    schema: {
      operationId: "searchMessages",
      tags: ["Messages"],
      summary: "Search one's own messages",
      description: "Over all of one's own sessions, newest first.",
      querystring: searchQuery,
      response: { 200: dataAnswer("A page of what was found.", foundSchema) },
    },
    config: { access: "user", invalid: { "querystring.q": "INVALID_QUERY" } },
    handler: async (request) => {
      const { q, limit, cursor } = request.query;
      const { entries, next } = await store.searchItems({
        ownerId: principalOf(request).id,
        text: q,
        limit,
        ...(cursor !== undefined && { cursor }),
      });
      const results = entries.map(({ sessionId, item, excerpt }) => ({
        sessionId,
        message: toMessage(item),
        excerpt,
      }));
      return success({ results, ...(next !== undefined && { next }) });
    },
  });
}

function progressRoute(app: App, { store, clock }: RestServices): void {
  app.route({
    method: "GET",
    url: "/api/me/progress",
    schema: {
      operationId: "getProgress",
      tags: ["Outcome"],
      summary: "One's own progress",
      description: "Figures over time, days in a row, and what one has committed to.",
      querystring: progressQuery,
      response: { 200: dataAnswer("The progress.", progressSchema) },
    },
    config: { access: "user" },
    handler: async (request) => {
      const progress = await store.progress({
        ownerId: principalOf(request).id,
        now: clock.wallTime(),
        limit: request.query.limit,
      });
      const { sessions, streakDays, doneActions } = progress;
      const points = progress.points.map(({ sessionId, at, persona, metrics }) => ({
        sessionId,
        timestamp: toTime(at),
        persona,
        metrics: { ...metrics },
      }));
      const openActions = progress.openActions.map(({ id, sessionId, text, when, createdAt }) => ({
        id,
        sessionId,
        text,
        ...(when !== undefined && { when }),
        createdAt: toTime(createdAt),
      }));
      return success({ sessions, streakDays, points, openActions, doneActions });
    },
  });
}
