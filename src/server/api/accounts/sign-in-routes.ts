/** Public routes: making an account, signing in and out, and the links that are mailed. */
import type { FastifyReply } from "fastify";
import type { Accounts, SignInResult } from "../../access/accounts/accounts.ts";
import type { Keys } from "../../access/api-keys/api-keys.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import type { App } from "../../http/typed-app.ts";
import { type RequestContextRules, refuseOtherSites, requestContextOf } from "./request-context-of.ts";
import {
  doneSchema,
  emailBody,
  enteredSchema,
  invalidAccount,
  resetBody,
  signedUpSchema,
  signInBody,
  signUpBody,
  verifyBody,
} from "./schemas.ts";

const tags = ["Accounts"];
const busy = { 429: "Too many tries; come again.", 503: "Too many people at once, or the database is away." };
const sameEither = "The answer, and the time it takes, are the same whether or not there is such an account.";
const publicAccess = { access: "public", invalid: invalidAccount } as const;

/** Declares `POST /api/auth/…` for users who are not signed in. */
export function signInRoutes(
  app: App,
  accounts: Accounts,
  rules: RequestContextRules,
  keys: Pick<Keys, "revokeAll">,
): void {
  signUpRoute(app, accounts, rules);
  signInAndOutRoutes(app, accounts, rules);
  resetRoutes(app, accounts, rules, keys);
  verificationRoutes(app, accounts, rules);
}

function signUpRoute(app: App, accounts: Accounts, rules: RequestContextRules): void {
  const onRequest = refuseOtherSites(rules);
  app.post("/api/auth/sign-up/email", {
    schema: {
      operationId: "signUp",
      tags,
      summary: "Make an account",
      description:
        "Where addresses are confirmed, a link is mailed, and the answer is the same for an address that has an account; its owner gets a mail about that. Otherwise this signs in.",
      body: signUpBody,
      response: {
        200: dataAnswer("The account is made, or its link mailed.", signedUpSchema),
        ...failures({
          ...busy,
          400: "The address or the password will not do.",
          403: "Only the administrator makes accounts here.",
          409: "There is an account for this address (where addresses are not confirmed).",
        }),
      },
    },
    config: publicAccess,
    onRequest,
    handler: async (request, reply) => {
      const result = await accounts.signUp(requestContextOf(request, rules), request.body);
      if (result === "verify") return success({ verify: true });
      setCookies(reply, result.cookies);
      return success({ verify: false, user: userOf(result) });
    },
  });
}

function signInAndOutRoutes(app: App, accounts: Accounts, rules: RequestContextRules): void {
  const onRequest = refuseOtherSites(rules);
  app.post("/api/auth/sign-in/email", {
    schema: {
      operationId: "signIn",
      tags,
      summary: "Sign in",
      description: `Sets a cookie, or gives a bearer token where one is asked for. ${sameEither}`,
      body: signInBody,
      response: {
        200: dataAnswer("Signed in.", enteredSchema),
        ...failures({
          ...busy,
          401: "The address or the password is wrong.",
          403: "The password is right, but the address is not confirmed yet, or the account is blocked.",
        }),
      },
    },
    config: {
      access: "public",
      invalid: { "body.email": "INVALID_EMAIL", "body.password": "INVALID_PASSWORD" },
    },
    onRequest,
    handler: async (request, reply) => {
      const { token, ...given } = request.body;
      const result = await accounts.signIn(requestContextOf(request, rules), given);
      if (!token) setCookies(reply, result.cookies);
      return success({ user: userOf(result), ...(token && { token: result.token }) });
    },
  });

  app.post("/api/auth/sign-out", {
    schema: {
      operationId: "signOut",
      tags,
      summary: "Sign out",
      description: "Here alone. Also clears the cookie of a sign-in that has ended.",
      response: { 200: dataAnswer("Signed out, or never was in.", doneSchema), ...failures(busy) },
    },
    config: { access: "public" },
    onRequest,
    handler: async (request, reply) => {
      setCookies(reply, await accounts.signOut(requestContextOf(request, rules)));
      return success({});
    },
  });
}

function resetRoutes(
  app: App,
  accounts: Accounts,
  rules: RequestContextRules,
  keys: Pick<Keys, "revokeAll">,
): void {
  const onRequest = refuseOtherSites(rules);
  app.post("/api/auth/request-password-reset", {
    schema: {
      operationId: "requestPasswordReset",
      tags,
      summary: "Have a link mailed for a new password",
      description: sameEither,
      body: emailBody,
      response: { 200: dataAnswer("It is on its way.", doneSchema), ...failures(busy) },
    },
    config: publicAccess,
    onRequest,
    handler: async (request) => {
      await accounts.requestReset(requestContextOf(request, rules), request.body.email);
      return success({});
    },
  });

  app.post("/api/auth/reset-password", {
    schema: {
      operationId: "resetPassword",
      tags,
      summary: "Set a new password by a mailed link",
      description: "Ends every sign-in of the account. The link is good once, for an hour.",
      body: resetBody,
      response: {
        200: dataAnswer("It is set.", doneSchema),
        ...failures({ ...busy, 400: "The link is not good any more, or the password will not do." }),
      },
    },
    config: publicAccess,
    onRequest,
    handler: async (request) => {
      const userId = await accounts.reset(requestContextOf(request, rules), request.body);
      if (request.body.revokeKeys) await keys.revokeAll(userId);
      return success({});
    },
  });
}

function verificationRoutes(app: App, accounts: Accounts, rules: RequestContextRules): void {
  const onRequest = refuseOtherSites(rules);
  app.post("/api/auth/send-verification-email", {
    schema: {
      operationId: "requestVerification",
      tags,
      summary: "Have the link mailed once more that confirms an address",
      description: sameEither,
      body: emailBody,
      response: { 200: dataAnswer("It is on its way.", doneSchema), ...failures(busy) },
    },
    config: publicAccess,
    onRequest,
    handler: async (request) => {
      await accounts.requestVerification(requestContextOf(request, rules), request.body.email);
      return success({});
    },
  });

  app.post("/api/auth/verify-email", {
    schema: {
      operationId: "verifyEmail",
      tags,
      summary: "Confirm an address by a mailed link",
      description: "The link is good for an hour. Confirming once more changes nothing.",
      body: verifyBody,
      response: {
        200: dataAnswer("It is confirmed.", doneSchema),
        ...failures({ ...busy, 400: "The link is not good any more." }),
      },
    },
    config: publicAccess,
    onRequest,
    handler: async (request) => {
      await accounts.verify(requestContextOf(request, rules), request.body.token);
      return success({});
    },
  });
}

/** Passes better-auth's cookies on to the browser. */
export function setCookies(reply: FastifyReply, cookies: readonly string[]): void {
  if (cookies.length > 0) reply.header("set-cookie", [...cookies]);
}

function userOf({ user: { id, email, name, role } }: SignInResult) {
  return { id, email, name, role: role === "admin" ? ("admin" as const) : ("user" as const) };
}
