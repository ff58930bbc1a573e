/** One stage while its engines are opened: its candidates and their servers, and what is told of their failures. */

import type { Clock } from "../../../lib/clock.ts";
import { StageError } from "../../../lib/errors.ts";
import type { Departure } from "../../../providers/openai/speech/departure.ts";
import type { Upstream } from "../../../providers/openai/upstream.ts";
import type { CircuitChange } from "../../../providers/resilient/circuit-breaker.ts";
import type { FailedAttempt } from "../../../providers/resilient/failover.ts";
import type { ResilienceOptions } from "../../../providers/resilient/resilient-providers.ts";
import { ConfigError } from "../../config/config.ts";
import type { StageConfig, StandIn } from "../../config/provider-config.ts";
import type { Logger } from "../../logging/log.ts";
import { ModelWatch } from "./model-notices.ts";

/** Services that the engines are opened with. */
export interface Surroundings {
  readonly clock: Clock;
  readonly log: Logger;
  /** Cores that the threads of embedded engines may take; default: all. */
  readonly cores?: number | undefined;
  /** Called for each failed attempt, also where a later one succeeded. */
  readonly onProviderFailure?: ((attempt: FailedAttempt) => void) | undefined;
  readonly onCircuit?: ((change: CircuitChange) => void) | undefined;
  /** Called for each sentence that a voice said otherwise than it is written. */
  readonly onDeparture?: (() => void) | undefined;
}

/** Calls that engines and servers are waiting for. */
export interface EngineHooks {
  /** Called side by side when the engines are closed. */
  readonly closers: (() => Promise<void>)[];
  /** Called whenever connections are made ahead. */
  readonly starts: (() => void)[];
}

export class StageOpening {
  readonly clock: Clock;
  readonly log: Logger;
  readonly cores: number | undefined;
  /** Folder of the models that run on this machine. */
  readonly modelsDir: string;
  /** Options of the stage's engine where stand-ins are behind it. */
  readonly resilience: ResilienceOptions;
  readonly #stage: StageConfig;
  readonly #around: Surroundings;
  readonly #hooks: EngineHooks;
  readonly #models: ModelWatch;
  readonly #upstreams = new Map<StandIn | StageConfig, Promise<Upstream>>();

  constructor(stage: StageConfig, around: Surroundings & { readonly modelsDir: string }, hooks: EngineHooks) {
    const { clock, log, cores, modelsDir } = around;
    this.clock = clock;
    this.log = log;
    this.modelsDir = modelsDir;
    this.cores = cores;
    this.#stage = stage;
    this.#around = around;
    this.#hooks = hooks;
    this.#models = new ModelWatch(stage, log);
    this.resilience = {
      clock,
      onFailure: (attempt) => this.#failed(attempt),
      onCircuit: (change) => this.#circuitChanged(change),
    };
  }

  /** Whether the stage needs retries and failover, as engines across a network do. */
  get needsResilience(): boolean {
    return this.#stage.standIns.length > 0 || this.#stage.provider === "openai";
  }

  /** Has `close` called when the engines are closed. */
  onClose(close: () => Promise<void>): void {
    this.#hooks.closers.push(close);
  }

  /** Has `start` called whenever connections are made ahead. */
  onWarm(start: () => void): void {
    this.#hooks.starts.push(start);
  }

  /** Opens the stage's own provider and its fallbacks, in this order. `first`: whether it is the stage's own. */
  async openAll<Port extends { readonly name: string }>(
    open: (candidate: StandIn, first: boolean) => Promise<Port>,
  ): Promise<[Port, ...Port[]]> {
    const { provider, model, realtime, standIns } = this.#stage;
    const openOne = async (candidate: StandIn, first: boolean) => {
      const engine = await open(candidate, first);
      if (candidate.provider === "openai") void this.#checkModel(candidate, engine.name);
      return engine;
    };
    const [engine, ...others] = await Promise.all([
      openOne({ provider, realtime, model }, true),
      ...standIns.map((candidate) => openOne(candidate, false)),
    ]);
    return [engine as Port, ...others];
  }

  /** Opens the stage's own server, or a stand-in's; each once. */
  upstreamOf(candidate: StandIn): Promise<Upstream> {
    const server = candidate.upstream ? candidate : this.#stage;
    const opened = this.#upstreams.get(server) ?? this.#open(candidate.upstream ?? this.#stage.upstream);
    this.#upstreams.set(server, opened);
    return opened;
  }

  /** Tells that `provider` said a sentence otherwise than it is written. */
  onDeparture(provider: string, departure: Departure): void {
    this.#around.log.warn({ stage: "synthesize", provider, ...departure }, "voice departed from its text");
    this.#around.onDeparture?.();
  }

  /** Tells that a server does not have the candidate's model. */
  onModelGone(candidate: StandIn, provider: string): void {
    this.#models.tellGone(candidate, provider);
  }

  async #open(settings: StageConfig["upstream"]): Promise<Upstream> {
    const { openUpstream } = await import("../../../providers/openai/upstream.ts");
    const upstream = openUpstream(settings, this.clock);
    this.onClose(() => upstream.close());
    if (settings === this.#stage.upstream) this.onWarm(() => void upstream.warm());
    return upstream;
  }

  /** Asks an engine's server in the background whether it has its model. */
  async #checkModel(candidate: StandIn, engine: string): Promise<void> {
    await this.#models.check(candidate, engine, await this.upstreamOf(candidate));
  }

  #failed(attempt: FailedAttempt): void {
    const { stage, provider, error } = attempt;
    this.#around.log.warn({ stage, provider, err: error }, "provider failed");
    void this.#models.failed(provider, error);
    this.#around.onProviderFailure?.(attempt);
  }

  #circuitChanged(change: CircuitChange): void {
    this.#around.log[change.state === "open" ? "warn" : "info"](change, "provider circuit changed");
    this.#around.onCircuit?.(change);
  }
}

/** Model and price of a candidate's engine; the price of a fallback is unknown. */
export function modelOf({ price }: StageConfig, { model }: StandIn, first: boolean) {
  return { model, price: first ? price : undefined };
}

/** @throws ConfigError naming the variable whose engine could not be opened, and why */
export function cannotOpen(
  variable: string,
  engine: "embedded" | "local" = "embedded",
): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof StageError)) throw error;
    const why = error.cause instanceof Error ? error.cause.message : error.kind;
    throw new ConfigError(`${variable}: the ${engine} engine cannot be opened: ${why}`);
  };
}
