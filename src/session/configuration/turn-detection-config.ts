/** Turn detection between the wire's words and the pipeline's, with the reference's defaults. Pure. */
import type { TurnDetection } from "../../pipeline/ears/turn-detection.ts";
import type { TurnDetectionConfig } from "../../protocol/session-config.ts";

type CompleteTurnDetection =
  | Required<Extract<TurnDetectionConfig, { type: "server_vad" }>>
  | Required<Extract<TurnDetectionConfig, { type: "semantic_vad" }>>;

/** A configuration said in full. */
export function withDefaults(detection: TurnDetectionConfig | null): CompleteTurnDetection | null {
  if (detection === null) return null;
  const shared = {
    create_response: detection.create_response ?? true,
    interrupt_response: detection.interrupt_response ?? true,
  };
  if (detection.type === "semantic_vad")
    return { type: "semantic_vad", eagerness: detection.eagerness ?? "auto", ...shared };
  return {
    type: "server_vad",
    threshold: detection.threshold ?? 0.5,
    prefix_padding_ms: detection.prefix_padding_ms ?? 300,
    silence_duration_ms: detection.silence_duration_ms ?? 500,
    idle_timeout_ms: detection.idle_timeout_ms ?? null,
    ...shared,
  };
}

/** Converts the wire's configuration to the ears'. */
export function turnDetection(config: TurnDetectionConfig | null): TurnDetection {
  const full = withDefaults(config);
  if (full === null) return null;
  if (full.type === "semantic_vad") return { type: "semantic_vad", eagerness: full.eagerness };
  return {
    type: "server_vad",
    threshold: full.threshold,
    prefixPaddingMs: full.prefix_padding_ms,
    silenceMs: full.silence_duration_ms,
  };
}

/** A persona's or preset's turn-taking as the configuration a client sees. */
export function turnDetectionConfig(detection: TurnDetection): TurnDetectionConfig | null {
  if (detection === null) return null;
  if (detection.type === "semantic_vad") return { type: "semantic_vad", eagerness: detection.eagerness };
  return {
    type: "server_vad",
    threshold: detection.threshold,
    prefix_padding_ms: detection.prefixPaddingMs,
    silence_duration_ms: detection.silenceMs,
  };
}
