/** Tokens for browsers, in the shapes of the vendor's API: no envelope. */

import { z } from "zod";
import type { Persona } from "../../coach/personas/personas.ts";
import { parseClientEvent } from "../../protocol/parse.ts";
import {
  realtimeSession,
  type SessionUpdate,
  transcriptionSession,
  type WireSession,
} from "../../protocol/session-config.ts";
import { ignoredSettings } from "../../session/configuration/configure.ts";
import { newSessionConfiguration } from "../../session/configuration/opening-state.ts";
import { describeSession } from "../../session/configuration/transcription-config.ts";
import { defaultSecretScopes, longestSecret, type SecretBearer } from "../access/client-secrets.ts";
import {
  type Principal,
  requireScope,
  type Scope,
  type SecretScope,
  secretScopes,
} from "../access/principal.ts";
import { named } from "../http/common-schemas.ts";
import { answer } from "../http/envelope.ts";
import { principalOf } from "../http/route-access.ts";
import type { App } from "../http/typed-app.ts";
import { HttpError } from "../net/http-error.ts";
import { vendorModel } from "../realtime/upgrade-request.ts";
import { endUserName } from "./end-users.ts";
import { quotasSchema, toQuotas } from "./quotas.ts";
import type { RestServices } from "./services.ts";

/** Default life of a token, s. */
const defaultSeconds = 600;

export const clientSecretBody = z
  .strictObject({
    expires_after: z
      .strictObject({
        anchor: z.literal("created_at").default("created_at"),
        seconds: z.int().min(10).max(7200).default(600).describe("10–7200."),
      })
      .optional()
      .describe("Default: 600 s from now."),
    session: z
      .looseObject({
        type: z
          .string()
          .optional()
          .describe("`realtime`, the default, or `transcription`: its sessions have no replies."),
        model: z
          .string()
          .max(100)
          .optional()
          .describe("A persona; names of the vendor's models mean the default one."),
      })
      .optional()
      .describe(
        "What the sessions of this token begin with: all that `session.update` takes, by the same rules. A client may change it as usual, unless `kuku.fixed`.",
      ),
    kuku: z
      .strictObject({
        fixed: z
          .boolean()
          .optional()
          .describe(
            "Whether the settings of `session` are fixed: no client changes them, neither for a session nor for one response. Default: false.",
          ),
        limits: quotasSchema
          .optional()
          .describe("Below those of whoever makes it; counted for `user`, or else for this token."),
        user: endUserName
          .optional()
          .describe(
            "Your name for the person in front of the browser. Tokens of one name make and reach the same sessions, and share memory, progress and limits; one without a name reaches the sessions that it made itself, and no others.",
          ),
        scopes: z
          .array(z.enum(secretScopes))
          .min(1)
          .optional()
          .describe(
            "Default: `read`, `talk`. `erase`, `rate` and `export` are for the sessions it reaches, `personas` to make and remove yours.",
          ),
      })
      .optional()
      .describe("Beyond the vendor's."),
  })
  .optional()
  .meta({
    examples: [
      { expires_after: { anchor: "created_at", seconds: 600 }, session: { type: "realtime", model: "kuku" } },
    ],
  });

export const clientSecretSchema = z
  .object({
    value: z.string().describe("`ek_…`: shown as a key would be, until it expires."),
    expires_at: z.int().describe("Seconds since the epoch."),
    session: z
      .discriminatedUnion("type", [
        realtimeSession.omit({ expires_at: true, kuku: true }),
        transcriptionSession.omit({ expires_at: true, kuku: true }),
      ])
      .describe(
        "What its sessions begin with; `model` is the persona. `id` names these settings: each session has an id of its own, told by `session.created`.",
      ),
  })
  .meta(
    named("ClientSecret", {
      value: "ek_eyJvIjoibG9jYWwi…",
      expires_at: 1795426800,
      session: {
        type: "realtime",
        object: "realtime.session",
        id: "sess_Zm94",
        model: "kuku",
        output_modalities: ["audio"],
        instructions: "…",
        audio: {
          input: {
            format: { type: "audio/pcm", rate: 24000 },
            turn_detection: { type: "semantic_vad", eagerness: "auto" },
          },
          output: { format: { type: "audio/pcm", rate: 24000 }, voice: "marin", speed: 1 },
        },
        tools: [],
        tool_choice: "auto",
        max_output_tokens: "inf",
        truncation: "auto",
      },
    }),
  );

