/** `/v1/chat/completions`, streamed. */
import type { ServerResponse } from "node:http";
import { type SeenRequest, type Staging, sendOutputs, sse } from "./request.ts";

export interface ChatAnswer extends Staging {
  /** A string comes word by word, a list delta by delta: each is the `content`, whatever it is. */
  readonly text?: string | readonly unknown[];
  /** Arguments come in two pieces, the calls' pieces one after another. */
  readonly toolCalls?: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  /** Comes in words behind the text, each with an empty `content`. */
  readonly refusal?: string;
  readonly finish?: string;
  /** Of its eleven prompt tokens, so many came from the cache; left out, it does not say. */
  readonly cachedTokens?: number;
}

/** Keeps to the asked-for number of tokens, a word each; sends usage where it was asked for. */
export function sendChat(request: SeenRequest, response: ServerResponse, answer: ChatAnswer): Promise<void> {
  const { text = "", toolCalls = [] } = answer;
  const words = typeof text === "string" ? (text.match(/\s*\S+|\s+$/g) ?? []) : text;
  const limit = Number(
    request.body.max_completion_tokens ?? request.body.max_tokens ?? Number.POSITIVE_INFINITY,
  );
  const given = words.slice(0, limit);
  const finish =
    answer.finish ?? (given.length < words.length ? "length" : toolCalls.length > 0 ? "tool_calls" : "stop");
  const [first = "", ...rest] = [
    ...given.map((content) => chunk({ content })),
    ...(answer.refusal?.match(/\s*\S+/g) ?? []).map((refusal) => chunk({ content: "", refusal })),
    ...toolCalls.flatMap(toolCallChunks),
    chunk({}, finish),
  ];
  // The empty chunk that opens an answer comes along with the first delta, so that outputs are what is heard of.
  const chunks = [chunk({ role: "assistant", content: "" }) + first, ...rest];
  const options = request.body.stream_options as { include_usage?: boolean } | undefined;
  const usage = {
    prompt_tokens: 11,
    completion_tokens: given.length,
    total_tokens: 11 + given.length,
    ...(answer.cachedTokens !== undefined && {
      prompt_tokens_details: { cached_tokens: answer.cachedTokens },
    }),
  };
  if (options?.include_usage) chunks.push(sse({ ...envelope, choices: [], usage }));
  return sendOutputs(response, answer, "text/event-stream", chunks, "data: [DONE]\n\n");
}

const envelope = { id: "chatcmpl_1", object: "chat.completion.chunk", created: 1, model: "fake" };

function chunk(delta: object, finish: string | null = null): string {
  return sse({ ...envelope, choices: [{ index: 0, delta, finish_reason: finish }] });
}

function toolCallChunks(
  call: NonNullable<ChatAnswer["toolCalls"]>[number],
  index: number,
): readonly string[] {
  if (typeof call.arguments !== "string")
    return [chunk({ tool_calls: [{ index, id: call.id, type: "function", function: call }] })];
  const half = Math.ceil(call.arguments.length / 2);
  const head = { index, id: call.id, type: "function", function: { name: call.name, arguments: "" } };
  const pieces = [call.arguments.slice(0, half), call.arguments.slice(half)];
  return [
    chunk({ tool_calls: [head] }),
    ...pieces.map((part) => chunk({ tool_calls: [{ index, function: { arguments: part } }] })),
  ];
}
