/** Opens the configured synthesizer. */
import type { Synthesizer } from "../../../ports/synthesizer.ts";
import type { ProvidersConfig, StandIn } from "../../config/provider-config.ts";
import { openLocal } from "./open-local.ts";
import { cannotOpen, modelOf, type StageOpening } from "./stage-opening.ts";

export async function openSynthesizer(
  config: ProvidersConfig["synthesizer"],
  opening: StageOpening,
): Promise<Synthesizer> {
  const engines = await opening.openAll<Synthesizer>(async (candidate, first) => {
    if (candidate.provider === "scripted") {
      const { scriptedSynthesizer } = await import("../../../providers/scripted/synthesizer.ts");
      return scriptedSynthesizer();
    }
    if (candidate.provider === "embedded") {
      const { openEmbeddedSynthesizer } = await import("../../../providers/embedded/voice/synthesizer.ts");
      const engine = await openEmbeddedSynthesizer({ cores: opening.cores }).catch(
        cannotOpen(first ? "SYNTHESIZER" : "TTS_FALLBACK"),
      );
      opening.onClose(() => engine.close());
      if (first) opening.onWarm(() => engine.warm());
      return engine;
    }
    if (candidate.provider === "local") {
      const { localSynthesizer } = await import("../../../providers/local/synthesizer.ts");
      const variable = first ? "SYNTHESIZER" : "TTS_FALLBACK";
      return openLocal({ role: "voice", candidate, variable, opening }, ({ models }) =>
        localSynthesizer({ models, cores: opening.cores }),
      );
    }
    return candidate.realtime
      ? openRealtimeVoice(config, candidate, first, opening)
      : openSpeechVoice(config, candidate, first, opening);
  });
  if (!opening.needsResilience) return engines[0];
  const { resilientSynthesizer } = await import("../../../providers/resilient/resilient-providers.ts");
  // Each engine keeps its own phrases: what a stand-in said is not said again once the first one is back.
  return resilientSynthesizer(engines, { ...opening.resilience, phraseCacheBytes: config.phraseCacheBytes });
}

type VoiceConfig = ProvidersConfig["synthesizer"];

/** Voice options that are the same over HTTP and over the Realtime socket. */
const voiceOf = (config: VoiceConfig, candidate: StandIn, first: boolean) => ({
  ...modelOf(config, candidate, first),
  voices: config.voices.length > 0 ? config.voices : undefined,
  instructions: config.instructions,
});

async function openSpeechVoice(
  config: VoiceConfig,
  candidate: StandIn,
  first: boolean,
  opening: StageOpening,
): Promise<Synthesizer> {
  const { openaiSynthesizer } = await import("../../../providers/openai/speech/synthesizer.ts");
  const upstream = await opening.upstreamOf(candidate);
  return openaiSynthesizer({ upstream, rate: config.sampleRate, ...voiceOf(config, candidate, first) });
}

async function openRealtimeVoice(
  config: VoiceConfig,
  candidate: StandIn,
  first: boolean,
  opening: StageOpening,
): Promise<Synthesizer> {
  const { OpenaiRealtimeSynthesizer } = await import(
    "../../../providers/openai/speech/realtime-synthesizer.ts"
  );
  const voice = new OpenaiRealtimeSynthesizer({
    upstream: await opening.upstreamOf(candidate),
    ...voiceOf(config, candidate, first),
    onDeparture: (departure) => opening.onDeparture(voice.name, departure),
    onModelGone: () => opening.onModelGone(candidate, voice.name),
  });
  opening.onClose(() => voice.close());
  if (first) opening.onWarm(() => voice.warm());
  // Now, too: a model that is gone is told at start-up.
  voice.warm();
  return voice;
}
