/** Error codes of the protocol: every `error` event and every refused upgrade carries one. */

/** Class of an error, by the reference's names. */
type ErrorType = "invalid_request_error" | "authentication_error" | "rate_limit_error" | "server_error";

interface ErrorEntry {
  readonly type: ErrorType;
  /** Occasion on which it is sent, and to whom. */
  readonly when: string;
  /** HTTP status, where the code refuses the upgrade instead of travelling in an `error` event. */
  readonly status: number | undefined;
}

function entries(type: ErrorType) {
  return (when: string, status?: number): ErrorEntry => ({ type, when, status });
}

const invalid = entries("invalid_request_error");
const authentication = entries("authentication_error");
const tooMuch = entries("rate_limit_error");
const fault = entries("server_error");

/**
 * The closed list of codes. Where the reference has a well-known code that clients match on
 * (`response_cancel_not_active` and the like), ours is the same.
 */
export const errorCodes = {
  // The message could not be read.
  invalid_json: invalid("A text message is not JSON."),
  invalid_event: invalid("A text message is JSON, but not an object."),
  unknown_event_type: invalid("`type` names no client event of this protocol."),
  missing_field: invalid("A required field is absent."),
  unknown_field: invalid(
    "A field is not part of this event here. Hints and labels are, whether they are followed or not.",
  ),
  invalid_value: invalid("A field has the wrong type, is out of range, or is not one of its allowed values."),
  // The message was read, but cannot be followed.
  unsupported_value: invalid(
    "A field is well formed, but asks for something this server or this session cannot do.",
  ),
  extension_required: invalid(
    "A binary message, a `kuku.*` event or `session.kuku` without `kuku.v1` negotiated.",
  ),
  invalid_audio: invalid("Input audio is not base64, or not a whole number of samples."),
  item_create_invalid_item_id: invalid(
    "`conversation.item.create`: the item's id is taken, or `previous_item_id` names no item.",
  ),
  item_retrieve_invalid_item_id: invalid("`conversation.item.retrieve`: `item_id` names no item."),
  item_truncate_invalid_item_id: invalid(
    "`conversation.item.truncate`: `item_id` names no assistant message with audio.",
  ),
  item_delete_invalid_item_id: invalid("`conversation.item.delete`: `item_id` names no item."),
  item_correct_invalid_item_id: invalid(
    "`kuku.transcript.correct`: `item_id` names no spoken item of the user that has its transcript.",
  ),
  item_reference_invalid_item_id: invalid("`response.create`: an `item_reference` in `input` names no item."),
  invalid_tool_call_id: invalid(
    "A `function_call_output` names a `call_id` that no function call of the conversation has.",
  ),
  conversation_already_has_active_response: invalid(
    "`response.create` while a response to the conversation is under way.",
  ),
  response_cancel_not_active: invalid(
    "`response.cancel` while no response, or not the one named, is under way.",
  ),
  input_audio_buffer_commit_empty: invalid(
    "`input_audio_buffer.commit` with less than 100 ms of audio to commit. What there is stays in the buffer.",
  ),
  // Too much.
  input_audio_buffer_overflow: tooMuch(
    "Ten parts of a long turn wait for their transcripts: audio is dropped until one of them has come. Said once each time.",
  ),
  audio_dropped: tooMuch("The server could not keep up with the input audio and dropped some."),
  rate_limit_exceeded: tooMuch(
    "Messages came faster than the limit, and going on closes with 4004; or, as the answer to an upgrade, this address or user has asked or begun too much: come again after `Retry-After`.",
    429,
  ),
  quota_exceeded: tooMuch(
    "The day's quota of speech, tokens or cost is used up: an upgrade is refused, a session closes with 4007 once its reply has come to the end of a sentence.",
    429,
  ),
  audio_rate_exceeded: tooMuch(
    "Audio came faster than the allowed multiple of real time. Going on closes with 4004.",
  ),
  message_too_large: tooMuch(
    "A message is larger than the message limit, an event than the event limit, or an item or a session's instructions or tools than theirs; it is dropped. Beyond twice the message limit, or in too many pieces, the connection closes with 1009 or 1008 behind it.",
  ),
  too_many_bad_messages: tooMuch("The last `error` before the connection closes with 4003."),
  conversation_full: tooMuch(
    "The conversation holds as many items, or as many bytes of them, as a session or its user may have; the item was not taken.",
  ),
  storage_behind: tooMuch(
    "So much of the session, its user or the server waits to be stored that the item was not taken; the session goes on, and the item may be sent again later.",
  ),
  session_muted: invalid(
    "Whoever administers the server has muted the session: nothing more of its client is taken for now.",
  ),
  // The session's end.
  session_expired: invalid("The session reached its longest duration; the connection closes with 4001."),
  session_idle: invalid("Nothing came for the idle limit; the connection closes with 4002."),
  server_draining: fault(
    "The server is being stopped: new connections are refused, and open ones close with 1012.",
    503,
  ),
  overloaded: fault(
    "The server has no room: a new connection is refused, or an open one closes with 1013.",
    503,
  ),
  internal_error: fault("A fault of the server; the connection closes with 1011.", 500),
  // A provider failed: the response or the transcription ends, the session goes on.
  provider_unavailable: fault("An engine cannot be reached or is down."),
  provider_timeout: fault("An engine did not answer in time."),
  provider_rate_limited: fault("An engine refused because of its own rate limit."),
  provider_rejected: fault("An engine refused this request."),
  provider_malformed: fault("An engine answered with something that is no answer."),
  provider_unsupported: fault("An engine cannot do what was asked."),
  // The upgrade is refused: an HTTP answer, no WebSocket.
  not_found: invalid("The path is not an endpoint.", 404),
  upgrade_required: invalid(
    "The endpoint was asked for without a WebSocket upgrade, or with a broken one (then status 400).",
    426,
  ),
  invalid_query: invalid("A query parameter has no sensible value, or does not go with another.", 400),
  unsupported_subprotocol: invalid(
    "Sub-protocols were offered, but neither `kuku.v1` nor `realtime` among them.",
    400,
  ),
  model_not_found: invalid("`model` names no persona.", 404),
  session_not_found: invalid("`session_id` or `resume` names no session of this user that goes on.", 404),
  session_ended: invalid("`session_id` names a session that has ended.", 409),
  session_elsewhere: invalid(
    "Another node of this server holds the session at the moment; come again after `Retry-After`.",
    409,
  ),
  session_busy: tooMuch("As many messages as may wait for this session wait already.", 429),
  store_unavailable: fault("What is stored cannot be read just now.", 503),
  invalid_credentials: authentication("Credentials are absent, malformed, unknown, revoked or expired.", 401),
  insufficient_scope: authentication("The credentials are good, but not for this.", 403),
  origin_not_allowed: authentication("A browser page of this origin may not connect.", 403),
  authentication_timeout: authentication("Authentication was not finished within its deadline.", 408),
  too_many_sessions: tooMuch("This user has as many sessions at once as one may have.", 429),
};

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
