/** The scripted ReplyModel for tests, demo and bench: gives scripted answers. */
import { type Clock, systemClock } from "../../lib/clock.ts";
import type { Prompt } from "../../ports/prompt.ts";
import type { FinishReason, ReplyDelta, ReplyModel, ReplyOptions } from "../../ports/reply-model.ts";
import { answerReader, playOutputs, reportUsage, type Script, type ScriptedTiming } from "./script.ts";

/** One reply; a bare string is its text. `fail` strikes after `failAfter` deltas, left out: before the first. */
export interface ScriptedReply extends ScriptedTiming {
  /** Finish reason of the end event; left out, only `length` at the token limit is reported. */
  readonly finish?: FinishReason;
  /** A string comes word by word, a list delta by delta. */
  readonly text?: string | readonly string[];
  /** Called after the text; each counts as one output. */
  readonly toolCalls?: readonly {
    readonly callId: string;
    readonly name: string;
    readonly arguments: string;
  }[];
}

/** The call that a script function answers. */
export interface ReplyCall {
  readonly prompt: Prompt;
  readonly options: ReplyOptions;
}

const DEFAULT_REPLY = "This is a scripted reply: I answer the same to everything.";

/**
 * A ReplyModel that answers from `script`. A delta counts as one token against `maxOutputTokens`, and in the usage,
 * where four characters of the prompt count as one.
 * @throws RangeError for a script without answers.
 */
export function scriptedReplyModel(
  script: Script<ReplyCall, string | ScriptedReply> = [DEFAULT_REPLY],
  options: { readonly clock?: Clock } = {},
): ReplyModel {
  const clock = options.clock ?? systemClock;
  const nextAnswer = answerReader(script);
  return {
    name: "scripted",
    callsTools: true,
    reply(prompt, options) {
      const answer = nextAnswer({ prompt, options });
      return speak(prompt, options, typeof answer === "string" ? { text: answer } : answer, clock);
    },
  };
}

async function* speak(
  prompt: Prompt,
  { maxOutputTokens = Number.POSITIVE_INFINITY, signal, onUsage }: ReplyOptions,
  answer: ScriptedReply,
  clock: Clock,
): AsyncGenerator<ReplyDelta, void, undefined> {
  reportUsage("reply", answer, onUsage);
  const outputs = outputsOf(answer);
  const incomplete = outputs.length > maxOutputTokens;
  const given = incomplete ? outputs.slice(0, maxOutputTokens) : outputs;
  yield* playOutputs("reply", given, answer, clock, signal);
  const usage = { inputTokens: tokensOf(prompt), outputTokens: given.length };
  const finish = incomplete ? "length" : answer.finish;
  const cut = finish === "length" || finish === "content_filter";
  yield { type: "end", ...(cut && { incomplete: true }), ...(finish && { finish }), usage };
}

/** Scripts made of lists give the same answer objects again and again: their deltas are cut once. */
const cutBefore = new WeakMap<ScriptedReply, readonly ReplyDelta[]>();

function outputsOf(answer: ScriptedReply): readonly ReplyDelta[] {
  let outputs = cutBefore.get(answer);
  if (!outputs) {
    const { text = [], toolCalls = [] } = answer;
    const deltas = typeof text === "string" ? (text.match(/\s*\S+|\s+$/g) ?? []) : text;
    outputs = [
      ...deltas.map((delta): ReplyDelta => ({ type: "text", delta })),
      ...toolCalls.map((call): ReplyDelta => ({ type: "tool_call", ...call })),
    ];
    cutBefore.set(answer, outputs);
  }
  return outputs;
}

function tokensOf(prompt: Prompt): number {
  let characters = prompt.instructions.length;
  for (const item of prompt.items) {
    if (item.role === "tool_call") characters += item.arguments.length;
    else if (item.role === "tool_result") characters += item.output.length;
    else characters += item.text.length;
  }
  return Math.ceil(characters / 4);
}