/** `POST /v1/realtime/client_secrets`. */
export function clientSecretRoutes(app: App, services: RestServices): void {
  const { secrets, personas } = services;
  app.post("/v1/realtime/client_secrets", {
    schema: {
      operationId: "createClientSecret",
      tags: ["Access"],
      summary: "A token for a browser",
      description:
        "For the person in front of a browser: makes sessions of whoever asks and reaches those, and no others, until it expires or the key or sign-in it was made with ends. Request and answer are those of the vendor's API, without an envelope. Sessions begin with the settings given here; about 10,000 characters of text fit.",
      body: clientSecretBody,
      response: { 200: answer("The token.", clientSecretSchema) },
    },
    // Not for client secrets: one that could make others would never expire.
    config: { access: "user" },
    handler: async (request) => {
      const principal = principalOf(request);
      const { expires_after, session: asked, kuku } = request.body ?? {};
      const { model, ...settings } = readSettings(asked);
      const named = model === undefined || vendorModel.test(model) ? undefined : model;
      const persona = personas.find(named ?? personas.default, principal.id);
      if (!persona) throw new HttpError(400, "UNKNOWN_PERSONA", "There is no such persona.");
      const session = beginning(services, persona, settings);
      const unfollowed = ignoredSettings(settings, services.capabilities);
      if (unfollowed.length > 0)
        request.log.info({ params: unfollowed }, "settings accepted but not followed");
      const limits = toQuotas(kuku?.limits);
      const { value, secretId, expiresAt } = secrets.make({
        ...bearerFor(principal, kuku),
        ...(named !== undefined && { persona: persona.id }),
        limits,
        ...((settings.type === "transcription" || Object.keys(settings).length > 1) && { session: settings }),
        ...(kuku?.fixed && { sessionFixed: true }),
        seconds: expires_after?.seconds ?? defaultSeconds,
      });
      if (value.length > longestSecret) throw tooLarge();
      return { value, expires_at: expiresAt, session: { ...session, id: `sess_${secretId}` } };
    },
  });
}

/** The settings that the token's sessions begin with, read as a `session.update` is. */
function readSettings(session: object | undefined): SessionUpdate {
  const read = parseClientEvent({ type: "session.update", session: { type: "realtime", ...session } });
  if (read.ok && read.event.type === "session.update") return read.event.session;
  throw new HttpError(400, "INVALID_REQUEST", read.ok ? "The session cannot be read." : read.message);
}

/** The configuration of a session that begins with these settings. @throws HttpError 400 for settings that cannot be had */
function beginning(
  { capabilities, clock }: RestServices,
  persona: Persona,
  settings: SessionUpdate,
): WireSession {
  const begun = newSessionConfiguration(persona, settings, {
    capabilities,
    startedAt: clock.wallTime(),
  });
  if (begun.ok) return describeSession({ type: settings.type, config: begun.config });
  throw new HttpError(400, "INVALID_REQUEST", `${begun.param}: ${begun.message}`);
}

function tooLarge(): HttpError {
  return new HttpError(
    400,
    "INVALID_REQUEST",
    "session: it is too large for a client secret; say the longer part of it by session.update.",
  );
}

/** The scope that the maker's own credentials need for each that a token is to have. */
const makerScopes: Readonly<Record<SecretScope, Scope>> = {
  read: "read",
  talk: "talk",
  erase: "erase",
  rate: "talk",
  export: "read",
  personas: "talk",
};

/**
 * Bearer of a token with no more scopes than its maker's credentials, bound to their key or sign-in.
 * @throws HttpError `insufficient_scope`
 */
function bearerFor(
  principal: Principal,
  {
    user,
    scopes: wanted,
  }: { readonly user?: string | undefined; readonly scopes?: SecretScope[] | undefined } = {},
): SecretBearer {
  const { id, scopes, keyId, signInId } = principal;
  for (const scope of wanted ?? []) requireScope(principal, makerScopes[scope]);
  const granted = wanted ?? (scopes && defaultSecretScopes.filter((scope) => scopes.includes(scope)));
  return {
    ownerId: id,
    user,
    scopes: granted,
    keyId,
    signInId,
  };
}
