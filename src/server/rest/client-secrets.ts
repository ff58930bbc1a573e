/** The route that gives out tokens for browsers, in the shapes of the vendor's API. */

import { type Principal, readBearer, vendorModel } from "../admission.ts";
import { type SecretBearer, secretPrefix, secretScopes } from "../client-secrets.ts";
import { principalOf } from "../http/access.ts";
import { Problem } from "../http/problem.ts";
import { clientSecretBody, clientSecretSchema } from "../http/schemas/client-secrets.ts";
import { answer } from "../http/schemas/envelope.ts";
import { toQuotas } from "../http/schemas/quotas.ts";
import type { App } from "../http/typed-app.ts";
import type { RestServices } from "./services.ts";

/** How long a token is good for unless asked otherwise, s. */
const defaultSeconds = 600;

/** `POST /v1/realtime/client_secrets`. */
export function clientSecretRoutes(app: App, { secrets, personas }: RestServices): void {
  app.route({
    method: "POST",
    url: "/v1/realtime/client_secrets",
    schema: {
      operationId: "createClientSecret",
      tags: ["Access"],
      summary: "A token for a browser",
      description:
        "Stands for the user who asks, to look and to talk, until it expires or the key or sign-in it was made with ends. Request and answer are those of the vendor's API, without an envelope.",
      body: clientSecretBody,
      response: { 200: answer("The token.", clientSecretSchema) },
    },
    config: { access: "user" },
    handler: async (request) => {
      // One that could make others would never expire.
      if (readBearer(request.headers.authorization)?.startsWith(secretPrefix))
        throw new Problem(403, "FORBIDDEN", "A client secret cannot be exchanged for another.");
      const principal = principalOf(request);
      const { expires_after, session, kuku } = request.body ?? {};
      const model = session?.model;
      const named = model === undefined || vendorModel.test(model) ? undefined : model;
      const persona = personas.find(named ?? personas.default, principal.id);
      if (!persona) throw new Problem(400, "UNKNOWN_PERSONA", "There is no such persona.");
      const limits = toQuotas(kuku?.limits);
      const { value, expiresAt } = secrets.make({
        ...bearerFor(principal),
        ...(named !== undefined && { persona: persona.id }),
        ...(limits && { limits }),
        seconds: expires_after?.seconds ?? defaultSeconds,
      });
      return {
        value,
        expires_at: expiresAt,
        session: { type: "realtime", object: "realtime.session", model: persona.id } as const,
      };
    },
  });
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
