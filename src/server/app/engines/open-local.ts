/** Finds, checks and loads the models of a stage that runs on this machine. */
import { ConfigError } from "../../config/config.ts";
import type { StandIn } from "../../config/provider-config.ts";
import { cannotOpen, type StageOpening } from "./stage-opening.ts";

type Models = typeof import("../../../providers/local/models/installed-models.ts");
type InstalledModel = Awaited<ReturnType<Models["listModels"]>>["models"][number];

/** A local engine that has not loaded its model yet. */
interface LocalEngine {
  readonly name: string;
  open(): Promise<number>;
  close(): Promise<void>;
}

/** Models that were found for a stage. */
export interface FittingModels {
  readonly models: readonly [InstalledModel, ...InstalledModel[]];
  /** Of a recogniser's stage. */
  readonly punctuation: readonly InstalledModel[];
}

export interface LocalStage {
  /** Purpose of the models. */
  readonly role: "ears" | "voice";
  readonly candidate: StandIn;
  /** The setting that chose them. */
  readonly variable: string;
  readonly opening: StageOpening;
}

/**
 * Makes a stage's local engine of the models that are there, and loads the first.
 * @throws ConfigError naming the setting, where there is no model, or one that was changed or cannot be loaded
 */
export async function openLocal<Engine extends LocalEngine>(
  stage: LocalStage,
  make: (models: FittingModels) => Engine,
): Promise<Engine> {
  const { opening, variable } = stage;
  const found = await findModels(stage);
  const engine = make(found);
  opening.onClose(() => engine.close());
  const memoryBytes = await engine.open().catch(cannotOpen(variable, "local"));
  const memory = Math.round(memoryBytes / 1_048_576);
  const punctuation = found.punctuation.length > 0 ? found.punctuation.map(({ name }) => name) : undefined;
  opening.log.info({ engine: engine.name, punctuation, memoryMb: memory }, "local model loaded");
  return engine;
}

async function findModels({ role, candidate, variable, opening }: LocalStage): Promise<FittingModels> {
  const [{ listModels }, { roleOf }, { isRuntimeInstalled }] = await Promise.all([
    import("../../../providers/local/models/installed-models.ts"),
    import("../../../providers/local/models/model-shape.ts"),
    import("../../../providers/local/runtime.ts"),
  ]);
  if (!isRuntimeInstalled())
    throw new ConfigError(`${variable}: local needs the optional package sherpa-onnx-node (npm install)`);
  const { models, refused } = await listModels(opening.modelsDir);
  const fit = models.filter(({ kind, name }) => roleOf(kind) === role && (candidate.model ?? name) === name);
  // Words while one speaks before words at the end.
  const [first, ...others] = fit.sort(
    (a, b) => Number(b.kind === "streaming") - Number(a.kind === "streaming"),
  );
  if (!first) {
    const wanted =
      candidate.model === undefined ? `no model for ${role}` : `no model ${candidate.model} for ${role}`;
    const why = refused.map(({ name, reason }) => `; ${name} cannot be used: ${reason}`).join("");
    throw new ConfigError(
      `${variable}: local finds ${wanted} in ${opening.modelsDir}${why}; kuku models list shows which can be fetched`,
    );
  }
  const punctuation = role === "ears" ? models.filter(({ kind }) => kind === "punctuation") : [];
  await verify([first, ...others, ...punctuation], variable);
  return { models: [first, ...others], punctuation };
}

async function verify(models: readonly InstalledModel[], variable: string): Promise<void> {
  const { verifyModel, ModelDamaged } = await import("../../../providers/local/models/model-record.ts");
  for (const { name, folder } of models)
    await verifyModel(folder).catch((error: unknown) => {
      if (!(error instanceof ModelDamaged)) throw error;
      throw new ConfigError(`${variable}: the model ${name}: ${error.message}`);
    });
}
