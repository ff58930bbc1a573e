/** Opens the configured transcriber. */
import type { Transcriber } from "../../../ports/transcriber.ts";
import type { ProvidersConfig } from "../../config/provider-config.ts";
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
    if (candidate.provider === "embedded") {
      const { openEmbeddedTranscriber } = await import(
        "../../../providers/embedded/recogniser/transcriber.ts"
      );
      const engine = await openEmbeddedTranscriber({ cores: opening.cores }).catch(
        cannotOpen(first ? "TRANSCRIBER" : "STT_FALLBACK"),
      );
      opening.onClose(() => engine.close());
      if (first) opening.onWarm(() => engine.warm());
      return engine;
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
