/** The protocol as JSON Schema, generated from the validating schemas, for client authors in other languages. */
import { z } from "zod";
import { audioFormat } from "./audio-format.ts";
import { clientEventSchemas } from "./client-events.ts";
import { item, newItem } from "./items.ts";
import { response, responseParams } from "./responses.ts";
import { serverEventSchemas } from "./server-events.ts";
import { session, sessionUpdate } from "./session-config.ts";

/** A JSON document. */
export type Json = { [name: string]: unknown };

const dialect = "https://json-schema.org/draft/2020-12/schema";

/** `response.output_item.added` → `ResponseOutputItemAdded`. */
export function schemaName(eventType: string): string {
  return eventType
    .split(/[._]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** Parts that many events share, by the name they have in the document. */
const parts = {
  AudioFormat: audioFormat,
  NewItem: newItem,
  Item: item,
  SessionUpdateFields: sessionUpdate,
  Session: session,
  ResponseParams: responseParams,
  Response: response,
};

/**
 * One schema a definition: every event under its name, what they share, and the unions `ClientEvent` and `ServerEvent`.
 * `refs` is where the definitions stand in the document. Client events are closed (an unknown field is refused);
 * server events are open (a client passes over fields it does not know).
 */
export function schemaDefinitions(refs: string): Record<string, Json> {
  const registry = z.registry<{ id: string }>();
  for (const [name, schema] of Object.entries(parts)) registry.add(schema, { id: name });
  for (const [type, schema] of Object.entries({ ...clientEventSchemas, ...serverEventSchemas }))
    registry.add(schema, { id: schemaName(type) });
  const { schemas } = z.toJSONSchema(registry, { io: "input", uri: (id) => `${refs}${id}` });
  const definitions: Record<string, Json> = {
    ClientEvent: union(refs, Object.keys(clientEventSchemas)),
    ServerEvent: union(refs, Object.keys(serverEventSchemas)),
  };
  for (const [name, schema] of Object.entries(schemas)) {
    const { $schema: _dialect, $id: _place, ...definition } = schema as Json;
    definitions[name] = definition;
  }
  return definitions;
}

function union(refs: string, eventTypes: readonly string[]): Json {
  return { oneOf: eventTypes.map((type) => ({ $ref: refs + schemaName(type) })) };
}

/** Builds the document served at `/v1/realtime/schema.json`. Costly: to be called once. */
export function protocolJsonSchema(): Json {
  const refs = "#/$defs/";
  return {
    $schema: dialect,
    title: "Kuku Coach realtime protocol",
    description: "A text message is a ClientEvent (from the client) or a ServerEvent (from the server).",
    oneOf: [{ $ref: `${refs}ClientEvent` }, { $ref: `${refs}ServerEvent` }],
    $defs: schemaDefinitions(refs),
  };
}
