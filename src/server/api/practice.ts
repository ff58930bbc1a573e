/** One's own practice: what is due again, a round composed of it, and what a session's readings came to. */

import { z } from "zod";
import { practiceWeeks, sessionScores } from "../../coach/curriculum/course.ts";
import { levelOf, soundStrengths } from "../../coach/curriculum/levels.ts";
import { sessionResults } from "../../coach/curriculum/results.ts";
import { type PracticeReading, replayReadings } from "../../coach/curriculum/review-log.ts";
import { composeRound } from "../../coach/curriculum/round.ts";
import { exercisesOf } from "../../coach/drills/exercises.ts";
import { drillKinds, findTexts } from "../../coach/drills/texts.ts";
import { language } from "../../protocol/fields.ts";
import { ownSessions } from "../access/principal.ts";
import { dayOf } from "../access/quotas/days.ts";
import { named, sessionParams, timeSchema, toTime } from "../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../http/envelope.ts";
import { principalOf } from "../http/route-access.ts";
import type { App } from "../http/typed-app.ts";
import { endUserQuery, ofEndUser } from "./end-users.ts";
import type { RestServices } from "./services.ts";
import { noSession, ofSession, ownSession } from "./sessions/own-session.ts";

/** Readings that what is due is worked out from, the latest ones. */
const mostReadings = 3000;
/** Due words and exercises that are listed, the longest due first. */
const mostListed = 50;

const kinds = z.enum(drillKinds);
const share = z.number().min(0).max(1);
const languageQuery = language
  .default("en-US")
  .meta({ description: "BCP 47, of what is read.", examples: ["en-US"] });

const practiceQuery = z.object({ language: languageQuery, user: endUserQuery });

const roundQuery = z.object({
  language: languageQuery,
  kind: kinds.default("sentence"),
  size: z.coerce.number().int().min(1).max(30).default(10).describe("Exercises, at most."),
  level: z.coerce.number().int().min(1).max(3).optional().describe("Default: the learner's own."),
  focus: z.string().min(1).max(40).optional().describe("A sound, as it stands in `sounds`."),
  user: endUserQuery,
});

const dueSchema = z.object({
  kind: kinds.optional().describe("Absent: a word."),
  id: z.string().optional().describe("Of the exercise; absent for words and for texts of one's own."),
  text: z.string(),
  dueAt: timeSchema,
  readings: z.int(),
  lapses: z.int().describe("Times it went wrong after it had been right."),
  firstScore: share,
  bestScore: share,
  lastScore: share,
});

const practiceSchema = z
  .object({
    language: z.string().describe("BCP 47, of the material."),
    level: z.int().min(1).max(3).describe("Of sentences: 1 (easy) to 3."),
    placed: z.boolean().describe("False: nothing was read, and the next round is a placement."),
    readings: z.int().describe("That what follows is worked out from."),
    dueCount: z.int().describe("Exercises and words that are due."),
    nextDueAt: timeSchema.optional().describe("When the next thing is due that is not due yet."),
    due: z.array(dueSchema).describe("Exercises and words that are due, the longest first."),
    words: z.array(dueSchema).describe("Words that went wrong when they were last read."),
    sounds: z
      .array(z.object({ focus: z.string(), readings: z.int(), score: share }))
      .describe("Sounds that were practised, the weakest first; `score`: of the latest readings."),
    weeks: z
      .array(z.object({ from: z.iso.date(), kind: kinds, readings: z.int(), score: share }))
      .describe("Weeks with readings of a kind, the oldest first: their Monday (UTC) and the mean score."),
    sessions: z
      .array(z.object({ sessionId: z.string(), score: share }))
      .describe("Sessions with readings, the newest first, with the score that their results tell."),
  })
  .meta(
    named("Practice", {
      language: "en-US",
      level: 1,
      placed: true,
      readings: 12,
      dueCount: 1,
      nextDueAt: "2026-11-25T09:41:00.000Z",
      due: [
        {
          text: "thirty",
          dueAt: "2026-11-23T09:41:00.000Z",
          readings: 2,
          lapses: 0,
          firstScore: 0,
          bestScore: 1,
          lastScore: 0,
        },
      ],
      words: [],
      sounds: [{ focus: "th", readings: 4, score: 0.81 }],
      weeks: [{ from: "2026-11-23", kind: "sentence", readings: 12, score: 0.9 }],
      sessions: [{ sessionId: "session-0198c1f2-6c3e-7d41-9a57-3f1f2a9b8c7d", score: 0.88 }],
    }),
  );

