/** Routes that tell a page who is signed in, and how to sign in. */
import type { Accounts } from "../../access/accounts/accounts.ts";
import type { AccessConfig } from "../../config/access-settings.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import { principalOf } from "../../http/route-access.ts";
import type { App } from "../../http/typed-app.ts";
import { type RequestContextRules, requestContextOf } from "./request-context-of.ts";
import { meSchema, settingsSchema } from "./schemas.ts";
import { setCookies } from "./sign-in-routes.ts";

/** `GET /api/me` and `GET /api/auth/settings`; `accounts` undefined: there are none. */
export function meRoutes(
  app: App,
  access: Pick<AccessConfig, "mode" | "signUp" | "guests">,
  accounts: Accounts | undefined,
  rules: RequestContextRules,
): void {
  app.get("/api/me", {
    schema: {
      operationId: "getMe",
      tags: ["Accounts"],
      summary: "Who one is",
      description: "Address and name for those who are signed in.",
      response: {
        200: dataAnswer("Who asks.", meSchema),
        ...failures({ 401: "Nobody who is known here." }),
      },
    },
    config: { access: "user", secrets: "read" },
    handler: async (request, reply) => {
      const { id, via = "none" as const, role = "user" as const } = principalOf(request);
      const known = { id, via, role, guest: via === "guest" };
      if (via !== "sign_in" || !accounts) return success(known);
      const { user, cookies } = await accounts.ownAccount.read(requestContextOf(request, rules), id);
      setCookies(reply, cookies);
      return success({ ...known, email: user.email, name: user.name });
    },
  });

  app.get("/api/auth/settings", {
    schema: {
      operationId: "getAccessSettings",
      tags: ["Accounts"],
      summary: "How to come in",
      description: "For pages, which offer what there is.",
      response: { 200: dataAnswer("The ways.", settingsSchema) },
    },
    config: { access: "public" },
    handler: async () => {
      const { mode, signUp, guests } = access;
      const accounts = mode === "accounts";
      return success({ mode, signUp: accounts && signUp === "open", guests: guests !== undefined });
    },
  });
}
