/** Schemas and types of all server events. */
import type { z } from "zod";
import { betaServerEvents } from "./beta-transcription.ts";
import { conversationEvents, inputAudioEvents, sessionEvents } from "./conversation-events.ts";
import { kukuServerEvents } from "./kuku-events.ts";
import { responseEvents } from "./response-events.ts";

/** The schema of each server event, by type. */
export const serverEventSchemas = {
  ...sessionEvents,
  ...inputAudioEvents,
  ...conversationEvents,
  ...betaServerEvents,
  ...responseEvents,
  ...kukuServerEvents,
};
export type ServerEventType = keyof typeof serverEventSchemas;

type Schemas = typeof serverEventSchemas;
/** Any server event. */
export type ServerEvent = { [T in ServerEventType]: z.infer<Schemas[T]> }[ServerEventType];

/** One kind of server event, by its type. */
export type ServerEventOf<T extends ServerEventType> = z.infer<Schemas[T]>;

/** Any server event before it has its `event_id`. */
export type UnnumberedServerEvent = {
  [T in ServerEventType]: Omit<ServerEventOf<T>, "event_id">;
}[ServerEventType];