const roundSchema = z
  .object({
    language: z.string(),
    kind: kinds,
    level: z.int().min(1).max(3).describe("The learner's own, of this kind."),
    items: z.array(
      z.object({
        id: z.string(),
        text: z.string().describe("Of a minimal pair both words."),
        level: z.int(),
        focus: z.string(),
        reason: z.enum(["due", "weak", "new", "placement", "again"]),
        word: z.string().optional().describe("The due word that brings it."),
        lastScore: share.optional(),
      }),
    ),
    drill: z
      .object({ kind: kinds, round: z.array(z.string()) })
      .describe("To be sent as `session.kuku.drill`, in `session.update` of the persona `reader`."),
  })
  .meta(
    named("PracticeRound", {
      language: "en-US",
      kind: "sentence",
      level: 1,
      items: [
        {
          id: "sentence-8a1f22c0",
          text: "The cat sat by the door.",
          level: 1,
          focus: "all",
          reason: "due",
          lastScore: 0.8,
        },
      ],
      drill: { kind: "sentence", round: ["sentence-8a1f22c0"] },
    }),
  );

const resultsSchema = z
  .object({
    readings: z.int(),
    score: share.optional().describe("Mean of the first readings; absent where nothing was judged."),
    bestScore: share.optional().describe("Mean of each exercise's best reading."),
    previous: z
      .object({ sessionId: z.string(), score: share })
      .optional()
      .describe("The session with readings before it, in the same language."),
    change: z.number().optional().describe("`score` less the previous one's."),
    exercises: z.array(
      z.object({
        kind: kinds,
        text: z.string(),
        readings: z.int(),
        first: share,
        best: share,
        last: share,
        itemIds: z.array(z.string()).describe("Items of its readings, in order."),
      }),
    ),
    words: z
      .array(z.object({ word: z.string(), slips: z.int(), mended: z.boolean(), itemId: z.string() }))
      .describe("Words that went wrong, those to work on first; `itemId`: of its last slip."),
    sounds: z.array(z.object({ focus: z.string(), readings: z.int(), score: share })),
  })
  .meta(
    named("SessionResults", {
      readings: 2,
      score: 0.83,
      bestScore: 1,
      previous: { sessionId: "session-0198c1f2-6c3e-7d41-9a57-3f1f2a9b8c7d", score: 0.75 },
      change: 0.08,
      exercises: [
        {
          kind: "sentence",
          text: "The cat sat by the door.",
          readings: 2,
          first: 0.83,
          best: 1,
          last: 1,
          itemIds: ["item_1", "item_3"],
        },
      ],
      words: [{ word: "door", slips: 1, mended: true, itemId: "item_1" }],
      sounds: [{ focus: "all", readings: 2, score: 0.92 }],
    }),
  );

