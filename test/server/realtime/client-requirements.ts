/**
 * What the clients in use require of each event, taken from their handlers, not from their types: fields that they read
 * unguarded or validate. Each client names the public repository and the file.
 */

/** What must stand at a path; `present`: the field is there, whatever it is, null included. */
export type Kind = "string" | "int" | "number" | "list" | "object" | "json" | "present";

interface Requirement {
  /** An event's type. */
  readonly event: string;
  /** Holds for events in which this path has this value; absent: for all. */
  readonly when?: readonly [path: string, value: string];
  /** `path kind`; `name[]` means each entry of the list. */
  readonly fields: readonly string[];
}

export interface ClientRequirements {
  readonly client: string;
  /** Repository and file. */
  readonly source: string;
  /** Fails at an event of any other type. */
  readonly knowsOnly?: readonly string[];
  readonly requires: readonly Requirement[];
}

const inPart = ["response_id string", "item_id string", "output_index int", "content_index int"];
const inCall = ["response_id string", "item_id string", "output_index int", "call_id string"];
const everyEvent = ["event_id string", "type string"];

/** Pydantic models without defaults, and what the handlers read of them. */
const pipecat: ClientRequirements = {
  client: "Pipecat",
  source:
    "pipecat-ai/pipecat: src/pipecat/services/openai/realtime/events.py (parse_server_event), src/pipecat/services/openai/realtime/llm.py",
  knowsOnly: [
    "error",
    "session.created",
    "session.updated",
    "conversation.created",
    "input_audio_buffer.committed",
    "input_audio_buffer.cleared",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "conversation.item.added",
    "conversation.item.done",
    "conversation.item.input_audio_transcription.delta",
    "conversation.item.input_audio_transcription.completed",
    "conversation.item.input_audio_transcription.failed",
    "conversation.item.truncated",
    "conversation.item.deleted",
    "conversation.item.retrieved",
    "response.created",
    "response.done",
    "response.output_item.added",
    "response.output_item.done",
    "response.content_part.added",
    "response.content_part.done",
    "response.output_text.delta",
    "response.output_text.done",
    "response.output_audio_transcript.delta",
    "response.output_audio_transcript.done",
    "response.output_audio.delta",
    "response.output_audio.done",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "rate_limits.updated",
  ],
  requires: [
    { event: "session.created", fields: [...everyEvent, "session object"] },
    { event: "session.updated", fields: [...everyEvent, "session object"] },
    {
      event: "error",
      fields: [...everyEvent, "error.type string", "error.code string", "error.message string"],
    },
    {
      event: "input_audio_buffer.speech_started",
      fields: [...everyEvent, "audio_start_ms int", "item_id string"],
    },
    {
      event: "input_audio_buffer.speech_stopped",
      fields: [...everyEvent, "audio_end_ms int", "item_id string"],
    },
    { event: "input_audio_buffer.committed", fields: [...everyEvent, "item_id string"] },
    { event: "input_audio_buffer.cleared", fields: everyEvent },
    { event: "conversation.item.added", fields: [...everyEvent, "item.id string", "item.type string"] },
    { event: "conversation.item.done", fields: [...everyEvent, "item.id string", "item.type string"] },
    { event: "conversation.item.retrieved", fields: [...everyEvent, "item.id string", "item.type string"] },
    { event: "conversation.item.deleted", fields: [...everyEvent, "item_id string"] },
    {
      event: "conversation.item.truncated",
      fields: [...everyEvent, "item_id string", "content_index int", "audio_end_ms int"],
    },
    {
      event: "conversation.item.input_audio_transcription.delta",
      fields: [...everyEvent, "item_id string", "content_index int", "delta string"],
    },
    {
      event: "conversation.item.input_audio_transcription.completed",
      fields: [...everyEvent, "item_id string", "content_index int", "transcript string"],
    },
    {
      event: "conversation.item.input_audio_transcription.failed",
      fields: [
        ...everyEvent,
        "item_id string",
        "content_index int",
        "error.type string",
        "error.message string",
      ],
    },
    {
      event: "response.created",
      fields: [
        ...everyEvent,
        "response.id string",
        "response.object string",
        "response.status string",
        "response.status_details present",
        "response.output list",
      ],
    },
    {
      event: "response.done",
      fields: [
        ...everyEvent,
        "response.id string",
        "response.object string",
        "response.status string",
        "response.status_details present",
        "response.output list",
        "response.output[].id string",
        "response.output[].type string",
        "response.usage.total_tokens int",
        "response.usage.input_tokens int",
        "response.usage.output_tokens int",
        "response.usage.input_token_details object",
        "response.usage.output_token_details object",
      ],
    },
    {
      event: "response.done",
      when: ["response.status", "failed"],
      fields: ["response.status_details.error.message string"],
    },
    {
      event: "response.output_item.added",
      fields: ["response_id string", "output_index int", "item.type string"],
    },
    {
      event: "response.output_item.done",
      fields: ["response_id string", "output_index int", "item.type string"],
    },
    { event: "response.content_part.added", fields: [...inPart, "part.type string"] },
    { event: "response.content_part.done", fields: [...inPart, "part.type string"] },
    { event: "response.output_text.delta", fields: [...inPart, "delta string"] },
    { event: "response.output_text.done", fields: [...inPart, "text string"] },
    { event: "response.output_audio_transcript.delta", fields: [...inPart, "delta string"] },
    { event: "response.output_audio_transcript.done", fields: [...inPart, "transcript string"] },
    { event: "response.output_audio.delta", fields: [...inPart, "delta string"] },
    { event: "response.output_audio.done", fields: inPart },
    { event: "response.function_call_arguments.delta", fields: [...inCall, "delta string"] },
    { event: "response.function_call_arguments.done", fields: [...inCall, "arguments json"] },
    {
      event: "conversation.item.added",
      when: ["item.type", "function_call"],
      fields: ["item.call_id string", "item.name string"],
    },
  ],
};

