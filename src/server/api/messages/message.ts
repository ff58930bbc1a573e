/** Messages as answers tell them, made from stored items. */

import { z } from "zod";
import type { AudioRecord, ItemRecord } from "../../../store/records.ts";
import { timeSchema, toTime } from "../../http/common-schemas.ts";

export const userExample = {
  id: "item_0198c1f26c3e7d419a573f1f2a9b8c7d",
  timestamp: "2026-11-23T09:30:04.000Z",
  sender: "user" as const,
  text: "I feel overwhelmed by everything on my desk.",
};

export const aiExample = {
  id: "item_0198c1f26c3e7d419a573f1f2a9b8c7e",
  timestamp: "2026-11-23T09:30:06.000Z",
  sender: "ai" as const,
  text: "That sounds like a lot at once. What would you like to be different?",
  audioUrl: "/audio/3f786850e387550fdab836ed7e6dc881de23001b.wav",
};

/** Of a user's message, in a path. */
export const messageIdSchema = z
  .string()
  .regex(/^[\w-]{1,64}$/, "is no message's id")
  .meta({ description: "Of the user's message.", examples: [userExample.id] });

export const messageSchema = z
  .object({
    id: z.string(),
    timestamp: timeSchema,
    sender: z.enum(["user", "ai"]),
    text: z.string().describe("Empty where the words could not be made out."),
    audioUrl: z
      .string()
      .optional()
      .describe("Where a spoken reply can be fetched without credentials, for a limited time."),
  })
  .meta({ id: "Message", examples: [userExample, aiExample] });

export type Message = z.input<typeof messageSchema>;

/** The path below which audio can be fetched. */
export function audioUrl(key: string): string {
  return `/audio/${key}`;
}

/** An item of the user or the coach as a message. */
export function toMessage({ id, role, text, createdAt }: ItemRecord, audioKey?: string): Message {
  return {
    id,
    timestamp: toTime(createdAt),
    sender: role === "assistant" ? "ai" : "user",
    text,
    audioUrl: audioKey === undefined ? undefined : audioUrl(audioKey),
  };
}

/** True while a reply's audio can be fetched. */
export function isFetchable({ kind, expiresAt }: AudioRecord, now: number): boolean {
  return kind === "reply" && (expiresAt === undefined || now < expiresAt);
}
