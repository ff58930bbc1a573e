/** Opens the configured engines; this folder alone knows every provider by name. */

import type { ReplyModel } from "../../../ports/reply-model.ts";
import type { Synthesizer } from "../../../ports/synthesizer.ts";
import type { Transcriber } from "../../../ports/transcriber.ts";
import type { SessionType } from "../../../protocol/session-config.ts";
import type { ProvidersConfig, StageConfig } from "../../config/provider-config.ts";
import { tellModelEnds } from "./model-notices.ts";
import { openReplyModel } from "./open-reply-model.ts";
import { openSynthesizer } from "./open-synthesizer.ts";
import { openTranscriber } from "./open-transcriber.ts";
import { type EngineHooks, StageOpening, type Surroundings } from "./stage-opening.ts";

export interface OpenEngines {
  readonly transcriber: Transcriber;
  readonly replyModel: ReplyModel;
  readonly synthesizer: Synthesizer;
  /**
   * Connects to the stages' own servers and opens the voice's socket now, before a turn needs them; of a transcription
   * session, to the transcriber's server alone.
   */
  warm(session?: SessionType): void;
  /** Ends threads and connections; requests under way fail. */
  close(): Promise<void>;
}

/**
 * Opens the configured engines; modules of engines that are not picked are not loaded.
 * @throws ConfigError naming the variable whose engine cannot be opened.
 */
export async function openEngines(config: ProvidersConfig, around: Surroundings): Promise<OpenEngines> {
  const closers: EngineHooks["closers"] = [];
  const hearing: EngineHooks = { closers, starts: [] };
  const replying: EngineHooks = { closers, starts: [] };
  const close = async () => void (await Promise.all(closers.map((end) => end())));
  const opening = (stage: StageConfig, hooks: EngineHooks) =>
    new StageOpening(stage, { ...around, modelsDir: config.modelsDir }, hooks);
  tellModelEnds(config, around);
  const opened = await Promise.allSettled([
    openTranscriber(config.transcriber, opening(config.transcriber, hearing)),
    openReplyModel(config.replyModel, opening(config.replyModel, replying)),
    openSynthesizer(config.synthesizer, opening(config.synthesizer, replying)),
  ] as const);
  const failed = opened.find((outcome) => outcome.status === "rejected");
  if (failed) {
    await close();
    throw failed.reason;
  }
  const [transcriber, replyModel, synthesizer] = opened.map(
    (outcome) => (outcome as PromiseFulfilledResult<unknown>).value,
  ) as [Transcriber, ReplyModel, Synthesizer];
  const warm = (session: SessionType = "realtime") => {
    const starts = session === "realtime" ? [...hearing.starts, ...replying.starts] : hearing.starts;
    for (const start of starts) start();
  };
  return { transcriber, replyModel, synthesizer, warm, close };
}
