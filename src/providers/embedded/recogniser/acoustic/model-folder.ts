/** Folder of the models in the installed package of the recogniser. */
import { fileURLToPath } from "node:url";

/**
 * The folder of a model inside the engine's package: `en-us` or `fr-fr`.
 * @throws Error where the package is not installed
 */
export const modelFolder = (model: string): string =>
  fileURLToPath(new URL(`model/${model}/`, import.meta.resolve("soundswallower")));
