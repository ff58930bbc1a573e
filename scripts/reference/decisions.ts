/**
 * Why parts of the reference are refused, not followed or not sent. Keys are names of the package's types, `Type` or
 * `Type.field`; what a field holds has its reason unless it has one of its own. What our schemas have needs none.
 */
import type { Decisions, Direction } from "./coverage.ts";

const mcp = "MCP servers are not called from here; offer functions.";
const images = "Nothing here looks at images.";
const hint = "A hint; nothing here follows it, and the log names it.";
const notFollowed = "Not followed, so not told.";
const noReplies = {
  status: "accepted",
  why: "A transcription session has no replies; the log names it.",
} as const;
const ofReplies = "A transcription session has no replies.";
const logprobs = "Told with the whole transcript.";
const include = {
  status: "supported",
  why: "Where the transcriber tells log probabilities; else a hint, and they are absent.",
} as const;
const deltas = "Audio comes as deltas alone.";
const storedPrompts = {
  status: "refused",
  why: "`unsupported_value`: there are no stored prompts here; send `instructions`.",
} as const;

const client: Decisions = {
  // What is in items, tools and tool choices.
  "RealtimeConversationItemUserMessage.Content.detail": images,
  "RealtimeConversationItemUserMessage.Content.image_url": images,
  RealtimeMcpApprovalRequest: mcp,
  RealtimeMcpApprovalResponse: mcp,
  RealtimeMcpListTools: mcp,
  RealtimeMcpToolCall: mcp,
  ToolChoiceMcp: mcp,
  RealtimeResponseCreateMcpTool: mcp,
  "RealtimeResponseCreateParamsWithReferencesParam.McpTool": mcp,
  "RealtimeToolsConfigUnion.Mcp": mcp,
  // Responses.
  "RealtimeResponseCreateParams.prompt": storedPrompts,
  "RealtimeResponseCreateParams.reasoning": hint,
  "RealtimeResponseCreateParamsWithReferencesParam.prompt": storedPrompts,
  "RealtimeResponseCreateParamsWithReferencesParam.reasoning": hint,
  // Sessions.
  "RealtimeSessionCreateRequest.include": include,
  "RealtimeSessionCreateRequest.model": {
    status: "supported",
    why: "The session's own, or a name that begins with `gpt-`; a persona is chosen when connecting.",
  },
  "RealtimeSessionCreateRequest.prompt": storedPrompts,
  "RealtimeSessionCreateRequest.reasoning": hint,
  "RealtimeSessionCreateRequest.tracing": "There is no tracing dashboard; the operator has OpenTelemetry.",
  "RealtimeSessionCreateRequest.truncation": "Always `auto`.",
  "RealtimeAudioConfigInput.noise_reduction":
    "Audio is heard as it comes; turn detection adapts to the noise.",
  "AudioTranscription.delay": hint,
  "AudioTranscription.model": {
    status: "supported",
    why: "Any name; the session answers with that of the engine in use.",
  },
  "RealtimeTranscriptionSessionCreateRequest.include": include,
  "RealtimeTranscriptionSessionAudioInput.noise_reduction":
    "Audio is heard as it comes; turn detection adapts to the noise.",
  "RealtimeTranscriptionSessionAudioInputTurnDetection.ServerVad.create_response": noReplies,
  "RealtimeTranscriptionSessionAudioInputTurnDetection.ServerVad.interrupt_response": noReplies,
  "RealtimeTranscriptionSessionAudioInputTurnDetection.ServerVad.idle_timeout_ms": noReplies,
  "RealtimeTranscriptionSessionAudioInputTurnDetection.SemanticVad.create_response": noReplies,
  "RealtimeTranscriptionSessionAudioInputTurnDetection.SemanticVad.interrupt_response": noReplies,
  "TranscriptionSessionUpdate.Session.include": include,
  "TranscriptionSessionUpdate.Session.input_audio_noise_reduction":
    "Audio is heard as it comes; turn detection adapts to the noise.",
};

