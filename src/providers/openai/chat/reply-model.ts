/** The ReplyModel at an OpenAI-compatible server: streamed chat completions. */
import type { OpenAI } from "openai";
import type { ChatCompletionChunk } from "openai/resources/chat/completions";
import type { CompletionUsage } from "openai/resources/completions";
import { newId } from "../../../lib/ids.ts";
import type { Prompt } from "../../../ports/prompt.ts";
import type {
  FinishReason,
  ReplyDelta,
  ReplyModel,
  ReplyOptions,
  Usage,
} from "../../../ports/reply-model.ts";
import type { Price, UsageFigures } from "../../../ports/usage.ts";
import { withDeadlines } from "../request-deadlines.ts";
import { type Upstream, VENDOR_URL } from "../upstream.ts";
import { refusedField, upstreamError } from "../upstream-failure.ts";
import { openUsageMeter, tokensIn, type UsageMeter } from "../usage-meter.ts";
import { argumentsOf, finishReason, textOf } from "./chat-content.ts";
import { chatMessages, chatTools } from "./chat-messages.ts";
import { thinkingFilter } from "./thinking-filter.ts";

export interface OpenaiReplyModelOptions {
  readonly upstream: Upstream;
  readonly model?: string;
  /** 0–2; left out, the model's own. */
  readonly temperature?: number;
  /** For models that think first; left out, the model's own. */
  readonly reasoningEffort?: "none" | "minimal" | "low" | "medium" | "high";
  readonly price?: Price;
}

export const REPLY_MODEL = "gpt-5.4-mini";

/** Fields that a server may not know: once refused, they are left out of, or renamed in, every request after. */
const optional = [
  "max_completion_tokens",
  "max_tokens",
  "stream_options",
  "temperature",
  "reasoning_effort",
  "parallel_tool_calls",
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
    answersJson: true,
    async *reply(prompt, call) {
      for (let tries = 0; ; tries++) {
        const body = bodyOf(options, model, prompt, call, refused);
        const meter = openUsageMeter({ stage: "reply", model, price: options.price, call });
        const asked: ReplyRequest = { upstream, body, meter, received: 0 };
        const deltas = withDeadlines("reply", upstream, call.signal, (signal) => readDeltas(asked, signal));
        try {
          yield* meter.track(deltas, () => estimateUsage(asked));
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
    temperature,
    reasoning_effort: reasoningEffort,
    ...(prompt.tools.length > 0 && { parallel_tool_calls: prompt.parallelToolCalls }),
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

/** One request. */
interface ReplyRequest {
  readonly upstream: Upstream;
  readonly body: Body;
  readonly meter: UsageMeter;
  /** Characters that came, thinking included. */
  received: number;
}

/** Estimates the usage of a request of which the server tells none. */
function estimateUsage({ body, received }: ReplyRequest): UsageFigures {
  const { messages, tools } = body;
  return {
    inputTokens: tokensIn(JSON.stringify({ messages, tools }).length),
    outputTokens: tokensIn(received),
  };
}

async function* readDeltas(
  asked: ReplyRequest,
  signal: AbortSignal,
): AsyncGenerator<ReplyDelta, void, undefined> {
  const { upstream, body, meter } = asked;
  const chunks = await upstream.client.chat.completions.create(body, { signal });
  meter.responseStarted();
  const calls = toolCalls();
  const spoken = thinkingFilter();
  let finish: FinishReason | undefined;
  let usage: CompletionUsage | undefined;
  let said = false;
  let refused = false;
  let answered = false;
  for await (const chunk of untilFinished(chunks, () => finish !== undefined)) {
    answered = true;
    usage = usageOf(chunk) ?? usage;
    const choice = chunk.choices?.[0];
    if (!choice) continue;
    const text = textOf(choice.delta?.content);
    // The model's words for why it does not answer: no answer, and never said as one.
    const refusal = textOf(choice.delta?.refusal);
    refused ||= refusal !== "";
    asked.received += text.length + refusal.length;
    const delta = spoken.take(text);
    said ||= delta.trim() !== "";
    if (delta !== "") yield { type: "text", delta };
    for (const piece of choice.delta?.tool_calls ?? []) asked.received += calls.take(piece);
    if (finish === undefined && choice.finish_reason) {
      const told = finishReason(String(choice.finish_reason));
      if (told === "failed")
        throw upstreamError("reply", "unavailable", `the upstream ended with ${choice.finish_reason}`);
      finish = told;
    }
  }
  if (usage) meter.report(figuresOf(usage));
  if (finish === undefined)
    throw upstreamError(
      "reply",
      answered ? "unavailable" : "malformed",
      "the stream ended before the reply did",
    );
  if (!usage) meter.report({ ...estimateUsage(asked), estimated: true });
  const rest = spoken.end();
  if (rest !== "") yield { type: "text", delta: rest };
  if (refused) finish = "content_filter";
  const incomplete = finish === "length" || finish === "content_filter";
  const made = calls.end();
  // Told here, so that another model may be asked.
  if (!incomplete && !said && rest.trim() === "" && made.length === 0)
    throw upstreamError("reply", "malformed", "the reply is empty");
  // A call cut off by the limit is no call.
  if (finish !== "length") yield* made;
  yield {
    type: "end",
    ...(incomplete && { incomplete }),
    finish,
    usage: usage && figuresOf(usage),
  };
}

/** A chunk's usage where it counts; some servers send one that is empty. */
function usageOf({ usage }: ChatCompletionChunk): CompletionUsage | undefined {
  const { prompt_tokens, completion_tokens } = usage ?? {};
  return typeof prompt_tokens === "number" && typeof completion_tokens === "number"
    ? (usage ?? undefined)
    : undefined;
}

function figuresOf(usage: CompletionUsage): Usage {
  const cached = usage.prompt_tokens_details?.cached_tokens;
  return {
    inputTokens: usage.prompt_tokens,
    cachedInputTokens: cached,
    outputTokens: usage.completion_tokens,
  };
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

type CallPiece = ChatCompletionChunk.Choice.Delta.ToolCall;

/** Puts calls together that come in pieces. Some servers send whole calls, all with index 0 or none at all. */
function toolCalls() {
  const calls: { index: number | undefined; id: string; name: string; arguments: string }[] = [];
  return {
    /** Gives the length of what came. */
    take({ index, id, function: made }: Partial<CallPiece>): number {
      const known = calls.findLast((call) => call.index === index);
      const another = id !== undefined && id !== "" && known !== undefined && known.id !== id;
      let call = another ? undefined : known;
      if (!call) {
        call = { index, id: id || newId("call"), name: "", arguments: "" };
        calls.push(call);
      }
      call.name ||= made?.name ?? "";
      const piece = argumentsOf(made?.arguments);
      call.arguments += piece;
      return (made?.name?.length ?? 0) + piece.length;
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
