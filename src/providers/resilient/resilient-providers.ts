/** The three ports, each over a list of providers: the first is asked, the others stand in. */
import { drain } from "../../lib/drain.ts";
import { type Stage, StageError } from "../../lib/errors.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import type { Prompt } from "../../ports/prompt.ts";
import type { ReplyModel } from "../../ports/reply-model.ts";
import type { SynthesizeOptions, Synthesizer } from "../../ports/synthesizer.ts";
import type { Transcriber, TranscriptEvent } from "../../ports/transcriber.ts";
import { cachePhrases } from "../phrase-cache.ts";
import { CircuitBreaker, type CircuitChange, type CircuitOptions } from "./circuit-breaker.ts";
import { type FailedAttempt, withFailover } from "./failover.ts";
import { replayable } from "./replayable-audio.ts";

export interface ResilienceOptions extends CircuitOptions {
  /** Further attempts on one provider, default 1. */
  readonly retries?: number;
  /** For logs. Must not throw. */
  readonly onFailure?: (attempt: FailedAttempt) => void;
  /** Is told of each change of a provider's circuit. Must not throw. */
  readonly onCircuit?: ((change: CircuitChange) => void) | undefined;
}

/** In order of preference. */
type Providers<Port> = readonly [Port, ...Port[]];

/** A Transcriber that tries again as long as there is no final: partials replace each other, so they commit nothing. */
export function resilientTranscriber(
  providers: Providers<Transcriber>,
  options: ResilienceOptions = {},
): Transcriber {
  const commits = (event: TranscriptEvent) => event.type === "final";
  const circuits = circuitsOf("transcribe", providers, options);
  return {
    name: providers[0].name,
    streams: providers[0].streams,
    tellsLogprobs: providers[0].tellsLogprobs,
    readsAhead: providers[0].readsAhead,
    async *transcribe(audio, call) {
      const replay = replayable(audio);
      const routes = providers.map((provider, i) => ({
        name: provider.name,
        async *open(signal: AbortSignal) {
          // Whether the upstream may be asked is decided when it would be: an utterance may take as long as an outage.
          if (provider.batch) await drain(untilAborted(replay.read(), signal));
          const hear = () => provider.transcribe(replay.read(), { ...call, signal });
          yield* guarded(circuits[i] as CircuitBreaker, hear, signal, commits);
        },
      }));
      try {
        yield* withFailover(routes, { ...options, stage: "transcribe", signal: call.signal, commits });
      } finally {
        replay.close();
      }
    },
  };
}

/** A ReplyModel that tries again until the first delta. */
export function resilientReplyModel(
  providers: Providers<ReplyModel>,
  options: ResilienceOptions = {},
): ReplyModel {
  const circuits = circuitsOf("reply", providers, options);
  return {
    name: providers[0].name,
    callsTools: providers[0].callsTools,
    ...(providers[0].answersJson && { answersJson: true }),
    reply(prompt, call) {
      const routes = providers.map((provider, i) => ({
        name: provider.name,
        open: (signal: AbortSignal) => {
          const asked: Prompt = provider.callsTools ? prompt : { ...prompt, tools: [], toolChoice: "auto" };
          return guarded(
            circuits[i] as CircuitBreaker,
            () => provider.reply(asked, { ...call, signal }),
            signal,
          );
        },
      }));
      return withFailover(routes, { ...options, stage: "reply", signal: call.signal, commits: () => true });
    },
  };
}

/**
 * A Synthesizer that tries again until a sentence's first sound. A stand-in without the voice uses its own first. With
 * `phraseCacheBytes`, each provider keeps that much audio of fixed phrases: what is kept is said with its circuit open,
 * too, and is no sign that the provider is well.
 */
export function resilientSynthesizer(
  providers: Providers<Synthesizer>,
  { phraseCacheBytes, ...options }: ResilienceOptions & { readonly phraseCacheBytes?: number } = {},
): Synthesizer {
  const circuits = circuitsOf("synthesize", providers, options);
  const engines = providers.map((provider, i): Synthesizer => {
    const behindCircuit: Synthesizer = {
      name: provider.name,
      voices: provider.voices,
      synthesize: (text, call) =>
        guarded(circuits[i] as CircuitBreaker, () => provider.synthesize(text, call), call.signal),
    };
    return phraseCacheBytes === undefined ? behindCircuit : cachePhrases(behindCircuit, phraseCacheBytes);
  });
  return {
    name: providers[0].name,
    voices: providers[0].voices,
    async *synthesize(text, call) {
      call.signal.throwIfAborted();
      // The caller's mistake: no stand-in makes it right.
      if (!providers[0].voices.includes(call.voice)) throw new StageError("synthesize", "unsupported");
      const routes = engines.map((engine, i) => ({
        name: engine.name,
        open: (signal: AbortSignal) =>
          engine.synthesize(text, { ...call, voice: i === 0 ? call.voice : voiceOf(engine, call), signal }),
      }));
      yield* withFailover(routes, {
        ...options,
        stage: "synthesize",
        signal: call.signal,
        commits: () => true,
      });
    },
  };
}

/** A call's stream under its provider's circuit; an abort ends it at once, whatever the provider is doing. */
function guarded<T>(
  circuit: CircuitBreaker,
  call: () => AsyncIterable<T>,
  signal: AbortSignal,
  delivers: (event: T) => boolean = () => true,
): AsyncIterable<T> {
  return circuit.guard(() => untilAborted(call(), signal), delivers);
}

function voiceOf({ voices }: Synthesizer, { voice }: SynthesizeOptions): string {
  return voices.includes(voice) ? voice : (voices[0] ?? voice);
}

function circuitsOf(
  stage: Stage,
  providers: readonly { readonly name: string }[],
  { onCircuit, ...options }: ResilienceOptions,
): readonly CircuitBreaker[] {
  return providers.map(({ name: provider }) => {
    const onState = (state: CircuitChange["state"]) => onCircuit?.({ stage, provider, state });
    return new CircuitBreaker(stage, { ...options, onState });
  });
}
