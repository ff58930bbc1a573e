/** `/v1/audio/transcriptions`: whole as JSON, or streamed. */
import type { ServerResponse } from "node:http";
import { type SeenRequest, type Staging, sendOutputs, sse } from "./request.ts";

export interface TranscriptionAnswer extends Staging {
  readonly text: string;
  /**
   * What becomes of `stream: true`: `deltas` streams (default); `refused` answers 400; `ignored` answers whole as
   * JSON; `plain` streams bare text, as some servers do.
   */
  readonly streams?: "deltas" | "refused" | "ignored" | "plain";
  /** Given for `verbose_json`, in seconds. */
  /** Given for `verbose_json`. */
  readonly segments?: readonly object[];
  readonly logprobs?: readonly object[];
  readonly words?: readonly { readonly word: string; readonly start: number; readonly end: number }[];
}

export function sendTranscription(
  request: SeenRequest,
  response: ServerResponse,
  answer: TranscriptionAnswer,
): Promise<void> {
  const { text, streams = "deltas", words = [], segments, logprobs } = answer;
  const asked = request.body.stream === "true";
  if (asked && streams === "refused") {
    const error = { message: "stream is not supported by this model", param: "stream" };
    return sendOutputs(response, { ...answer, status: 400, error }, "", []);
  }
  const pieces = text.match(/\s*\S+/g) ?? [];
  if (asked && streams === "plain")
    return sendOutputs(
      response,
      answer,
      "text/event-stream",
      pieces.map((piece) => `data: ${piece}\n\n`),
    );
  if (asked && streams === "deltas") {
    const events = pieces.map((delta) => sse({ type: "transcript.text.delta", delta }));
    const usage = {
      type: "tokens",
      input_tokens: 30,
      output_tokens: pieces.length,
      total_tokens: 30 + pieces.length,
    };
    events.push(sse({ type: "transcript.text.done", text, usage, logprobs }));
    return sendOutputs(response, answer, "text/event-stream", events);
  }
  const verbose = request.body.response_format === "verbose_json";
  const body = verbose ? { text, duration: 1, language: "english", words, segments } : { text, logprobs };
  return sendOutputs(response, answer, "application/json", [JSON.stringify(body)]);
}
