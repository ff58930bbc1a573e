/** The three ports, each over a list of providers: the first is asked, the others stand in. */
import { type Stage, StageError } from "../../lib/errors.ts";
import type { ReplyModel, SynthesizeOptions, Synthesizer, Transcriber } from "../../pipeline/ports.ts";
import { type Circuit, type CircuitChange, type CircuitOptions, openCircuit } from "./circuit.ts";
import { replayOf } from "./replay.ts";
import { alongRoutes, type FailedAttempt } from "./routes.ts";

export interface ResilienceOptions extends CircuitOptions {
  /** Further attempts on one provider, default 1. */
  readonly retries?: number;
  /** An upstream that asks for a longer rest than this is not asked again, ms; default 2000. */
  readonly longestWaitMs?: number;
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
  const circuits = circuitsOf("transcribe", providers, options);
  return {
    name: providers[0].name,
    ...(providers[0].streams !== undefined && { streams: providers[0].streams }),
    async *transcribe(audio, call) {
      const replay = replayOf(audio);
      const routes = providers.map((provider, i) => ({
        name: provider.name,
        circuit: circuits[i] as Circuit,
        open: (signal: AbortSignal) => provider.transcribe(replay.again(), { ...call, signal }),
      }));
      const commits = (event: { type: string }) => event.type === "final";
      try {
        yield* alongRoutes(routes, { ...options, stage: "transcribe", signal: call.signal, commits });
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
        circuit: circuits[i] as Circuit,
        open: (signal: AbortSignal) =>
          provider.reply(provider.callsTools ? prompt : { ...prompt, tools: [], toolChoice: "auto" }, {
            ...call,
            signal,
          }),
      }));
      return alongRoutes(routes, { ...options, stage: "reply", signal: call.signal, commits: () => true });
    },
  };
}

/** A Synthesizer that tries again until a sentence's first sound. A stand-in without the voice uses its own first. */
export function resilientSynthesizer(
  providers: Providers<Synthesizer>,
  options: ResilienceOptions = {},
): Synthesizer {
  const circuits = circuitsOf("synthesize", providers, options);
  return {
    name: providers[0].name,
    voices: providers[0].voices,
    async *synthesize(text, call) {
      call.signal.throwIfAborted();
      // The caller's mistake: no stand-in makes it right.
      if (!providers[0].voices.includes(call.voice)) throw new StageError("synthesize", "unsupported");
      const routes = providers.map((provider, i) => ({
        name: provider.name,
        circuit: circuits[i] as Circuit,
        open: (signal: AbortSignal) =>
          provider.synthesize(text, {
            ...call,
            voice: i === 0 ? call.voice : voiceOf(provider, call),
            signal,
          }),
      }));
      yield* alongRoutes(routes, {
        ...options,
        stage: "synthesize",
        signal: call.signal,
        commits: () => true,
      });
    },
  };
}

function voiceOf({ voices }: Synthesizer, { voice }: SynthesizeOptions): string {
  return voices.includes(voice) ? voice : (voices[0] ?? voice);
}

function circuitsOf(
  stage: Stage,
  providers: readonly { readonly name: string }[],
  { onCircuit, ...options }: ResilienceOptions,
): readonly Circuit[] {
  return providers.map(({ name: provider }) =>
    openCircuit(stage, { ...options, onState: (state) => onCircuit?.({ stage, provider, state }) }),
  );
}
