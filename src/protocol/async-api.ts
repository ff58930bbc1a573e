/** The protocol as an AsyncAPI 3.0 document: channel, operations, and the schemas of `json-schema.ts`. */
import { clientEventSchemas } from "./client-events.ts";
import { type Json, schemaDefinitions, schemaName } from "./json-schema.ts";
import { serverEventSchemas } from "./server-events.ts";

export interface AsyncApiOptions {
  /** Version of the server, such as `0.1.0`. */
  readonly version: string;
  /** Host and port, such as `127.0.0.1:8000`; without it the document names no server. */
  readonly host?: string;
  /** Default `ws`. */
  readonly protocol?: "ws" | "wss";
}

const address = "/v1/realtime";

/** Builds the document served at `/v1/realtime/asyncapi.json`, from the server's point of view. */
export function asyncApiDocument(options: AsyncApiOptions): Json {
  const received = Object.keys(clientEventSchemas);
  const sent = Object.keys(serverEventSchemas);
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Kuku Coach realtime protocol",
      version: options.version,
      description: "OpenAI Realtime (GA) events, and the kuku.v1 extension. PROTOCOL.md tells the rest.",
      license: { name: "MIT" },
    },
    defaultContentType: "application/json",
    ...(options.host !== undefined && {
      servers: { here: { host: options.host, protocol: options.protocol ?? "ws" } },
    }),
    channels: {
      realtime: {
        address,
        messages: { ...messageRefs(received), ...messageRefs(sent), ...messageRefs(binaryMessages) },
        bindings: {
          ws: { method: "GET", query: { type: "object", properties: { model: { type: "string" } } } },
        },
      },
    },
    operations: {
      receive: operation("receive", [...received, "input_audio"]),
      send: operation("send", [...sent, "response_audio"]),
    },
    components: {
      messages: { ...eventMessages([...received, ...sent]), ...binaryMessageObjects },
      schemas: schemaDefinitions("#/components/schemas/"),
    },
  };
}

const binaryMessages = ["input_audio", "response_audio"];
const binaryMessageObjects: Json = {
  InputAudio: {
    name: "input_audio",
    contentType: "application/octet-stream",
    summary: "With kuku.v1: a binary message is input audio in the session's input format, without a header.",
  },
  ResponseAudio: {
    name: "response_audio",
    contentType: "application/octet-stream",
    summary: "With kuku.v1: a 12-byte little-endian header, then audio of a response.",
  },
};

function messageRefs(names: readonly string[]): Json {
  return Object.fromEntries(
    names.map((name) => [schemaName(name), { $ref: `#/components/messages/${schemaName(name)}` }]),
  );
}

function eventMessages(types: readonly string[]): Json {
  return Object.fromEntries(
    types.map((type) => [
      schemaName(type),
      { name: type, payload: { $ref: `#/components/schemas/${schemaName(type)}` } },
    ]),
  );
}

function operation(action: "receive" | "send", names: readonly string[]): Json {
  return {
    action,
    channel: { $ref: "#/channels/realtime" },
    messages: names.map((name) => ({ $ref: `#/channels/realtime/messages/${schemaName(name)}` })),
  };
}
