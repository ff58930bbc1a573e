/** Log lines about models that end, or that their server does not have: one line each, with what to set. */
import type { Clock } from "../../../lib/clock.ts";
import type { StageError } from "../../../lib/errors.ts";
import type { Upstream } from "../../../providers/openai/upstream.ts";
import type { ProvidersConfig, StageConfig, StandIn } from "../../config/provider-config.ts";
import { hasEnded, modelEnd } from "../../config/vendor-models.ts";
import type { Logger } from "../../logging/log.ts";

/** Tells which of the configured models OpenAI ends, or has ended. */
export function tellModelEnds(
  { transcriber, replyModel, synthesizer }: ProvidersConfig,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): void {
  for (const { prefix, vendor, model, standIns } of [transcriber, replyModel, synthesizer]) {
    if (!vendor) continue;
    const tell = (name: string | undefined, variable: string) => {
      const day = name === undefined ? undefined : modelEnd(name);
      if (name === undefined || day === undefined) return;
      const ended = hasEnded(name, clock.wallTime());
      log.warn({ setting: variable, model: name, day, ended }, "OpenAI ends this model; set another");
    };
    tell(model, `${prefix}_MODEL`);
    for (const entry of standIns)
      if (!entry.byDefault && !entry.upstream) tell(entry.model, `${prefix}_FALLBACK`);
  }
}

/** The models of one stage's engines on servers; each that its server does not have is told once. */
export class ModelWatch {
  readonly #stage: StageConfig;
  readonly #log: Logger;
  /** By the engine's name. */
  readonly #candidates = new Map<string, StandIn>();
  readonly #gone = new Set<string>();

  constructor(stage: StageConfig, log: Logger) {
    this.#stage = stage;
    this.#log = log;
  }

  /** Asks an engine's server whether it has the engine's model. One that is not OpenAI's need not know that request. */
  async check(candidate: StandIn, provider: string, upstream: Upstream): Promise<void> {
    this.#candidates.set(provider, candidate);
    const { hasModel } = await import("../../../providers/openai/model-check.ts");
    const knowsRoute = this.#stage.vendor && !candidate.upstream;
    const has = await hasModel(upstream, modelIn(provider), "reply", knowsRoute);
    if (has === false) this.tellGone(candidate, provider);
  }

  /** A call of an engine failed: perhaps for the want of its model. */
  async failed(provider: string, error: StageError): Promise<void> {
    const candidate = this.#candidates.get(provider);
    if (!candidate) return;
    const { deniesModel } = await import("../../../providers/openai/upstream-failure.ts");
    if (deniesModel(error, modelIn(provider))) this.tellGone(candidate, provider);
  }

  /** Tells that a server does not have a candidate's model, and what is done about it. */
  tellGone(candidate: StandIn, provider: string): void {
    if (this.#gone.has(provider)) return;
    this.#gone.add(provider);
    const { prefix, standIns } = this.#stage;
    const variable = standIns.includes(candidate) ? `${prefix}_FALLBACK` : `${prefix}_MODEL`;
    const until =
      standIns.length > 0
        ? "the next of the stand-ins is asked"
        : `nothing stands in for it unless ${prefix}_FALLBACK is set (embedded always can)`;
    this.#log.warn(
      { setting: variable, provider, model: modelIn(provider), until },
      "the server has no such model; set one that it has",
    );
  }
}

/** The model in the name of an engine on a server. */
const modelIn = (engineName: string) => engineName.slice(engineName.indexOf("/") + 1);
