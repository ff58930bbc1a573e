/** Tells which engines are in use, and what would make the ears and the voice better. */
import { isFor, listModels } from "../../../providers/local/models/installed-models.ts";
import { knownModels } from "../../../providers/local/models/known-models.ts";
import { roleOf } from "../../../providers/local/models/model-shape.ts";
import { isRuntimeInstalled } from "../../../providers/local/runtime.ts";
import type { EnginesInUse } from "../../api/engines.ts";
import type { ProvidersConfig, StageConfig } from "../../config/provider-config.ts";
import { kukuCommand, startCommand } from "../commands.ts";
import type { OpenEngines } from "./open-engines.ts";

const roles = { transcriber: "ears", synthesizer: "voice" } as const;
const settings = { transcriber: "TRANSCRIBER=local", synthesizer: "SYNTHESIZER=local" } as const;
type ImprovableStage = keyof typeof roles;

export function enginesInUse(
  config: ProvidersConfig,
  engines: Pick<OpenEngines, "transcriber" | "replyModel" | "synthesizer">,
): EnginesInUse {
  const use = ({ provider }: StageConfig, { name }: { readonly name: string }) => ({
    name,
    place: provider === "openai" ? ("server" as const) : provider,
  });
  return {
    transcriber: use(config.transcriber, engines.transcriber),
    replyModel: use(config.replyModel, engines.replyModel),
    synthesizer: use(config.synthesizer, engines.synthesizer),
    voices: engines.synthesizer.voices,
    async commands(language) {
      const embedded = (["transcriber", "synthesizer"] as const).filter(
        (stage) => config[stage].provider === "embedded",
      );
      if (embedded.length === 0 || !isRuntimeInstalled()) return [];
      const found = await Promise.all(
        embedded.map(async (stage) => ({
          stage,
          command: await commandFor(stage, config.modelsDir, language),
        })),
      );
      return found.flatMap(({ stage, command }) => (command === undefined ? [] : { stage, command }));
    },
  };
}

/** A start with the model that is there, else the command that fetches one; undefined: none is known for the language. */
async function commandFor(
  stage: ImprovableStage,
  modelsDir: string,
  language: string,
): Promise<string | undefined> {
  const role = roles[stage];
  const { models } = await listModels(modelsDir);
  if (models.some((model) => roleOf(model.kind) === role && isFor(model, language)))
    return `${settings[stage]} ${startCommand}`;
  const known = knownModels.find((model) => model.role === role && isFor(model, language));
  return known && `${kukuCommand} models add ${known.name}`;
}
