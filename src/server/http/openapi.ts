/** The REST face described by the schemas that check it: OpenAPI 3.1 at /openapi.json, to browse at /docs. */
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyContextConfig, FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";
import { failures } from "./envelope.ts";
import { docsPolicy } from "./security.ts";

/** Path of the OpenAPI document. */
const openApiPath = "/openapi.json";
const docsPath = "/docs";

const about = `Recordings instead of a socket, dashboards, and what the server says of itself.

Every JSON answer of the API is an envelope: \`{ "success": true, "data": … }\` or
\`{ "success": false, "error": "for people", "code": "FOR_PROGRAMS" }\`. Every answer carries \`X-Request-Id\`.

The live conversation is a WebSocket at \`/v1/realtime\`, described in [AsyncAPI](/asyncapi.json).`;

/** The groups of the document; a route names one of them in its `tags`. */
const tags = [
  { name: "Service", description: "The server itself." },
  { name: "Protocol", description: "Documents that describe the WebSocket." },
  { name: "Sessions", description: "Conversations: begun, listed, ended, rated, erased." },
  { name: "Messages", description: "What is said in a session, by recordings or in writing." },
  {
    name: "Outcome",
    description: "What comes of a session: its report, how it was spoken, progress over time.",
  },
  { name: "Practice", description: "What is due again, and rounds composed of it." },
  { name: "Audio", description: "Spoken replies." },
  { name: "Personas", description: "Who there is to talk with." },
  { name: "Accounts", description: "Signing in and out, and who one is." },
  { name: "Access", description: "API keys, and tokens for browsers." },
  { name: "Administration", description: "For whoever administers the server." },
];

/** Answers of every route that is not public, beside its own. */
const guarded = failures({
  401: "No credentials, or none that are known.",
  403: "A page of this origin may not ask, or this is for administrators.",
  408: "Authentication took too long.",
  429: "This address or user asks too often. `Retry-After` says when to come again.",
  503: "The server is being stopped, or a part of it is down. `Retry-After` says when to come again.",
});
/** Answers of every route. */
const always = failures({
  400: "The request cannot be read, or a field is not what it must be.",
  500: "A fault of the server.",
});
/** Answers of every route that takes a body. */
const withBody = failures({ 413: "The body is too large.", 415: "The body is of another type." });

type Transform = NonNullable<Parameters<typeof jsonSchemaTransform>[0]>;

/** Adds to a route's own answers those that come from before it, and who may use it. */
function complete(declared: Transform): ReturnType<typeof jsonSchemaTransform> {
  const { schema } = declared;
  if (!schema || schema.hide) return jsonSchemaTransform(declared);
  const { access, upload } = (declared.route.config ?? {}) as FastifyContextConfig;
  const response = {
    ...always,
    ...(schema.body ? withBody : {}),
    ...(access === "public" ? {} : guarded),
    ...(schema.response as object | undefined),
  };
  const security = access === "public" ? { security: [] } : {};
  const bare = upload === undefined && schema.body instanceof z.ZodOptional ? { [bodyless]: true } : {};
  const completed = jsonSchemaTransform({
    ...declared,
    schema: { ...schema, ...security, ...bare, response } as typeof schema,
  });
  return upload === undefined ? completed : withUpload(completed, upload);
}

/** A route that takes a file, or the JSON of its schema. */
function withUpload({ schema, url }: ReturnType<typeof jsonSchemaTransform>, field: string) {
  const file = { type: "string", format: "binary" };
  const form = { type: "object", properties: { [field]: file }, required: [field] };
  const content = {
    "multipart/form-data": { schema: form },
    "application/json": { schema: schema.body },
  };
  return { schema: { ...schema, body: { content } } as typeof schema, url };
}

/** Marks an operation that can do without its body, until the document is put together: the package requires all. */
const bodyless = "x-bodyless";

function markOptionalBodies(document: ReturnType<typeof jsonSchemaTransformObject>) {
  const { paths } = document as { paths?: Record<string, Record<string, Operation>> };
  for (const operation of Object.values(paths ?? {}).flatMap((path) => Object.values(path))) {
    if (operation[bodyless] && operation.requestBody) operation.requestBody.required = false;
    delete operation[bodyless];
  }
  return document;
}

interface Operation {
  requestBody?: { required?: boolean };
  [bodyless]?: boolean;
}

/**
 * Leaves out component schemas that nothing refers to (a registered schema stands in the document once as sent and once as
 * received) and sorts the rest by name: their own order is that in which modules were loaded.
 */
function tidyComponents(document: ReturnType<typeof jsonSchemaTransformObject>) {
  const { components } = document as { components?: { schemas?: Record<string, unknown> } };
  const schemas = components?.schemas;
  if (!schemas) return document;
  for (let before = -1; before !== Object.keys(schemas).length; ) {
    before = Object.keys(schemas).length;
    const text = JSON.stringify(document);
    for (const name of Object.keys(schemas))
      if (!text.includes(`"#/components/schemas/${name}"`)) delete schemas[name];
  }
  components.schemas = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
  return document;
}

/** Describes every route that is declared from here on. */
export async function describeRoutes(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Kuku Coach API",
        description: about,
        version,
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: "/" }],
      tags,
      security: [{ bearer: [] }],
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
      externalDocs: { description: "The WebSocket, in AsyncAPI", url: "/asyncapi.json" },
    },
    transform: complete,
    transformObject: (document) => tidyComponents(markOptionalBodies(jsonSchemaTransformObject(document))),
  });
}

/** Serves the document and the pages to browse it with, all from this package. Call it after the other routes. */
export async function serveDocs(app: FastifyInstance): Promise<void> {
  let text: string | undefined;
  app.get(openApiPath, { schema: { hide: true }, config: { access: "public" } }, (_request, reply) => {
    text ??= JSON.stringify(app.swagger());
    return reply.type("application/json; charset=utf-8").send(text);
  });
  await app.register(async (docs) => {
    docs.addHook("onRoute", (route) => {
      route.config = { ...route.config, access: "public" };
    });
    await docs.register(swaggerUi, {
      routePrefix: docsPath,
      staticCSP: docsPolicy,
      uiConfig: { docExpansion: "list", persistAuthorization: false },
    });
  });
}
