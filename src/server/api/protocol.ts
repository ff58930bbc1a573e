/** The WebSocket's documents, and the answer to a request for its path without an upgrade. */

import { z } from "zod";
import { asyncApiDocument } from "../../protocol/async-api.ts";
import { protocolJsonSchema } from "../../protocol/json-schema.ts";
import { answer } from "../http/envelope.ts";
import type { App } from "../http/typed-app.ts";
import { HttpError } from "../net/http-error.ts";

/** A document in another language of schemas; what it holds is that language's business. */
const documentSchema = z
  .looseObject({})
  .meta({ id: "Document", description: "A JSON document.", examples: [{}] });

export interface ProtocolRoutes {
  /** Path of the WebSocket. */
  readonly realtimePath: string;
  readonly version: string;
}

interface Document {
  readonly url: string;
  readonly operationId: string;
  readonly summary: string;
  readonly make: () => unknown;
}

/** The documents below the WebSocket's path, `GET /asyncapi.json`, and the path itself. */
export function protocolRoutes(app: App, { realtimePath, version }: ProtocolRoutes): void {
  const asyncApi = () => asyncApiDocument({ version });
  const documents: readonly Document[] = [
    {
      url: `${realtimePath}/schema.json`,
      operationId: "getProtocolSchema",
      summary: "Every event as JSON Schema",
      make: protocolJsonSchema,
    },
    {
      url: `${realtimePath}/asyncapi.json`,
      operationId: "getProtocolAsyncApi",
      summary: "The WebSocket in AsyncAPI",
      make: asyncApi,
    },
    {
      url: "/asyncapi.json",
      operationId: "getAsyncApi",
      summary: "The same, beside /openapi.json",
      make: asyncApi,
    },
  ];
  for (const document of documents) serveDocument(app, document);

  app.all(realtimePath, { schema: { hide: true }, config: { access: "public" } }, () => {
    throw new HttpError(426, "upgrade_required", "This path is a WebSocket: connect with ws:// or wss://.", {
      headers: { upgrade: "websocket", connection: "Upgrade" },
    });
  });
}

function serveDocument(app: App, { url, operationId, summary, make }: Document): void {
  let text: string | undefined;
  app.get(url, {
    schema: {
      operationId,
      tags: ["Protocol"],
      summary,
      description: "Made from the schemas that check the wire.",
      response: { 200: answer("The document.", documentSchema) },
    },
    config: { access: "public" },
    handler: (_request, reply) => {
      // Made once, and sent as text: writing it anew for everybody who asks would be for nothing.
      text ??= JSON.stringify(make());
      const made = text;
      reply
        .type("application/json; charset=utf-8")
        .serializer(() => made)
        .send({});
    },
  });
}
