/** Opens the configured transcriber. */
import type { Transcriber } from "../../../ports/transcriber.ts";
import type { ProvidersConfig } from "../../config/provider-config.ts";
import { openLocal } from "./open-local.ts";
import { cannotOpen, modelOf, type StageOpening } from "./stage-opening.ts";

export async function openTranscriber(
  config: ProvidersConfig["transcriber"],
  opening: StageOpening,
): Promise<Transcriber> {
  const engines = await opening.openAll<Transcriber>(async (candidate, first) => {
    if (candidate.provider === "scripted") {
      const { scriptedTranscriber } = await import("../../../providers/scripted/transcriber.ts");
      return scriptedTranscriber();
    }
    const variable = first ? "TRANSCRIBER" : "STT_FALLBACK";
    if (candidate.provider === "embedded") return openEmbedded(variable, first, opening);
    if (candidate.provider === "local") {
      const { localTranscriber } = await import("../../../providers/local/transcriber.ts");
      const readings = await openEmbedded(variable, false, opening);
      const { cores } = opening;
      return openLocal({ role: "ears", candidate, variable, opening }, (found) =>
        localTranscriber({
          ...found,
          readings,
          secondOpinion: config.secondOpinion,
          clock: opening.clock,
          cores,
        }),
      );
    }
    const { verbatim, wordTimes } = config;
    const about = { ...modelOf(config, candidate, first), verbatim };
    const upstream = await opening.upstreamOf(candidate);
    if (candidate.realtime) {
      const { openaiRealtimeTranscriber } = await import(
        "../../../providers/openai/transcription/realtime-transcriber.ts"
      );
      return openaiRealtimeTranscriber({ upstream, ...about });
    }
    const { openaiTranscriber } = await import("../../../providers/openai/transcription/transcriber.ts");
    return openaiTranscriber({ upstream, ...about, wordTimes });
  });
  if (!opening.needsResilience) return engines[0];
  const { resilientTranscriber } = await import("../../../providers/resilient/resilient-providers.ts");
  return resilientTranscriber(engines, opening.resilience);
}

/** The embedded recogniser, which also judges what is read aloud to a local one. `warms`: its threads start ahead. */
async function openEmbedded(variable: string, warms: boolean, opening: StageOpening): Promise<Transcriber> {
  const { openEmbeddedTranscriber } = await import("../../../providers/embedded/recogniser/transcriber.ts");
  const engine = await openEmbeddedTranscriber({ cores: opening.cores }).catch(cannotOpen(variable));
  opening.onClose(() => engine.close());
  if (warms) opening.onWarm(() => engine.warm());
  return engine;
}
