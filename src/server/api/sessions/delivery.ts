/** Delivery of a session: figures, contours and judgements of each utterance and of the whole. */

import { z } from "zod";
import { type Judgement, judge, type Metric } from "../../../coach/delivery/bands.ts";
import { deliveryFigures, figuresByName } from "../../../session/persistence/delivery-figures.ts";
import { named, sessionParams, timeSchema, toTime } from "../../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import { principalOf } from "../../http/route-access.ts";
import type { App } from "../../http/typed-app.ts";
import type { RestServices } from "../services.ts";
import { noSession, ofSession, ownSession } from "./own-session.ts";

export const figuresSchema = z
  .record(z.string(), z.number())
  .describe("Figures by name; one that could not be computed is absent.");

const monotone = "rule of thumb: under 2 semitones sounds monotone";

const figuresExample = { syllablesPerSecond: 4.6, phonationRatio: 0.82, pitchSdSemitones: 2.1 };

const judgementsSchema = z
  .record(
    z.string(),
    z.object({
      band: z.enum(["low", "good", "fair", "high"]),
      source: z.string().describe("The rule and where it is from."),
    }),
  )
  .describe("What rules of thumb say of the figures; most have none.");

export const spanSchema = { startMs: z.number(), endMs: z.number() };

export const contourSchema = z
  .object({
    startMs: z
      .number()
      .describe("Of the first point, from the start of the utterance's audio, as all times here."),
    stepMs: z.number().describe("From one point to the next."),
    pitchHz: z.array(z.number().nullable()).describe("Null where no voice is heard."),
    levelDbfs: z.array(z.number()),
    pauses: z
      .array(z.object({ startMs: z.number(), lengthMs: z.number() }))
      .describe("Silences of at least 250 ms."),
    hesitations: z
      .array(z.object({ kind: z.enum(["filled_pause", "prolongation"]), ...spanSchema }))
      .optional()
      .describe("Ums and drawn-out sounds, by their sound alone."),
    words: z
      .array(z.object({ text: z.string(), ...spanSchema }))
      .optional()
      .describe("Where the transcriber tells when they were said."),
    reading: z
      .object({
        text: z.string(),
        accuracy: z.number().describe("Share of the text's words read right, 0–1."),
        words: z.array(
          z.object({
            verdict: z.enum(["correct", "substituted", "omitted", "inserted"]),
            expected: z.string().optional(),
            heard: z.string().optional(),
            score: z.number().optional().describe("How well it was said, 0–1."),
            ...z.object(spanSchema).partial().shape,
            exempt: z
              .enum(["filled_pause", "repetition", "unread"])
              .optional()
              .meta({ description: "Why a word that is not correct is no slip." }),
          }),
        ),
      })
      .optional()
      .describe("Of a drill, word by word."),
  })
  .meta({
    id: "Contour",
    description: "How pitch and level went from the first voiced moment to the last, a minute of it at most.",
  });

/** A stored contour as answers tell it; undefined for one that this version cannot read. */
export function toContour(stored: unknown): z.output<typeof contourSchema> | undefined {
  return stored === undefined ? undefined : contourSchema.safeParse(stored).data;
}

const deliverySchema = z
  .object({
    utterances: z.array(
      z.object({
        messageId: z.string(),
        timestamp: timeSchema.describe("When its last sound was heard."),
        metrics: figuresSchema,
        judgements: judgementsSchema.optional(),
        contour: contourSchema.optional(),
      }),
    ),
    session: z
      .object({ metrics: figuresSchema, judgements: judgementsSchema })
      .describe("The same of the session as a whole."),
  })
  .meta(
    named("Delivery", {
      utterances: [
        {
          messageId: "item_0198c1f26c3e7d419a573f1f2a9b8c7d",
          timestamp: "2026-11-23T09:30:04.000Z",
          metrics: figuresExample,
          judgements: { pitchSdSemitones: { band: "good", source: monotone } },
          contour: {
            startMs: 310,
            stepMs: 50,
            pitchHz: [118.2, 121.4, null],
            levelDbfs: [-24, -22, -31],
            pauses: [],
          },
        },
      ],
      session: {
        metrics: figuresExample,
        judgements: { pitchSdSemitones: { band: "good", source: monotone } },
      },
    }),
  );

/** `GET /api/sessions/{id}/delivery`. */
export function deliveryRoutes(app: App, services: RestServices): void {
  app.get("/api/sessions/:id/delivery", {
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
      const whole = { ...figuresByName(deliveryFigures(items, records)) };
      const utterances = records.map(({ itemId, at, metrics, contour: stored }) => {
        const contour = toContour(stored);
        const judgements = judgeAll(metrics, language);
        return {
          messageId: itemId,
          timestamp: toTime(at),
          metrics: { ...metrics },
          judgements,
          contour,
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
