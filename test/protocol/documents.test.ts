/** The generated documents: complete, and with no reference that leads nowhere. */
import { describe, expect, test } from "vitest";
import { asyncApiDocument } from "../../src/protocol/async-api.ts";
import { base64ByteLength } from "../../src/protocol/base64.ts";
import { clientEventSchemas } from "../../src/protocol/client-events.ts";
import { closeCodes } from "../../src/protocol/close-codes.ts";
import { errorCodes, protocolError } from "../../src/protocol/errors.ts";
import { type Json, protocolJsonSchema, schemaName } from "../../src/protocol/json-schema.ts";
import { serverEventSchemas } from "../../src/protocol/server-events.ts";

const types = [...Object.keys(clientEventSchemas), ...Object.keys(serverEventSchemas)];

/** Every `$ref` in a document. */
function references(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "$ref" ? [String(inner)] : references(inner),
  );
}

function resolve(document: Json, reference: string): unknown {
  return reference
    .replace(/^#\//, "")
    .split("/")
    .reduce<unknown>((at, name) => (at as Json | undefined)?.[name], document);
}

describe.each([
  ["JSON Schema", protocolJsonSchema()],
  ["AsyncAPI", asyncApiDocument({ version: "0.1.0", host: "127.0.0.1:8000" })],
])("the %s document", (_name, document) => {
  test("is plain JSON whose references all lead somewhere", () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    const found = references(document);
    expect(found.length).toBeGreaterThan(types.length);
    for (const reference of found) expect(resolve(document, reference), reference).toBeDefined();
  });
});

test("the JSON Schema defines every event under its type, closed for clients and open for servers", () => {
  const definitions = protocolJsonSchema().$defs as Record<string, Json>;
  for (const type of types) {
    const definition = definitions[schemaName(type)]!;
    expect((definition.properties as Json).type).toMatchObject({ const: type });
    expect(definition.additionalProperties, type).toBe(type in clientEventSchemas ? false : undefined);
  }
  const union = (name: string) => (definitions[name]!.oneOf as unknown[]).length;
  expect(union("ClientEvent") + union("ServerEvent")).toBe(types.length);
});

test("the AsyncAPI document lets the server receive what clients say and send the rest", () => {
  const document = asyncApiDocument({ version: "0.1.0" });
  const messages = (action: string) =>
    ((document.operations as Json)[action] as { messages: { $ref: string }[] }).messages.map(({ $ref }) =>
      $ref.split("/").at(-1),
    );
  const names = (schemas: object) => Object.keys(schemas).map(schemaName);
  expect(messages("receive")).toEqual([...names(clientEventSchemas), "InputAudio"]);
  expect(messages("send")).toEqual([...names(serverEventSchemas), "ResponseAudio"]);
  expect(document).not.toHaveProperty("servers");
});

test("close codes are distinct and legal on the wire", () => {
  const codes = Object.values(closeCodes).map((entry) => entry.code);
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes)
    expect((code >= 1000 && code <= 1014) || (code >= 4000 && code <= 4999)).toBe(true);
});

test("an error event's body takes its type from its code, and parses", () => {
  const error = protocolError("rate_limit_exceeded", "Slower, please.", { param: "audio", eventId: "e1" });
  expect(error).toEqual({
    type: "rate_limit_error",
    code: "rate_limit_exceeded",
    message: "Slower, please.",
    param: "audio",
    event_id: "e1",
  });
  expect(protocolError("internal_error", "Sorry.")).toMatchObject({ param: null, event_id: null });
  for (const code of Object.keys(errorCodes) as (keyof typeof errorCodes)[]) {
    const event = { type: "error", event_id: "event_1", error: protocolError(code, "x") };
    expect(serverEventSchemas.error.parse(event)).toEqual(event);
  }
});

test("the length of base64 is the length of what it decodes to", () => {
  for (let length = 0; length < 50; length++)
    expect(base64ByteLength(Buffer.alloc(length).toString("base64"))).toBe(length);
  for (const broken of ["A", "AA", "AAA", "AAAAA"]) expect(base64ByteLength(broken)).toBeUndefined();
});