/** Assertions and unguarded reads of the handlers. */
const liveKit: ClientRequirements = {
  client: "LiveKit Agents",
  source:
    "livekit/agents: livekit-plugins/livekit-plugins-openai/livekit/plugins/openai/realtime/realtime_model.py and utils.py; livekit/agents-js: plugins/openai/src/realtime/realtime_model.ts",
  requires: [
    { event: "response.created", fields: ["response.id string", "response.metadata present"] },
    {
      event: "response.output_item.added",
      fields: ["response_id string", "item.id string", "item.type string"],
    },
    { event: "response.content_part.added", fields: ["item_id string", "part.type string"] },
    { event: "conversation.item.added", fields: ["item.id string", "previous_item_id present"] },
    {
      event: "conversation.item.added",
      when: ["item.type", "message"],
      fields: ["item.role string", "item.content list"],
    },
    {
      event: "conversation.item.added",
      when: ["item.type", "function_call"],
      fields: ["item.call_id string", "item.name string", "item.arguments string"],
    },
    {
      event: "conversation.item.added",
      when: ["item.type", "function_call_output"],
      fields: ["item.call_id string", "item.output string"],
    },
    { event: "conversation.item.deleted", fields: ["item_id string"] },
    {
      event: "conversation.item.input_audio_transcription.completed",
      fields: ["item_id string", "transcript string"],
    },
    {
      event: "conversation.item.input_audio_transcription.failed",
      fields: ["item_id string", "error.message string"],
    },
    { event: "response.output_text.delta", fields: ["item_id string", "delta string"] },
    { event: "response.output_audio_transcript.delta", fields: ["item_id string", "delta string"] },
    { event: "response.output_audio_transcript.done", fields: ["item_id string", "transcript string"] },
    { event: "response.output_audio.delta", fields: ["item_id string", "delta string"] },
    { event: "response.output_item.done", fields: ["item.id string", "item.type string"] },
    {
      event: "response.output_item.done",
      when: ["item.type", "function_call"],
      fields: ["item.call_id string", "item.name string", "item.arguments json"],
    },
    {
      event: "response.done",
      fields: [
        "response.id string",
        "response.status string",
        "response.usage.input_token_details.cached_tokens int",
        "response.usage.input_token_details.text_tokens int",
        "response.usage.input_token_details.audio_tokens int",
        "response.usage.input_token_details.cached_tokens_details.text_tokens int",
        "response.usage.input_token_details.cached_tokens_details.audio_tokens int",
        "response.usage.input_token_details.cached_tokens_details.image_tokens int",
        "response.usage.output_token_details.text_tokens int",
        "response.usage.output_token_details.audio_tokens int",
      ],
    },
    {
      event: "response.done",
      when: ["response.status", "failed"],
      fields: ["response.status_details.type string", "response.status_details.error.type string"],
    },
    { event: "error", fields: ["error.message string"] },
  ],
};

