/** What operators are told of models that end, or that their server does not have: one line each, with what to set. */
import type { Clock } from "../../lib/clock.ts";
import type { ProvidersConfig, StageConfig, StandIn } from "../config/provider-config.ts";
import { hasEnded, modelEnd } from "../config/vendor-models.ts";
import type { Logger } from "../logging/log.ts";

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

/** Tells that a server does not have a candidate's model, and what is done about it. */
export function tellModelGone(log: Logger, stage: StageConfig, candidate: StandIn, provider: string): void {
  const { prefix } = stage;
  const model = provider.slice(provider.indexOf("/") + 1);
  const own = !stage.standIns.includes(candidate);
  const variable = own ? `${prefix}_MODEL` : `${prefix}_FALLBACK`;
  const until =
    stage.standIns.length > 0
      ? "the next of the stand-ins is asked"
      : `nothing stands in for it unless ${prefix}_FALLBACK is set (embedded always can)`;
  log.warn(
    { setting: variable, provider, model, until },
    "the server has no such model; set one that it has",
  );
}
