/** The events, requests and types of the package, beside our schemas of them. */
import type { z } from "zod";
import { clientEventSchemas } from "../../src/protocol/client-events.ts";
import { serverEventSchemas } from "../../src/protocol/server-events.ts";
import { sessionUpdate } from "../../src/protocol/session-config.ts";
import { clientSecretBody, clientSecretSchema } from "../../src/server/api/client-secrets.ts";
import type { Direction, Root } from "./coverage.ts";
import type { ObjectShape, PackageTypes, Shape } from "./package-types.ts";

/** Types that are unions of events, or events beside them. */
const clientEvents = [
  "RealtimeClientEvent",
  "ResponseCreateEventWithReferencesParam",
  "TranscriptionSessionUpdate",
];
const serverEvents = ["RealtimeServerEvent", "TranscriptionSessionUpdatedEvent"];

/** Endpoints that are not here, with the types of what is sent to and from them. */
const elsewhere: Readonly<
  Record<string, Readonly<Record<Direction, readonly string[]> & { readonly why: string }>>
> = {
  "/v1/realtime/calls": {
    why: "Calls by WebRTC and SIP are not taken here; connect by WebSocket.",
    client: ["CallCreateParams", "CallAcceptParams", "CallReferParams", "CallRejectParams"],
    server: [],
  },
  "/v1/realtime/translations": {
    why: "Nothing here translates.",
    client: ["RealtimeTranslationClientEvent", "RealtimeTranslationClientSecretCreateRequest"],
    server: ["RealtimeTranslationServerEvent", "RealtimeTranslationClientSecretCreateResponse"],
  },
};

const secretsUrl = "POST /v1/realtime/client_secrets";

/** Lists where the walk begins; types that nothing else reaches come last, as of no event. */
export function roots(types: PackageTypes): readonly Root[] {
  const of = (name: string): Shape => {
    const shape = types.get(name);
    if (!shape) throw new Error(`the package has no type ${name} any more`);
    return shape;
  };
  const listed: Root[] = [
    ...clientEvents.flatMap((name) => events("client", of(name), clientEventSchemas)),
    {
      direction: "client",
      place: secretsUrl,
      shape: of("ClientSecretCreateParams"),
      // The route reads the session as `session.update` is read.
      schema: clientSecretBody.unwrap().extend({ session: sessionUpdate.optional() }),
    },
    ...serverEvents.flatMap((name) => events("server", of(name), serverEventSchemas)),
    {
      direction: "server",
      place: secretsUrl,
      shape: of("ClientSecretCreateResponse"),
      schema: clientSecretSchema,
    },
    ...Object.entries(elsewhere).flatMap(([place, sides]) =>
      (["client", "server"] as const).flatMap((direction) =>
        sides[direction].map((name) => ({
          direction,
          place,
          shape: of(name),
          schema: undefined,
          why: sides.why,
        })),
      ),
    ),
  ];
  return [...listed, ...unreached(types, listed)];
}

function events(direction: Direction, shape: Shape, schemas: Readonly<Record<string, z.ZodType>>): Root[] {
  if (shape.kind === "union") return shape.of.flatMap((member) => events(direction, member, schemas));
  if (shape.kind !== "object") throw new Error("an event is no object");
  const type = eventType(shape);
  return [{ direction, place: type, shape, schema: schemas[type] }];
}

/** The `type` of an event. */
function eventType(event: ObjectShape): string {
  const type = event.fields.get("type")?.shape;
  if (type?.kind !== "literal") throw new Error(`${event.name} has no type of its own`);
  return String(type.value);
}

/** Object types that no root reaches. */
function unreached(types: PackageTypes, listed: readonly Root[]): Root[] {
  const seen = new Set<string>();
  const visit = (shape: Shape): void => {
    if (shape.kind === "array") visit(shape.of);
    if (shape.kind === "union") shape.of.forEach(visit);
    if (shape.kind !== "object" || seen.has(shape.name)) return;
    seen.add(shape.name);
    for (const field of shape.fields.values()) visit(field.shape);
  };
  for (const { shape } of listed) visit(shape);
  return [...types].flatMap(([name, shape]) =>
    shape.kind === "object" && !seen.has(name)
      ? [
          {
            direction: "client" as const,
            place: "no event",
            shape,
            schema: undefined,
            why: "No event has it any more.",
          },
        ]
      : [],
  );
}
