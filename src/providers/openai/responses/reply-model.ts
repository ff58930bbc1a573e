/** The ReplyModel over the Responses API: streamed, nothing kept at the server. */
import type {
  Response,
  ResponseCreateParamsStreaming,
  ResponseStreamEvent,
} from "openai/resources/responses/responses";
import type { StageError } from "../../../lib/errors.ts";
import type { Prompt } from "../../../ports/prompt.ts";
import type {
  FinishReason,
  ReplyDelta,
  ReplyModel,
  ReplyOptions,
  Usage,
} from "../../../ports/reply-model.ts";
import type { UsageFigures } from "../../../ports/usage.ts";
import { type OpenaiReplyModelOptions, REPLY_MODEL } from "../chat/reply-model.ts";
import { withDeadlines } from "../request-deadlines.ts";
import type { Upstream } from "../upstream.ts";
import { kindOfCode, redactSecrets, refusedField, upstreamError } from "../upstream-failure.ts";
import { openUsageMeter, tokensIn, type UsageMeter } from "../usage-meter.ts";
import { responseInput, responseTools } from "./response-input.ts";

/** Fields that a model or a server may refuse: each is left out of every request after. */
const optional = ["temperature", "reasoning", "text", "parallel_tool_calls"] as const;
type OptionalField = (typeof optional)[number];
/** The least that the vendor takes for `max_output_tokens`. */
const LEAST_TOKENS = 16;

/** A ReplyModel over `/responses`. */
export function openaiResponsesModel(options: OpenaiReplyModelOptions): ReplyModel {
  const { upstream, model = REPLY_MODEL } = options;
  const refused = new Set<OptionalField | "max_output_tokens">();
  return {
    name: `openai-responses/${model}`,
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
          const sent = [...optional, "max_output_tokens" as const].filter((name) => name in body);
          const field = refusedField(error, sent);
          if (field === undefined || refused.has(field) || tries > optional.length) throw error;
          refused.add(field);
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
  refused: ReadonlySet<OptionalField | "max_output_tokens">,
): ResponseCreateParamsStreaming {
  const { instructions, tools, toolChoice, parallelToolCalls, answer } = prompt;
  const wanted: Partial<Pick<ResponseCreateParamsStreaming, OptionalField>> = {
    ...(temperature !== undefined && { temperature }),
    ...(reasoningEffort !== undefined && { reasoning: { effort: reasoningEffort } }),
    ...(tools.length > 0 && parallelToolCalls === false && { parallel_tool_calls: false }),
    ...(answer && { text: { format: { type: "json_schema", ...answer, strict: false } } }),
  };
  for (const field of optional) if (refused.has(field)) delete wanted[field];
  const least = refused.has("max_output_tokens") ? LEAST_TOKENS : 0;
  return {
    model,
    input: responseInput(prompt),
    stream: true,
    store: false,
    ...(instructions.trim() !== "" && { instructions }),
    ...(maxOutputTokens !== undefined && { max_output_tokens: Math.max(least, maxOutputTokens) }),
    ...(tools.length > 0 && {
      tools: responseTools(tools),
      tool_choice:
        typeof toolChoice === "string" ? toolChoice : { type: "function" as const, name: toolChoice.name },
    }),
    ...wanted,
  };
}

/** One request. */
interface ReplyRequest {
  readonly upstream: Upstream;
  readonly body: ResponseCreateParamsStreaming;
  readonly meter: UsageMeter;
  /** Characters that came. */
  received: number;
}

function estimateUsage({ body, received }: ReplyRequest): UsageFigures {
  const { instructions, input, tools } = body;
  return {
    inputTokens: tokensIn(JSON.stringify({ instructions, input, tools }).length),
    outputTokens: tokensIn(received),
  };
}

/** What a response has given so far. */
interface Given {
  said: boolean;
  refused: boolean;
  readonly calls: (ReplyDelta & { type: "tool_call" })[];
}

async function* readDeltas(
  asked: ReplyRequest,
  signal: AbortSignal,
): AsyncGenerator<ReplyDelta, void, undefined> {
  const { upstream, body, meter } = asked;
  const events = await upstream.client.responses.create(body, { signal });
  meter.responseStarted();
  const given: Given = { said: false, refused: false, calls: [] };
  let answered = false;
  for await (const event of events) {
    answered = true;
    if (event.type === "response.output_text.delta") {
      asked.received += event.delta.length;
      given.said ||= event.delta.trim() !== "";
      if (event.delta !== "") yield { type: "text", delta: event.delta };
    } else if (isEnd(event)) {
      yield* endOf(asked, event.response, given);
      return;
    } else take(event, asked, given);
  }
  throw upstreamError(
    "reply",
    answered ? "unavailable" : "malformed",
    "the stream ended before the reply did",
  );
}

function isEnd(
  event: ResponseStreamEvent,
): event is ResponseStreamEvent & { response: Response; type: EndType } {
  return (
    event.type === "response.completed" ||
    event.type === "response.incomplete" ||
    event.type === "response.failed"
  );
}
type EndType = "response.completed" | "response.incomplete" | "response.failed";

/** @throws StageError for an `error` event. */
function take(event: ResponseStreamEvent, asked: ReplyRequest, given: Given): void {
  if (event.type === "response.refusal.delta") {
    asked.received += event.delta.length;
    given.refused = true;
  } else if (event.type === "response.output_item.done" && event.item.type === "function_call") {
    const { call_id: callId, name, arguments: args } = event.item;
    asked.received += name.length + args.length;
    // A call that its end cut off is none.
    if (event.item.status !== "incomplete")
      given.calls.push({ type: "tool_call", callId, name, arguments: args === "" ? "{}" : args });
  } else if (event.type === "error") throw toldFailure(event, asked.upstream.secrets);
}

/** The calls and the end. @throws StageError where the response failed, or is empty. */
function* endOf(
  asked: ReplyRequest,
  response: Response,
  { said, refused, calls }: Given,
): Generator<ReplyDelta, void, undefined> {
  const usage = usageOf(response);
  asked.meter.report(usage ?? { ...estimateUsage(asked), estimated: true });
  if (response.status === "failed" || response.error)
    throw toldFailure(
      response.error ?? { code: null, message: "the response failed" },
      asked.upstream.secrets,
    );
  const finish = refused ? "content_filter" : finishOf(response, calls.length > 0);
  const incomplete = finish === "length" || finish === "content_filter" || finish === "unknown";
  if (!incomplete && !said && calls.length === 0)
    throw upstreamError("reply", "malformed", "the reply is empty");
  yield* calls;
  yield { type: "end", ...(incomplete && { incomplete }), finish, ...(usage && { usage }) };
}

function finishOf({ status, incomplete_details: details }: Response, calls: boolean): FinishReason {
  if (status !== "incomplete") return calls ? "tool_calls" : "stop";
  if (details?.reason === "max_output_tokens") return "length";
  return details?.reason === "content_filter" ? "content_filter" : "unknown";
}

function usageOf({ usage }: Response): Usage | undefined {
  if (typeof usage?.input_tokens !== "number" || typeof usage.output_tokens !== "number") return undefined;
  const cached = usage.input_tokens_details?.cached_tokens;
  return {
    inputTokens: usage.input_tokens,
    ...(typeof cached === "number" && { cachedInputTokens: cached }),
    outputTokens: usage.output_tokens,
  };
}

function toldFailure(
  { code, message }: { readonly code: string | null; readonly message: string },
  secrets: readonly string[],
): StageError {
  return upstreamError("reply", kindOfCode(undefined, code), redactSecrets(message, secrets), { code });
}