const server: Decisions = {
  // Events.
  ConversationCreatedEvent: "The one conversation is there from `session.created` on.",
  ConversationItemInputAudioTranscriptionSegment: "Nobody tells speakers apart here: a session has one.",
  InputAudioBufferDtmfEventReceivedEvent: "Telephone keys come by SIP, which is not spoken here.",
  McpListToolsCompleted: mcp,
  McpListToolsFailed: mcp,
  McpListToolsInProgress: mcp,
  ResponseMcpCallArgumentsDelta: mcp,
  ResponseMcpCallArgumentsDone: mcp,
  ResponseMcpCallCompleted: mcp,
  ResponseMcpCallFailed: mcp,
  ResponseMcpCallInProgress: mcp,
  "TranscriptionSessionUpdatedEvent.Session.client_secret": "The socket has its credentials already.",
  "TranscriptionSessionUpdatedEvent.Session.modalities": ofReplies,
  // Items.
  "RealtimeConversationItemUserMessage.Content.detail": images,
  "RealtimeConversationItemUserMessage.Content.image_url": images,
  RealtimeMcpApprovalRequest: mcp,
  RealtimeMcpApprovalResponse: mcp,
  RealtimeMcpListTools: mcp,
  RealtimeMcpToolCall: mcp,
  // Transcripts.
  "ConversationItemInputAudioTranscriptionCompletedEvent.TranscriptTextUsageTokens":
    "Transcription is counted by the length of the audio.",
  "ConversationItemInputAudioTranscriptionCompletedEvent.languages":
    "No engine here tells the languages it found.",
  "ConversationItemInputAudioTranscriptionDeltaEvent.logprobs": logprobs,
  // Responses.
  "ResponseContentPartAddedEvent.Part.audio": deltas,
  "ResponseContentPartDoneEvent.Part.audio": deltas,
  // Sessions.
  "RealtimeAudioConfigInput.noise_reduction": notFollowed,
  "RealtimeAudioConfigOutput.ID": "The session tells the voice by its name.",
  "RealtimeSessionCreateRequest.prompt": storedPrompts.why,
  "RealtimeSessionCreateRequest.reasoning": notFollowed,
  "RealtimeSessionCreateRequest.tracing": notFollowed,
  ToolChoiceMcp: mcp,
  "RealtimeToolsConfigUnion.Mcp": mcp,
  RealtimeTruncationRetentionRatio: "`truncation` is `auto`, always.",
  "RealtimeTranscriptionSessionAudioInput.noise_reduction": notFollowed,
  "RealtimeTranscriptionSessionAudioInputTurnDetection.ServerVad.create_response": ofReplies,
  "RealtimeTranscriptionSessionAudioInputTurnDetection.ServerVad.interrupt_response": ofReplies,
  "RealtimeTranscriptionSessionAudioInputTurnDetection.ServerVad.idle_timeout_ms": ofReplies,
  "RealtimeTranscriptionSessionAudioInputTurnDetection.SemanticVad.create_response": ofReplies,
  "RealtimeTranscriptionSessionAudioInputTurnDetection.SemanticVad.interrupt_response": ofReplies,
  // Client secrets.
  "RealtimeSessionCreateResponse.id": {
    status: "sent",
    why: "Names the settings: each session has an id of its own.",
  },
  "RealtimeSessionCreateResponse.expires_at": "The session is made when the client connects.",
  "RealtimeSessionCreateResponse.Audio.Input.noise_reduction": notFollowed,
  "RealtimeSessionCreateResponse.prompt": storedPrompts.why,
  "RealtimeSessionCreateResponse.reasoning": notFollowed,
  "RealtimeSessionCreateResponse.tracing": notFollowed,
  "RealtimeSessionCreateResponse.McpTool": mcp,
  "RealtimeTranscriptionSessionCreateResponse.expires_at": "The session is made when the client connects.",
  "RealtimeTranscriptionSessionCreateResponse.Audio.Input.noise_reduction": notFollowed,
};

/** The reasons, by who sends. */
export const decisions: Readonly<Record<Direction, Decisions>> = { client, server };