/** `GET /api/me/practice`, `GET /api/me/practice/round`, `GET /api/sessions/{id}/results`. */
export function practiceRoutes(app: App, services: RestServices): void {
  const { store, clock } = services;
  const config = { access: "user", secrets: true } as const;
  app.get("/api/me/practice", {
    schema: {
      operationId: "getPractice",
      tags: ["Practice"],
      summary: "What is due, and how it goes",
      description: "Exercises and words that come back, by spaced repetition over one's own readings.",
      querystring: practiceQuery,
      response: { 200: dataAnswer("How it stands.", practiceSchema) },
    },
    config,
    handler: async (request) => {
      const { user, ...query } = request.query;
      const of = ofEndUser(ownSessions(principalOf(request)), user);
      const readings = await store.recentReadings(of, { ...query, limit: mostReadings });
      return success(standing(readings, query.language, clock.wallTime()));
    },
  });
  app.get("/api/me/practice/round", {
    schema: {
      operationId: "composeRound",
      tags: ["Practice"],
      summary: "A round of practice",
      description:
        "Composed of what is due, what is weak and something new; before anything was read, a placement over all levels. Nothing is stored: a round begins when its `drill` is sent to a session.",
      querystring: roundQuery,
      response: { 200: dataAnswer("The round.", roundSchema) },
    },
    config,
    handler: async (request) => {
      const { user, ...query } = request.query;
      const of = ofEndUser(ownSessions(principalOf(request)), user);
      const readings = await store.recentReadings(of, { language: query.language, limit: mostReadings });
      const { level, items } = composeRound(readings, { ...query, now: clock.wallTime() });
      const { kind } = query;
      const language = findTexts(query.language).language;
      const drill = { kind, round: items.map(({ id }) => id) };
      return success({ language, kind, level, items: items.map(({ kind: _, ...item }) => item), drill });
    },
  });
  app.get("/api/sessions/:id/results", {
    schema: {
      operationId: "getResults",
      tags: ["Outcome"],
      summary: "What a session's readings came to",
      description:
        "Each exercise from its first to its best reading, words and sounds to work on, and the change since the last session.",
      params: sessionParams,
      response: { 200: dataAnswer("The results.", resultsSchema), ...failures(noSession) },
    },
    config: ofSession,
    handler: async (request) => {
      const session = await ownSession(services, principalOf(request), request.params.id);
      const own = (await store.readReadings(session.id)).map((each) => ({ ...each, sessionId: session.id }));
      const [first] = own;
      const of = { ownerId: session.ownerId, endUser: session.endUser ?? null };
      const query = { language: first?.language ?? session.language, before: first?.at, limit: mostReadings };
      const before = first ? await store.recentReadings(of, query) : [];
      return success(sessionResults(own, before));
    },
  });
}

function standing(
  readings: readonly PracticeReading[],
  asked: string,
  now: number,
): z.input<typeof practiceSchema> {
  const { language } = findTexts(asked);
  const exercises = drillKinds.flatMap((kind) => exercisesOf(language, kind));
  const cards = replayReadings(readings);
  const words = [...cards.words.values()].map((card) => ({ ...card, kind: undefined, id: undefined }));
  const texts = [...cards.exercises].flatMap(([key, card]) => {
    const kind = kinds.parse(key.slice(0, key.indexOf(" ")));
    const exercise = exercises.find((each) => each.kind === kind && each.text === card.text);
    return [{ ...card, kind, id: exercise?.id }];
  });
  const all = [...texts, ...words].sort((a, b) => a.dueAt - b.dueAt);
  const due = all.filter(({ dueAt }) => dueAt <= now);
  const next = all.find(({ dueAt }) => dueAt > now);
  const listed = ({ lastAt: _, dueAt, ...card }: (typeof all)[number]) => ({ ...card, dueAt: toTime(dueAt) });
  const sentences = readings.filter(({ kind }) => kind === "sentence");
  return {
    language,
    level: levelOf(sentences, exercisesOf(language, "sentence")),
    placed: readings.length > 0,
    readings: readings.length,
    dueCount: due.length,
    ...(next && { nextDueAt: toTime(next.dueAt) }),
    due: due.slice(0, mostListed).map(listed),
    words: words
      .filter(({ lastScore }) => lastScore < 1)
      .sort((a, b) => b.lastAt - a.lastAt)
      .slice(0, mostListed)
      .map(listed),
    sounds: soundStrengths(readings, exercises),
    weeks: practiceWeeks(readings).map((week) => ({
      ...week,
      from: dayOf(week.from),
    })),
    sessions: sessionScores(readings),
  };
}
