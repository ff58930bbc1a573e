/** Routes of signed-in users: their sign-ins and their password. */
import type { Accounts } from "../../access/accounts/accounts.ts";
import type { Keys } from "../../access/api-keys/api-keys.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import { principalOf } from "../../http/route-access.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import { type RequestContextRules, requestContextOf } from "./request-context-of.ts";
import {
  changePasswordBody,
  doneSchema,
  invalidAccount,
  signInIdParams,
  signInsSchema,
  tokenAnswerSchema,
} from "./schemas.ts";
import { setCookies } from "./sign-in-routes.ts";

const tags = ["Accounts"];
const notSignedIn = { 401: "Not signed in.", 403: "A key, or a token made of one, is not enough for this." };

/** Declares `/api/auth/…` for signed-in users. */
export function accountRoutes(
  app: App,
  accounts: Accounts,
  rules: RequestContextRules,
  keys: Pick<Keys, "revokeAll">,
): void {
  signInListRoutes(app, accounts, rules);
  endSignInRoutes(app, accounts, rules);
  changePasswordRoute(app, accounts, rules, keys);
}

function changePasswordRoute(
  app: App,
  { ownAccount }: Accounts,
  rules: RequestContextRules,
  keys: Pick<Keys, "revokeAll">,
): void {
  app.post("/api/auth/change-password", {
    schema: {
      operationId: "changePassword",
      tags,
      summary: "Change one's password",
      description: "Ends every other sign-in; this one goes on with a new cookie or token.",
      body: changePasswordBody,
      response: {
        200: dataAnswer("It is changed.", tokenAnswerSchema),
        ...failures({
          ...notSignedIn,
          400: "The new password will not do.",
          403: "The password is wrong, or what was shown is no sign-in.",
          429: "Too many tries; come again.",
        }),
      },
    },
    config: { access: "account", invalid: invalidAccount },
    handler: async (request, reply) => {
      const { current, password: next, token: wanted, revokeKeys } = request.body;
      const context = requestContextOf(request, rules);
      const { id } = principalOf(request);
      const { token, cookies } = await ownAccount.changePassword(context, id, { current, next });
      if (revokeKeys) await keys.revokeAll(id);
      if (!wanted) setCookies(reply, cookies);
      return success(wanted ? { token } : {});
    },
  });
}

function signInListRoutes(app: App, { ownAccount }: Accounts, rules: RequestContextRules): void {
  app.get("/api/auth/sign-ins", {
    schema: {
      operationId: "listSignIns",
      tags,
      summary: "Where one is signed in",
      description: "The latest first.",
      response: { 200: dataAnswer("The places.", signInsSchema), ...failures(notSignedIn) },
    },
    config: { access: "account" },
    handler: async (request) => {
      const signIns = await ownAccount.listSignIns(requestContextOf(request, rules), principalOf(request).id);
      return success({
        signIns: signIns.map(({ createdAt, updatedAt, expiresAt, ...signIn }) => ({
          ...signIn,
          createdAt: createdAt.toISOString(),
          lastUsedAt: updatedAt.toISOString(),
          expiresAt: expiresAt.toISOString(),
        })),
      });
    },
  });

  app.delete("/api/auth/sign-ins/:id", {
    schema: {
      operationId: "endSignIn",
      tags,
      summary: "Sign out somewhere",
      description: "At once; tokens for browsers that were made there end with it.",
      params: signInIdParams,
      response: {
        200: dataAnswer("It is ended.", doneSchema),
        ...failures({ ...notSignedIn, 404: "One is not signed in there." }),
      },
    },
    config: { access: "account", invalid: { "params.id": "INVALID_SIGN_IN_ID" } },
    handler: async (request) => {
      if (!(await ownAccount.endSignIn(principalOf(request).id, request.params.id)))
        throw new HttpError(404, "SIGN_IN_NOT_FOUND", "You are not signed in there.");
      return success({});
    },
  });
}

function endSignInRoutes(app: App, { ownAccount }: Accounts, rules: RequestContextRules): void {
  app.post("/api/auth/revoke-other-sessions", {
    schema: {
      operationId: "endOtherSignIns",
      tags,
      summary: "Sign out everywhere else",
      description: "Ends every sign-in but the one that asks.",
      response: { 200: dataAnswer("Only this one is left.", doneSchema), ...failures(notSignedIn) },
    },
    config: { access: "account" },
    handler: async (request) => {
      await ownAccount.endOtherSignIns(requestContextOf(request, rules));
      return success({});
    },
  });

  app.post("/api/auth/revoke-sessions", {
    schema: {
      operationId: "endAllSignIns",
      tags,
      summary: "Sign out everywhere",
      description: "Ends every sign-in, the one that asks with them. API keys stay.",
      response: { 200: dataAnswer("None is left.", doneSchema), ...failures(notSignedIn) },
    },
    config: { access: "account" },
    handler: async (request, reply) => {
      setCookies(reply, await ownAccount.endAllSignIns(requestContextOf(request, rules)));
      return success({});
    },
  });
}
