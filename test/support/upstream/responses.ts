/** `/v1/responses`, streamed. */
import type { ServerResponse } from "node:http";
import { type SeenRequest, type Staging, sendOutputs, sse } from "./request.ts";

export interface ResponsesAnswer extends Staging {
  /** Comes word by word. */
  readonly text?: string;
  readonly toolCalls?: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  /** Comes word by word behind the text. */
  readonly refusal?: string;
  /** Ends as `response.incomplete`, for this reason. */
  readonly incomplete?: string;
  /** Ends as `response.failed`. */
  readonly failed?: { readonly code: string; readonly message: string };
  /** An `error` event in place of the end. */
  readonly errorEvent?: { readonly code: string; readonly message: string };
  readonly unmetered?: boolean;
}

const wordsOf = (text = "") => text.match(/\s*\S+|\s+$/g) ?? [];

/** Keeps to the asked-for number of tokens, a word each. An output is a delta of text, a call, or the end. */
export function sendResponses(
  request: SeenRequest,
  response: ServerResponse,
  answer: ResponsesAnswer,
): Promise<void> {
  const { toolCalls = [], failed, errorEvent } = answer;
  const limit = Number(request.body.max_output_tokens ?? Number.POSITIVE_INFINITY);
  const words = wordsOf(answer.text);
  const given = words.slice(0, limit);
  const incomplete = answer.incomplete ?? (given.length < words.length ? "max_output_tokens" : undefined);
  const status = failed ? "failed" : incomplete === undefined ? "completed" : "incomplete";
  let number = 0;
  const event = (type: string, fields: object) => sse({ type, sequence_number: number++, ...fields }, type);
  const whole = {
    id: "resp_1",
    object: "response",
    status,
    error: failed ?? null,
    incomplete_details: incomplete === undefined ? null : { reason: incomplete },
    usage: answer.unmetered
      ? null
      : {
          input_tokens: 11,
          input_tokens_details: { cached_tokens: 4 },
          output_tokens: given.length,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: 11 + given.length,
        },
  };
  const place = { item_id: "msg_1", output_index: 0, content_index: 0 };
  const begin = event("response.created", { response: { ...whole, status: "in_progress" } });
  const outputs = [
    ...given.map((delta) => event("response.output_text.delta", { ...place, delta })),
    ...wordsOf(answer.refusal).map((delta) => event("response.refusal.delta", { ...place, delta })),
    ...toolCalls.map(({ id, name, arguments: args }) =>
      event("response.output_item.done", {
        output_index: 1,
        item: { type: "function_call", id: "fc_1", call_id: id, name, arguments: args, status: "completed" },
      }),
    ),
    errorEvent
      ? event("error", { param: null, ...errorEvent })
      : event(`response.${status}`, { response: whole }),
  ];
  const [first = "", ...rest] = outputs;
  return sendOutputs(response, answer, "text/event-stream", [begin + first, ...rest]);
}
