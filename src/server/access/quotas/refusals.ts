/** The errors of exceeded limits. Their texts tell nothing about other users. */
import type { QuotaName } from "../../../session/meter.ts";
import { HttpError, protocolError } from "../../net/http-error.ts";

/** Suggested wait for a session slot, which may become free at any time, s. */
const placeSeconds = 15;

export function tooOften(retryAfter: number): HttpError {
  return protocolError("rate_limit_exceeded", "Too many requests; come again later.", { retryAfter });
}

export function tooManyFailures(retryAfter: number): HttpError {
  return protocolError("rate_limit_exceeded", "Too many attempts that were wrong; come again later.", {
    retryAfter,
  });
}

export function tooManyBegun(retryAfter: number): HttpError {
  return protocolError("rate_limit_exceeded", "Too many sessions were begun; come again later.", {
    retryAfter,
  });
}

export function tooManyAtOnce(): HttpError {
  return protocolError("too_many_sessions", "There are as many sessions at once as there may be.", {
    retryAfter: placeSeconds,
  });
}

/** Suggested wait for an upload to end, s. */
const uploadSeconds = 2;

export function tooManyUploads(): HttpError {
  const message =
    "As many recordings of yours are being received as may be at once; send this one after them.";
  return new HttpError(429, "TOO_MANY_UPLOADS", message, { retryAfter: uploadSeconds });
}

export function uploadsFull(): HttpError {
  return protocolError("overloaded", "Too many recordings are being received at the moment.", {
    retryAfter: uploadSeconds,
  });
}

const quotaTexts: Readonly<Record<QuotaName, string>> = {
  audio: "The day's quota of speech is used up.",
  tokens: "The day's quota of tokens is used up.",
  cost: "The day's quota of cost is used up.",
};

export function usedUp(quota: QuotaName, retryAfter: number): HttpError {
  return protocolError("quota_exceeded", quotaTexts[quota], { retryAfter });
}
