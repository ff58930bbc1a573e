/** The three stages, each told and asked in the same way, so that one test covers them all. */
import type { Stage } from "../../../src/lib/errors.ts";
import type { Prompt } from "../../../src/ports/prompt.ts";
import { openaiReplyModel } from "../../../src/providers/openai/chat/reply-model.ts";
import { openaiSynthesizer } from "../../../src/providers/openai/speech/synthesizer.ts";
import { openaiTranscriber } from "../../../src/providers/openai/transcription/transcriber.ts";
import type { Upstream } from "../../../src/providers/openai/upstream.ts";
import type { Staging } from "../../support/upstream/request.ts";
import type { UpstreamScripts } from "../../support/upstream/upstream.ts";

export const prompt: Prompt = {
  instructions: "You are a coach.",
  items: [{ role: "user", text: "I have too much to do." }],
  brief: { kind: "plain" },
  language: "en-US",
  tools: [],
  toolChoice: "auto",
};

/** One second of a rising ramp at 16 kHz. */
export const ramp = Int16Array.from({ length: 16_000 }, (_, i) => i);

export async function* pieces(pcm: Int16Array, size = 480): AsyncGenerator<Int16Array> {
  for (let at = 0; at < pcm.length; at += size) yield pcm.slice(at, at + size);
}

export interface StageCase {
  readonly stage: Stage;
  /** The upstream's script where every request is staged so. */
  staged(staging: Staging): UpstreamScripts;
  run(upstream: Upstream, signal: AbortSignal): AsyncIterable<unknown>;
}

export const stages: readonly StageCase[] = [
  {
    stage: "transcribe",
    staged: (staging) => ({ transcriptions: [{ text: "one two three four five", ...staging }] }),
    run: (upstream, signal) =>
      openaiTranscriber({ upstream }).transcribe(pieces(ramp), { rate: 16_000, language: "en-US", signal }),
  },
  {
    stage: "reply",
    staged: (staging) => ({ chat: [{ text: "one two three four five", ...staging }] }),
    run: (upstream, signal) => openaiReplyModel({ upstream }).reply(prompt, { signal }),
  },
  {
    stage: "synthesize",
    staged: (staging) => ({ speech: [{ ...staging }] }),
    run: (upstream, signal) =>
      openaiSynthesizer({ upstream }).synthesize("One two three four five.", {
        voice: "alloy",
        speed: 1,
        language: "en-US",
        rate: 24_000,
        signal,
      }),
  },
];

/** Reads to the end: what came, and what was thrown, if anything. */
export async function outcome(stream: AsyncIterable<unknown>): Promise<{ given: unknown[]; error: unknown }> {
  const given: unknown[] = [];
  try {
    for await (const event of stream) given.push(event);
    return { given, error: undefined };
  } catch (error) {
    return { given, error };
  }
}

/** Everything in an error that a log could show, its causes included. */
export function everythingIn(error: unknown): string {
  const parts: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    parts.push(at.message, at.stack ?? "", JSON.stringify(at, Object.getOwnPropertyNames(at)));
    for (const value of Object.values(at)) parts.push(String(value));
  }
  return parts.join("\n");
}
