/** What comes of sessions: reports, delivery, progress, what search finds. */
import { z } from "zod";
import { nextSchema, pageQuery, timeSchema } from "../../http/common-schemas.ts";
import { messageSchema } from "./messages.ts";

const figuresSchema = z
  .record(z.string(), z.number())
  .meta({ description: "Figures by name; one that could not be computed is absent." });
const monotone = "rule of thumb: under 2 semitones sounds monotone";
const figuresExample = { syllablesPerSecond: 4.6, phonationRatio: 0.82, pitchSdSemitones: 2.1 };

export const reportSchema = z
  .object({
    sessionId: z.string(),
    status: z.enum(["pending", "ready", "failed"]),
    createdAt: timeSchema,
    text: z.string().optional().meta({ description: "With its four headings; absent until it is ready." }),
    data: z
      .looseObject({})
      .optional()
      .meta({ description: "The same as data: topic, goal, insights, actions, quotes, delivery." }),
  })
  .meta({
    id: "Report",
    examples: [
      {
        sessionId: "session-0198c1f2-6c3e-7d41-9a57-3f1f2a9b8c7d",
        status: "ready",
        createdAt: "2026-11-23T09:41:00.000Z",
        text: "KEY DISCUSSION POINTS:\n- …\n\nMAIN BREAKTHROUGHS:\n- …\n\nACTION PLAN:\n1. …\n\nFinal Note:\n…",
        data: { topic: "a full desk", insights: [], actions: [], quotes: [] },
      },
    ],
  });

const judgementsSchema = z
  .record(
    z.string(),
    z.object({
      band: z.enum(["low", "good", "fair", "high"]),
      source: z.string().meta({ description: "The rule and where it is from." }),
    }),
  )
  .meta({ description: "What rules of thumb say of the figures; most have none." });

const spanSchema = { startMs: z.number(), endMs: z.number() };
const contourSchema = z
  .object({
    startMs: z.number().meta({
      description: "Of the first point, from the start of the utterance's audio, as all times here.",
    }),
    stepMs: z.number().meta({ description: "From one point to the next." }),
    pitchHz: z.array(z.number().nullable()).meta({ description: "Null where no voice is heard." }),
    levelDbfs: z.array(z.number()),
    pauses: z
      .array(z.object({ startMs: z.number(), lengthMs: z.number() }))
      .meta({ description: "Silences of at least 250 ms." }),
    words: z
      .array(z.object({ text: z.string(), ...spanSchema }))
      .optional()
      .meta({ description: "Where the transcriber tells when they were said." }),
    reading: z
      .object({
        text: z.string(),
        accuracy: z.number().meta({ description: "Share of the text's words read right, 0–1." }),
        words: z.array(
          z.object({
            verdict: z.enum(["correct", "substituted", "omitted", "inserted"]),
            expected: z.string().optional(),
            heard: z.string().optional(),
            score: z.number().optional().meta({ description: "How well it was said, 0–1." }),
            ...z.object(spanSchema).partial().shape,
          }),
        ),
      })
      .optional()
      .meta({ description: "Of a drill, word by word." }),
  })
  .meta({
    id: "Contour",
    description: "How pitch and level went from the first voiced moment to the last, a minute of it at most.",
  });

/** A stored contour as answers tell it; undefined for one that this version cannot read. */
export function toContour(stored: unknown): z.output<typeof contourSchema> | undefined {
  return stored === undefined ? undefined : contourSchema.safeParse(stored).data;
}

export const deliverySchema = z
  .object({
    utterances: z.array(
      z.object({
        messageId: z.string(),
        timestamp: timeSchema.meta({ description: "When its last sound was heard." }),
        metrics: figuresSchema,
        judgements: judgementsSchema.optional(),
        contour: contourSchema.optional(),
      }),
    ),
    session: z
      .object({ metrics: figuresSchema, judgements: judgementsSchema })
      .meta({ description: "The same of the session as a whole." }),
  })
  .meta({
    id: "Delivery",
    examples: [
      {
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
      },
    ],
  });

export const searchQuery = pageQuery.extend({
  q: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .meta({ description: "Words that must all be there; quotes and minus as in a web search." }),
});

export const foundSchema = z
  .object({
    results: z.array(
      z.object({
        sessionId: z.string(),
        message: messageSchema,
        excerpt: z.string().meta({ description: "The words around what was found." }),
      }),
    ),
    next: nextSchema,
  })
  .meta({ id: "Found", examples: [{ results: [] }] });

export const progressQuery = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(20)
    .meta({ description: "Sessions, and open actions, at most." }),
});

export const progressSchema = z
  .object({
    sessions: z.int().meta({ description: "All of one's own." }),
    streakDays: z
      .int()
      .meta({ description: "Days in a row with a session, up to today or yesterday (UTC)." }),
    points: z
      .array(
        z.object({
          sessionId: z.string(),
          timestamp: timeSchema,
          persona: z.string(),
          metrics: figuresSchema,
        }),
      )
      .meta({ description: "One a session that was spoken in, newest first: the means of its utterances." }),
    openActions: z.array(
      z.object({
        id: z.string(),
        sessionId: z.string(),
        text: z.string(),
        when: z.string().optional().meta({ description: "In the user's words." }),
        createdAt: timeSchema,
      }),
    ),
    doneActions: z.int(),
  })
  .meta({
    id: "Progress",
    examples: [
      {
        sessions: 3,
        streakDays: 2,
        points: [],
        openActions: [
          {
            id: "session-0198c1f2-6c3e-7d41-9a57-3f1f2a9b8c7d-1",
            sessionId: "session-0198c1f2-6c3e-7d41-9a57-3f1f2a9b8c7d",
            text: "Clear the desk",
            when: "by Friday",
            createdAt: "2026-11-23T09:41:00.000Z",
          },
        ],
        doneActions: 1,
      },
    ],
  });

/** Audio as an answer; sent as it is. */
export const audioSchema = z.string().meta({ format: "binary", description: "Audio." });

export const audioParams = z.object({
  key: z
    .string()
    .max(110)
    .meta({
      description: "As it stands in `audioUrl`.",
      examples: ["3f786850e387550fdab836ed7e6dc881de23001b.wav"],
    }),
});
