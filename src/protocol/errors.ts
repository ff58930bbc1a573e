/** Error codes of the protocol: every `error` event and every refused upgrade carries one. */

/** Class of an error, by the reference's names. */
type ErrorType = "invalid_request_error" | "authentication_error" | "rate_limit_error" | "server_error";

interface ErrorEntry {
  readonly type: ErrorType;
  /** Occasion on which it is sent, and to whom. */
  readonly when: string;
  /** HTTP status, where the code refuses the upgrade instead of travelling in an `error` event. */
  readonly status?: number;
}

/**
 * The closed list of codes. Where the reference has a well-known code that clients match on
 * (`response_cancel_not_active` and the like), ours is the same.
 */
export const errorCodes = {
  // The message could not be read.
  invalid_json: { type: "invalid_request_error", when: "A text message is not JSON." },
  invalid_event: {
    type: "invalid_request_error",
    when: "A text message is JSON, but not an object.",
  },
  unknown_event_type: {
    type: "invalid_request_error",
    when: "`type` names no client event of this protocol.",
  },
  missing_field: { type: "invalid_request_error", when: "A required field is absent." },
  unknown_field: {
    type: "invalid_request_error",
    when: "A field is not part of this event here. Hints and labels are, whether they are followed or not.",
  },
  invalid_value: {
    type: "invalid_request_error",
    when: "A field has the wrong type, is out of range, or is not one of its allowed values.",
  },
  // The message was read, but cannot be followed.
  unsupported_value: {
    type: "invalid_request_error",
    when: "A field is well formed, but asks for something this server or this session cannot do.",
  },
  extension_required: {
    type: "invalid_request_error",
    when: "A binary message, a `kuku.*` event or `session.kuku` without `kuku.v1` negotiated.",
  },
  invalid_audio: {
    type: "invalid_request_error",
    when: "Input audio is not base64, or not a whole number of samples.",
  },
  item_create_invalid_item_id: {
    type: "invalid_request_error",
    when: "`conversation.item.create`: the item's id is taken, or `previous_item_id` names no item.",
  },
  item_retrieve_invalid_item_id: {
    type: "invalid_request_error",
    when: "`conversation.item.retrieve`: `item_id` names no item.",
  },
  item_truncate_invalid_item_id: {
    type: "invalid_request_error",
    when: "`conversation.item.truncate`: `item_id` names no assistant message with audio.",
  },
  item_delete_invalid_item_id: {
    type: "invalid_request_error",
    when: "`conversation.item.delete`: `item_id` names no item.",
  },
  item_correct_invalid_item_id: {
    type: "invalid_request_error",
    when: "`kuku.transcript.correct`: `item_id` names no spoken item of the user that has its transcript.",
  },
  item_reference_invalid_item_id: {
    type: "invalid_request_error",
    when: "`response.create`: an `item_reference` in `input` names no item.",
  },
  invalid_tool_call_id: {
    type: "invalid_request_error",
    when: "A `function_call_output` names a `call_id` that no function call of the conversation has.",
  },
  conversation_already_has_active_response: {
    type: "invalid_request_error",
    when: "`response.create` while a response to the conversation is under way.",
  },
  response_cancel_not_active: {
    type: "invalid_request_error",
    when: "`response.cancel` while no response, or not the one named, is under way.",
  },
  input_audio_buffer_commit_empty: {
    type: "invalid_request_error",
    when: "`input_audio_buffer.commit` with less than 100 ms of audio to commit. What there is stays in the buffer.",
  },
  // Too much.
  input_audio_buffer_overflow: {
    type: "rate_limit_error",
    when: "Ten parts of a long turn wait for their transcripts: audio is dropped until one of them has come. Said once each time.",
  },
  audio_dropped: {
    type: "rate_limit_error",
    when: "The server could not keep up with the input audio and dropped some.",
  },
  rate_limit_exceeded: {
    type: "rate_limit_error",
    status: 429,
    when: "Messages came faster than the limit, and going on closes with 4004; or, as the answer to an upgrade, this address or user has asked or begun too much: come again after `Retry-After`.",
  },
  quota_exceeded: {
    type: "rate_limit_error",
    status: 429,
    when: "The day's quota of speech, tokens or cost is used up: an upgrade is refused, a session closes with 4007 once its reply has come to the end of a sentence.",
  },
  audio_rate_exceeded: {
    type: "rate_limit_error",
    when: "Audio came faster than the allowed multiple of real time. Going on closes with 4004.",
  },
  message_too_large: {
    type: "rate_limit_error",
    when: "A message is larger than the message limit, an event than the event limit, or an item or a session's instructions or tools than theirs; it is dropped. Beyond twice the message limit, or in too many pieces, the connection closes with 1009 or 1008 behind it.",
  },
  too_many_bad_messages: {
    type: "rate_limit_error",
    when: "The last `error` before the connection closes with 4003.",
  },
  conversation_full: {
    type: "rate_limit_error",
    when: "The conversation holds as many items, or as many bytes of them, as a session or its user may have; the item was not taken.",
  },
  storage_behind: {
    type: "rate_limit_error",
    when: "So much of the session, its user or the server waits to be stored that the item was not taken; the session goes on, and the item may be sent again later.",
  },
  session_muted: {
    type: "invalid_request_error",
    when: "Whoever administers the server has muted the session: nothing more of its client is taken for now.",
  },
  // The session's end.
  session_expired: {
    type: "invalid_request_error",
    when: "The session reached its longest duration; the connection closes with 4001.",
  },
  session_idle: {
    type: "invalid_request_error",
    when: "Nothing came for the idle limit; the connection closes with 4002.",
  },
  server_draining: {
    type: "server_error",
    status: 503,
    when: "The server is being stopped: new connections are refused, and open ones close with 1012.",
  },
  overloaded: {
    type: "server_error",
    status: 503,
    when: "The server has no room: a new connection is refused, or an open one closes with 1013.",
  },
  internal_error: {
    type: "server_error",
    status: 500,
    when: "A fault of the server; the connection closes with 1011.",
  },
  // A provider failed: the response or the transcription ends, the session goes on.
  provider_unavailable: { type: "server_error", when: "An engine cannot be reached or is down." },
  provider_timeout: { type: "server_error", when: "An engine did not answer in time." },
  provider_rate_limited: { type: "server_error", when: "An engine refused because of its own rate limit." },
  provider_rejected: { type: "server_error", when: "An engine refused this request." },
  provider_malformed: { type: "server_error", when: "An engine answered with something that is no answer." },
  provider_unsupported: { type: "server_error", when: "An engine cannot do what was asked." },
  // The upgrade is refused: an HTTP answer, no WebSocket.
  not_found: { type: "invalid_request_error", status: 404, when: "The path is not an endpoint." },
  upgrade_required: {
    type: "invalid_request_error",
    status: 426,
    when: "The endpoint was asked for without a WebSocket upgrade, or with a broken one (then status 400).",
  },
  invalid_query: {
    type: "invalid_request_error",
    status: 400,
    when: "A query parameter has no sensible value, or does not go with another.",
  },
  unsupported_subprotocol: {
    type: "invalid_request_error",
    status: 400,
    when: "Sub-protocols were offered, but neither `kuku.v1` nor `realtime` among them.",
  },
  model_not_found: { type: "invalid_request_error", status: 404, when: "`model` names no persona." },
  session_not_found: {
    type: "invalid_request_error",
    status: 404,
    when: "`session_id` or `resume` names no session of this user that goes on.",
  },
  session_ended: {
    type: "invalid_request_error",
    status: 409,
    when: "`session_id` names a session that has ended.",
  },
  session_elsewhere: {
    type: "invalid_request_error",
    status: 409,
    when: "Another node of this server holds the session at the moment; come again after `Retry-After`.",
  },
  session_busy: {
    type: "rate_limit_error",
    status: 429,
    when: "As many messages as may wait for this session wait already.",
  },
  store_unavailable: {
    type: "server_error",
    status: 503,
    when: "What is stored cannot be read just now.",
  },
  invalid_credentials: {
    type: "authentication_error",
    status: 401,
    when: "Credentials are absent, malformed, unknown, revoked or expired.",
  },
  insufficient_scope: {
    type: "authentication_error",
    status: 403,
    when: "The credentials are good, but not for this.",
  },
  origin_not_allowed: {
    type: "authentication_error",
    status: 403,
    when: "A browser page of this origin may not connect.",
  },
  authentication_timeout: {
    type: "authentication_error",
    status: 408,
    when: "Authentication was not finished within its deadline.",
  },
  too_many_sessions: {
    type: "rate_limit_error",
    status: 429,
    when: "This user has as many sessions at once as one may have.",
  },
} as const satisfies Record<string, ErrorEntry>;

/** A stable, programmable reason. Messages may be reworded; codes are not. */
export type ErrorCode = keyof typeof errorCodes;

/** Body of an `error` event; assignable to the reference's `RealtimeError`. */
export interface ProtocolError {
  readonly type: ErrorType;
  readonly code: ErrorCode;
  /** One sentence for people. Never a vendor's text, never a stack. */
  readonly message: string;
  /** Path of the field at fault, such as `session.audio.input.format.rate` or `item.content[0].text`; null where there is none. */
  readonly param: string | null;
  /** The client's own `event_id` of the event at fault, where it gave one. */
  readonly event_id: string | null;
}

/** Builds the body of an `error` event; its type follows from the code. */
export function protocolError(
  code: ErrorCode,
  message: string,
  where: { readonly param?: string | undefined; readonly eventId?: string | undefined } = {},
): ProtocolError {
  return {
    type: errorCodes[code].type,
    code,
    message,
    param: where.param ?? null,
    event_id: where.eventId ?? null,
  };
}
