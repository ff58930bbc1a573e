/** Translates better-auth's errors into this server's own. */
import { APIError } from "better-auth/api";
import { askedThrough } from "../../../store/queries/account-database.ts";
import { StoreError } from "../../../store/store.ts";
import { HttpError } from "../../net/http-error.ts";

/** Answers by better-auth's codes; each status and code is part of the API. */
const answers: Readonly<Record<string, readonly [status: number, code: string, message: string]>> = {
  INVALID_EMAIL_OR_PASSWORD: [401, "INVALID_CREDENTIALS", "The e-mail address or the password is wrong."],
  EMAIL_NOT_VERIFIED: [403, "EMAIL_NOT_VERIFIED", "The e-mail address is not confirmed yet."],
  ACCOUNT_BLOCKED: [403, "ACCOUNT_BLOCKED", "This account is blocked."],
  INVALID_PASSWORD: [403, "WRONG_PASSWORD", "The password is wrong."],
  CREDENTIAL_ACCOUNT_NOT_FOUND: [403, "WRONG_PASSWORD", "The password is wrong."],
  INVALID_TOKEN: [400, "INVALID_LINK", "This link is not good any more. Ask for a new one."],
  TOKEN_EXPIRED: [400, "INVALID_LINK", "This link is not good any more. Ask for a new one."],
  USER_NOT_FOUND: [400, "INVALID_LINK", "This link is not good any more. Ask for a new one."],
  USER_ALREADY_EXISTS: [409, "ACCOUNT_EXISTS", "There is an account for this address."],
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: [409, "ACCOUNT_EXISTS", "There is an account for this address."],
  EMAIL_PASSWORD_SIGN_UP_DISABLED: [
    403,
    "SIGN_UP_CLOSED",
    "Accounts are made by this server's administrator.",
  ],
  PASSWORD_TOO_SHORT: [400, "INVALID_PASSWORD", "The password is too short."],
  PASSWORD_TOO_LONG: [400, "INVALID_PASSWORD", "The password is too long."],
  INVALID_EMAIL: [400, "INVALID_EMAIL", "This is not an e-mail address."],
  UNAUTHORIZED: [401, "INVALID_CREDENTIALS", "You are not signed in any more."],
};

/**
 * Calls better-auth.
 * @throws HttpError for what better-auth refuses, StoreError when the database cannot be reached
 */
export function callAuth<T>(call: () => Promise<T>): Promise<T> {
  return askedThrough(async () => {
    try {
      return await call();
    } catch (error) {
      throw translate(error);
    }
  });
}

function translate(error: unknown): unknown {
  if (!(error instanceof APIError)) return error;
  const code = error.body?.code ?? "";
  const known = Object.hasOwn(answers, code) ? answers[code] : undefined;
  if (known) return new HttpError(...known);
  // better-auth does not say why: the database was away between two statements, or another request took the address.
  if (code === "FAILED_TO_CREATE_USER") return new StoreError("the account cannot be made");
  return error;
}
