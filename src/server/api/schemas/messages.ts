/** Messages as requests bring them and answers tell them. */
import { z } from "zod";
import { sessionIdSchema, timeSchema } from "../../http/common-schemas.ts";

const userExample = {
  id: "item_0198c1f26c3e7d419a573f1f2a9b8c7d",
  timestamp: "2026-11-23T09:30:04.000Z",
  sender: "user" as const,
  text: "I feel overwhelmed by everything on my desk.",
};
const aiExample = {
  id: "item_0198c1f26c3e7d419a573f1f2a9b8c7e",
  timestamp: "2026-11-23T09:30:06.000Z",
  sender: "ai" as const,
  text: "That sounds like a lot at once. What would you like to be different?",
  audioUrl: "/audio/3f786850e387550fdab836ed7e6dc881de23001b.wav",
};

export const messageSchema = z
  .object({
    id: z.string(),
    timestamp: timeSchema,
    sender: z.enum(["user", "ai"]),
    text: z.string().meta({ description: "Empty where the words could not be made out." }),
    audioUrl: z
      .string()
      .optional()
      .meta({ description: "Where a spoken reply can be fetched without credentials, for a limited time." }),
  })
  .meta({ id: "Message", examples: [userExample, aiExample] });

export type Message = z.input<typeof messageSchema>;

/** A typed message; longer ones than a spoken minute are no turn of a conversation. */
export const textBody = z
  .strictObject({ text: z.string().trim().min(1).max(5000).meta({ description: "1–5,000 characters." }) })
  .optional()
  .meta({ examples: [{ text: "I would like to talk about my week." }] });

export const postMessageQuery = z.object({
  wait: z.enum(["true", "false"]).default("true").meta({
    description: "`false`: the answer is made behind the request, which tells where to ask for it.",
  }),
});

export const answeredSchema = z
  .object({
    messages: z.array(messageSchema).meta({ description: "The user's message, and the coach's." }),
    awaitingWrapUpConfirmation: z.boolean().meta({ description: "The coach asks whether to end." }),
    sessionEnded: z.boolean().meta({ description: "The session ended with this answer." }),
    finalSummary: z.string().optional().meta({ description: "The report, once the session has ended." }),
  })
  .meta({
    id: "Answered",
    examples: [
      { messages: [userExample, aiExample], awaitingWrapUpConfirmation: false, sessionEnded: false },
    ],
  });

export type Answered = z.input<typeof answeredSchema>;

export const acceptedSchema = z
  .object({
    status: z.literal("processing"),
    messageId: z.string(),
    estimatedTimeSeconds: z.int().meta({ description: "A guess." }),
  })
  .meta({
    id: "Accepted",
    examples: [{ status: "processing", messageId: userExample.id, estimatedTimeSeconds: 4 }],
  });

export const messageParams = z.object({
  id: sessionIdSchema,
  messageId: z
    .string()
    .regex(/^[\w-]{1,64}$/, "is no message's id")
    .meta({ description: "Of the user's message.", examples: [userExample.id] }),
});

export const messageStatusSchema = z
  .discriminatedUnion("status", [
    z.object({
      status: z.literal("processing"),
      messageId: z.string(),
      progress: z.int().min(0).max(100).meta({ description: "Per cent." }),
    }),
    z.object({
      status: z.literal("complete"),
      messageId: z.string(),
      message: messageSchema.meta({ description: "The coach's answer." }),
    }),
    z.object({
      status: z.literal("failed"),
      messageId: z.string(),
      code: z.string().meta({ description: "As it would have been answered to a request that waits." }),
    }),
  ])
  .meta({
    id: "MessageStatus",
    examples: [{ status: "complete", messageId: userExample.id, message: aiExample }],
  });

export const historySchema = z
  .object({ messages: z.array(messageSchema) })
  .meta({ id: "History", examples: [{ messages: [userExample, aiExample] }] });
