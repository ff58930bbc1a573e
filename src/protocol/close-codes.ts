/** WebSocket close codes: all that this server sends or a client of it may see. */

/**
 * The closed list. 1000–1013 are those of RFC 6455 and the IANA registry; 4000–4999 are this server's own.
 * `retry` is the advice to a client: `no` (the same again would end the same), `now`, or `later` (wait first).
 */
export const closeCodes = {
  normal: { code: 1000, retry: "no", when: "The session ended as it should, or the client closed it." },
  goingAway: { code: 1001, retry: "no", when: "Sent by clients only: the page was closed or left." },
  protocolError: { code: 1002, retry: "no", when: "The WebSocket framing itself was broken." },
  unsupportedData: {
    code: 1003,
    retry: "no",
    when: "Binary messages kept coming without `kuku.v1`; each was answered with an `error`.",
  },
  invalidText: { code: 1007, retry: "no", when: "A text message was not UTF-8." },
  policyViolation: {
    code: 1008,
    retry: "no",
    when: "The credentials stopped being valid (a key was revoked, an account closed), or an administrator ended the session; or a message came in too many pieces, after an `error` that said so.",
  },
  messageTooBig: { code: 1009, retry: "no", when: "A message was larger than twice the message limit." },
  internalError: {
    code: 1011,
    retry: "now",
    when: "A fault of the server ended this session; others go on.",
  },
  serviceRestart: { code: 1012, retry: "later", when: "The server is being stopped or restarted." },
  tryAgainLater: {
    code: 1013,
    retry: "later",
    when: "The server is overloaded: this session fell too far behind to go on, or its large message had to make room.",
  },
  sessionExpired: { code: 4001, retry: "now", when: "The session reached its longest allowed duration." },
  idleTimeout: {
    code: 4002,
    retry: "now",
    when: "No event and no speech came for the idle limit, in push to talk no audio.",
  },
  tooManyBadMessages: {
    code: 4003,
    retry: "no",
    when: "Too many messages could not be understood; each was answered with an `error` before.",
  },
  rateExceeded: {
    code: 4004,
    retry: "later",
    when: "Messages or audio kept coming faster than the limits, after an `error` that said so.",
  },
  slowConsumer: {
    code: 4005,
    retry: "now",
    when: "The client did not read what was sent to it within the deadline.",
  },
  resumedElsewhere: {
    code: 4006,
    retry: "no",
    when: "Another connection took over this session.",
  },
  quotaExceeded: {
    code: 4007,
    retry: "no",
    when: "The day's quota is used up; the reply under way came to the end of a sentence, and all was stored.",
  },
  authenticationTimeout: {
    code: 4008,
    retry: "now",
    when: "Authentication was not finished within its deadline. Reserved: today it is refused with HTTP 408, before the upgrade.",
  },
} as const satisfies Record<string, CloseCodeEntry>;

interface CloseCodeEntry {
  readonly code: number;
  readonly retry: "no" | "now" | "later";
  readonly when: string;
}

/** The name of a close code, as used in the code and in PROTOCOL.md. */
export type CloseCodeName = keyof typeof closeCodes;

/** A number that may stand in a close frame. */
export type CloseCode = (typeof closeCodes)[CloseCodeName]["code"];
