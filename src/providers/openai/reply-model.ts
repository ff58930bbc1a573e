/** The mind at an OpenAI-compatible server: chat completions, token by token. */
import type { OpenAI } from "openai";
import type { ChatCompletionChunk } from "openai/resources/chat/completions";
import { StageError, type StageErrorKind } from "../../lib/errors.ts";
import { newId } from "../../lib/ids.ts";
import type { Prompt, ReplyDelta, ReplyModel, ReplyOptions, Usage } from "../../pipeline/ports.ts";
import { refusedField, UpstreamFailure } from "./failure.ts";
import { chatMessages, chatTools } from "./messages.ts";
import { thinkingFilter } from "./thinking.ts";
import { type Upstream, VENDOR_URL } from "./upstream.ts";
import type { OnUsage } from "./usage.ts";
import { watched } from "./watched.ts";

export interface OpenaiReplyModelOptions {
  readonly upstream: Upstream;
  readonly model?: string;
  /** 0–2; left out, the model's own. */
  readonly temperature?: number;
  /** For models that think first; left out, the model's own. */
  readonly reasoningEffort?: "none" | "minimal" | "low" | "medium" | "high";
  readonly onUsage?: OnUsage;
}

export const REPLY_MODEL = "gpt-5.4-mini";

/** Fields that a server may not know: once refused, they are left out of, or renamed in, every request after. */
const optional = [
  "max_completion_tokens",
  "max_tokens",
  "stream_options",
  "temperature",
  "reasoning_effort",
] as const;
type OptionalField = (typeof optional)[number];
type Body = OpenAI.ChatCompletionCreateParamsStreaming;

/** A ReplyModel over `/chat/completions`. */
export function openaiReplyModel(options: OpenaiReplyModelOptions): ReplyModel {
  const { upstream, model = REPLY_MODEL } = options;
  // The vendor's newer name of the limit; other servers mostly know the older one.
  const refused = new Set<OptionalField>(
    upstream.baseUrl === VENDOR_URL ? ["max_tokens"] : ["max_completion_tokens"],
  );
  return {
    name: `openai/${model}`,
    callsTools: true,
    async *reply(prompt, call) {
      for (let tries = 0; ; tries++) {
        const body = bodyOf(options, model, prompt, call, refused);
        try {
          yield* watched("reply", upstream, call.signal, (signal) => read(options, body, signal));
          return;
        } catch (error) {
          // Refused for a field: nothing was said yet, so it may be asked again without.
          const field = refusedField(
            error,
            optional.filter((name) => name in body),
          );
          if (field === undefined || tries >= optional.length) throw error;
          refused.add(field);
          if (field === "max_completion_tokens") refused.delete("max_tokens");
          if (field === "max_tokens") refused.delete("max_completion_tokens");
        }
      }
    },
  };
}

function bodyOf(
  { temperature, reasoningEffort }: OpenaiReplyModelOptions,
  model: string,
  prompt: Prompt,
  { maxOutputTokens }: ReplyOptions,
  refused: ReadonlySet<OptionalField>,
): Body {
  const wanted: Partial<Record<OptionalField, unknown>> = {
    stream_options: { include_usage: true },
    ...(maxOutputTokens !== undefined && {
      max_completion_tokens: maxOutputTokens,
      max_tokens: maxOutputTokens,
    }),
    ...(temperature !== undefined && { temperature }),
    ...(reasoningEffort !== undefined && { reasoning_effort: reasoningEffort }),
  };
  for (const field of refused) delete wanted[field];
  const { tools, toolChoice } = prompt;
  return {
    model,
    messages: chatMessages(prompt),
    stream: true,
    ...(tools.length > 0 && {
      tools: chatTools(tools),
      tool_choice:
        typeof toolChoice === "string"
          ? toolChoice
          : { type: "function" as const, function: { name: toolChoice.name } },
    }),
    ...(wanted as object),
  };
}

async function* read(
  options: OpenaiReplyModelOptions,
  body: Body,
  signal: AbortSignal,
): AsyncGenerator<ReplyDelta, void, undefined> {
  const chunks = await options.upstream.client.chat.completions.create(body, { signal });
  const calls = toolCalls();
  const spoken = thinkingFilter();
  let finish: string | undefined;
  let usage: Usage | undefined;
  let said = false;
  let answered = false;
  for await (const chunk of untilFinished(chunks, () => finish !== undefined)) {
    answered = true;
    if (chunk.usage)
      usage = { inputTokens: chunk.usage.prompt_tokens, outputTokens: chunk.usage.completion_tokens };
    const choice = chunk.choices?.[0];
    if (!choice) continue;
    const delta = spoken.take(choice.delta?.content ?? choice.delta?.refusal ?? "");
    if (delta !== "") {
      said = true;
      yield { type: "text", delta };
    }
    for (const piece of choice.delta?.tool_calls ?? []) calls.take(piece);
    finish ??= choice.finish_reason ?? undefined;
  }
  if (finish === undefined)
    throw failed(answered ? "unavailable" : "malformed", "the stream ended before the reply did");
  const rest = spoken.end();
  if (rest !== "") yield { type: "text", delta: rest };
  const made = calls.end();
  if (finish === "content_filter" && !said) throw failed("rejected", "filtered by the upstream");
  // A call cut off by the limit is no call.
  if (finish !== "length") yield* made;
  if (usage) options.onUsage?.({ stage: "reply", model: body.model, ...usage });
  const incomplete = finish === "length" || finish === "content_filter";
  yield { type: "end", ...(incomplete && { incomplete }), ...(usage && { usage }) };
}

/** The stream; once the reply is whole, a failure on the way to the usage figures ends it instead of spoiling it. */
async function* untilFinished(
  chunks: AsyncIterable<ChatCompletionChunk>,
  finished: () => boolean,
): AsyncGenerator<ChatCompletionChunk, void, undefined> {
  try {
    yield* chunks;
  } catch (error) {
    if (!finished()) throw error;
  }
}

function failed(kind: StageErrorKind, message: string): StageError {
  return new StageError("reply", kind, { cause: new UpstreamFailure(message) });
}

type CallPiece = ChatCompletionChunk.Choice.Delta.ToolCall;

/** Puts calls together that come in pieces. Some servers send whole calls, all with index 0 or none at all. */
function toolCalls() {
  const calls: { index: number | undefined; id: string; name: string; arguments: string }[] = [];
  return {
    take({ index, id, function: made }: Partial<CallPiece>) {
      const known = calls.findLast((call) => call.index === index);
      const another = id !== undefined && id !== "" && known !== undefined && known.id !== id;
      let call = another ? undefined : known;
      if (!call) {
        call = { index, id: id || newId("call"), name: "", arguments: "" };
        calls.push(call);
      }
      call.name ||= made?.name ?? "";
      call.arguments += made?.arguments ?? "";
    },
    end: (): ReplyDelta[] =>
      calls
        .filter((call) => call.name !== "")
        .map(({ id, name, arguments: args }) => ({
          type: "tool_call",
          callId: id,
          name,
          arguments: args === "" ? "{}" : args,
        })),
  };
}
