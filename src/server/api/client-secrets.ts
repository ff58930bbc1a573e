/** The route that gives out tokens for browsers, in the shapes of the vendor's API. */
import type { Persona } from "../../coach/personas/personas.ts";
import { parseClientEvent } from "../../protocol/parse.ts";
import type { SessionConfig, SessionUpdate } from "../../protocol/session-config.ts";
import { unfollowedIn } from "../../session/configuration/configure.ts";
import { sessionBeginning } from "../../session/configuration/opening-state.ts";
import { longestSecret, type SecretBearer, secretPrefix, secretScopes } from "../access/client-secrets.ts";
import { type Principal, readBearer } from "../access/principal.ts";
import { answer } from "../http/envelope.ts";
import { principalOf } from "../http/route-access.ts";
import type { App } from "../http/typed-app.ts";
import { HttpError } from "../net/http-error.ts";
import { vendorModel } from "../realtime/upgrade-request.ts";
import { clientSecretBody, clientSecretSchema } from "./schemas/client-secrets.ts";
import { toQuotas } from "./schemas/quotas.ts";
import type { RestServices } from "./services.ts";

/** How long a token is good for unless asked otherwise, s. */
const defaultSeconds = 600;

/** `POST /v1/realtime/client_secrets`. */
export function clientSecretRoutes(app: App, services: RestServices): void {
  const { secrets, personas } = services;
  app.route({
    method: "POST",
    url: "/v1/realtime/client_secrets",
    schema: {
      operationId: "createClientSecret",
      tags: ["Access"],
      summary: "A token for a browser",
      description:
        "Stands for the user who asks, to look and to talk, until it expires or the key or sign-in it was made with ends. Request and answer are those of the vendor's API, without an envelope. Sessions begin with the settings given here; about 10,000 characters of text fit.",
      body: clientSecretBody,
      response: { 200: answer("The token.", clientSecretSchema) },
    },
    config: { access: "user" },
    handler: async (request) => {
      // One that could make others would never expire.
      if (readBearer(request.headers.authorization)?.startsWith(secretPrefix))
        throw new HttpError(403, "FORBIDDEN", "A client secret cannot be exchanged for another.");
      const principal = principalOf(request);
      const { expires_after, session: asked, kuku } = request.body ?? {};
      const { model, ...settings } = readSettings(asked);
      const named = model === undefined || vendorModel.test(model) ? undefined : model;
      const persona = personas.find(named ?? personas.default, principal.id);
      if (!persona) throw new HttpError(400, "UNKNOWN_PERSONA", "There is no such persona.");
      const session = beginning(services, persona, settings);
      const unfollowed = unfollowedIn(settings);
      if (unfollowed.length > 0)
        request.log.info({ params: unfollowed }, "settings accepted but not followed");
      const limits = toQuotas(kuku?.limits);
      const { value, expiresAt } = secrets.make({
        ...bearerFor(principal),
        ...(named !== undefined && { persona: persona.id }),
        ...(limits && { limits }),
        ...(Object.keys(settings).length > 1 && { session: settings }),
        seconds: expires_after?.seconds ?? defaultSeconds,
      });
      if (value.length > longestSecret) throw tooLarge();
      return { value, expires_at: expiresAt, session };
    },
  });
}

/** The settings that the token's sessions begin with, read as a `session.update` is. */
function readSettings(session: object | undefined): SessionUpdate {
  const read = parseClientEvent({ type: "session.update", session: { type: "realtime", ...session } });
  if (read.ok && read.event.type === "session.update") return read.event.session;
  throw new HttpError(400, "INVALID_REQUEST", read.ok ? "The session cannot be read." : read.message);
}

/** The whole of a session that begins with these settings; what cannot be had is refused now rather than later. */
function beginning(
  { abilities, clock }: RestServices,
  persona: Persona,
  settings: SessionUpdate,
): SessionConfig {
  const begun = sessionBeginning(persona, settings, { abilities, startedAt: clock.wallTime() });
  if (begun.ok) return begun.config;
  throw new HttpError(400, "INVALID_REQUEST", `${begun.param}: ${begun.message}`);
}

function tooLarge(): HttpError {
  return new HttpError(
    400,
    "INVALID_REQUEST",
    "session: it is too large for a client secret; say the longer part of it by session.update.",
  );
}

/** For no more than its maker's credentials are for, and no longer good than they are. */
function bearerFor({ id, scopes, keyId, signInId }: Principal): SecretBearer {
  return {
    ownerId: id,
    ...(scopes && { scopes: secretScopes.filter((scope) => scopes.includes(scope)) }),
    ...(keyId !== undefined && { keyId }),
    ...(signInId !== undefined && { signInId }),
  };
}