/** An event that its schema does not take is passed over as an unknown one, and whatever hangs on it is lost. */
const agentsSdk: ClientRequirements = {
  client: "Agents SDK (JavaScript)",
  source:
    "openai/openai-agents-js: packages/agents-realtime/src/openaiRealtimeEvents.ts, openaiRealtimeBase.ts and items.ts",
  requires: [
    {
      event: "conversation.item.added",
      fields: [...everyEvent, "item.id string", "previous_item_id present"],
    },
    {
      event: "conversation.item.done",
      fields: [...everyEvent, "item.id string", "previous_item_id present"],
    },
    {
      event: "conversation.item.added",
      when: ["item.role", "user"],
      fields: ["item.status string", "item.content list", "item.content[].type string"],
    },
    {
      event: "conversation.item.retrieved",
      when: ["item.content.0.type", "input_audio"],
      fields: [...everyEvent, "item.status string", "item.content[].transcript string"],
    },
    { event: "conversation.item.deleted", fields: [...everyEvent, "item_id string"] },
    { event: "input_audio_buffer.committed", fields: [...everyEvent, "item_id string"] },
    {
      event: "input_audio_buffer.speech_started",
      fields: [...everyEvent, "item_id string", "audio_start_ms number"],
    },
    { event: "response.created", fields: [...everyEvent, "response object"] },
    {
      event: "response.done",
      fields: [
        ...everyEvent,
        "response.usage.input_tokens number",
        "response.usage.output_tokens number",
        "response.usage.input_token_details object",
        "response.usage.output_token_details object",
      ],
    },
    { event: "response.output_audio.delta", fields: [...everyEvent, ...inPart, "delta string"] },
    { event: "response.output_audio.done", fields: [...everyEvent, ...inPart] },
    { event: "response.output_audio_transcript.delta", fields: [...everyEvent, ...inPart, "delta string"] },
    { event: "response.output_text.delta", fields: [...everyEvent, ...inPart, "delta string"] },
    {
      event: "response.function_call_arguments.done",
      fields: [...everyEvent, ...inCall, "arguments string"],
    },
    {
      event: "response.output_item.done",
      when: ["item.type", "function_call"],
      fields: [
        ...everyEvent,
        "item.id string",
        "item.status string",
        "item.call_id string",
        "item.name string",
        "item.arguments string",
      ],
    },
  ],
};

/** `TypeAdapter(…).validate_python` over the vendor's models; then the handlers. */
const agentsPython: ClientRequirements = {
  client: "Agents SDK (Python) and the vendor's library",
  source:
    "openai/openai-agents-python: src/agents/realtime/openai_realtime.py; openai/openai-python: src/openai/types/realtime/*; openai/openai-node: src/resources/realtime/realtime.ts",
  requires: [
    {
      event: "session.created",
      fields: [...everyEvent, "session.type string", "session.audio.output.format.type string"],
    },
    {
      event: "session.updated",
      fields: [...everyEvent, "session.type string", "session.audio.input.turn_detection present"],
    },
    { event: "error", fields: [...everyEvent, "error.message string", "error.type string"] },
    {
      event: "conversation.item.input_audio_transcription.completed",
      fields: [
        ...everyEvent,
        "item_id string",
        "content_index int",
        "transcript string",
        "usage.type string",
      ],
    },
    {
      event: "conversation.item.truncated",
      fields: [...everyEvent, "item_id string", "audio_end_ms int", "content_index int"],
    },
    { event: "response.output_audio.delta", fields: [...everyEvent, ...inPart, "delta string"] },
    { event: "response.output_audio.done", fields: [...everyEvent, ...inPart] },
    {
      event: "response.output_item.added",
      fields: [...everyEvent, "response_id string", "output_index int", "item.type string"],
    },
    {
      event: "response.function_call_arguments.done",
      fields: [...everyEvent, ...inCall, "name string", "arguments string"],
    },
    { event: "response.done", fields: [...everyEvent, "response object"] },
  ],
};

/** A telephony vendor's sample: audio passed through, truncation by the item's id, calls by name. */
const twilio: ClientRequirements = {
  client: "Twilio's sample",
  source: "twilio-samples/speech-assistant-openai-realtime-api-python: main.py",
  requires: [
    { event: "response.output_audio.delta", fields: ["delta string", "item_id string"] },
    { event: "response.function_call_arguments.delta", fields: ["call_id string", "delta string"] },
    { event: "response.function_call_arguments.done", fields: ["call_id string", "name string"] },
    { event: "input_audio_buffer.speech_started", fields: ["type string"] },
    { event: "response.done", fields: ["type string"] },
  ],
};

export const clientRequirements: readonly ClientRequirements[] = [
  pipecat,
  liveKit,
  agentsSdk,
  agentsPython,
  twilio,
];
