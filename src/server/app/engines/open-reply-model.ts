/** Opens the configured reply model. */
import type { ReplyModel } from "../../../ports/reply-model.ts";
import type { ProvidersConfig } from "../../config/provider-config.ts";
import { modelOf, type StageOpening } from "./stage-opening.ts";

const chatModel = async () =>
  (await import("../../../providers/openai/chat/reply-model.ts")).openaiReplyModel;
const modelOver = {
  chat: chatModel,
  responses: async () =>
    (await import("../../../providers/openai/responses/reply-model.ts")).openaiResponsesModel,
};

export async function openReplyModel(
  config: ProvidersConfig["replyModel"],
  opening: StageOpening,
): Promise<ReplyModel> {
  const engines = await opening.openAll<ReplyModel>(async (candidate, first) => {
    if (candidate.provider === "scripted") {
      const { scriptedReplyModel } = await import("../../../providers/scripted/reply-model.ts");
      return scriptedReplyModel();
    }
    if (candidate.provider === "embedded") {
      const { ruleBasedReplyModel } = await import("../../../coach/rule-based/reply-model.ts");
      return ruleBasedReplyModel();
    }
    const { temperature, reasoningEffort, hedgeAfterMs } = config;
    const open = candidate.upstream ? chatModel : modelOver[config.api];
    const model = (await open())({
      upstream: await opening.upstreamOf(candidate),
      ...modelOf(config, candidate, first),
      temperature,
      reasoningEffort,
    });
    if (hedgeAfterMs === undefined) return model;
    const { hedged } = await import("../../../providers/resilient/hedging.ts");
    return hedged(model, { afterMs: hedgeAfterMs, clock: opening.clock });
  });
  if (!opening.needsResilience) return engines[0];
  const { resilientReplyModel } = await import("../../../providers/resilient/resilient-providers.ts");
  return resilientReplyModel(engines, opening.resilience);
}
