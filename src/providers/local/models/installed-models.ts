/** The models in a folder, each in a folder of its own. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describeFileError } from "../../../lib/durable-files.ts";
import { knownModels } from "./known-models.ts";
import { type ModelShape, readShape, UnknownShape } from "./model-shape.ts";

export interface InstalledModel extends ModelShape {
  /** Name of its folder. */
  readonly name: string;
  readonly folder: string;
  /** ISO 639-1; undefined: not known, so any. */
  readonly languages: readonly string[] | undefined;
}

/** A folder among the models that holds none. */
export interface RefusedFolder {
  readonly name: string;
  readonly reason: string;
}

/** Languages that names of models mention. */
const mentioned = /(?:^|[-_.])(en|fr|de|es|it|pt|nl|pl|ru|uk|sv|zh|ja|ko|vi|ar|hi|tr)(?=$|[-_.])/g;

/** Lists the models in `modelsDir`, by name. A folder that is not there holds none. */
export async function listModels(
  modelsDir: string,
): Promise<{ readonly models: readonly InstalledModel[]; readonly refused: readonly RefusedFolder[] }> {
  const entries = await readdir(modelsDir).catch(() => []);
  const models: InstalledModel[] = [];
  const refused: RefusedFolder[] = [];
  for (const name of entries.filter((entry) => !entry.startsWith(".")).sort()) {
    const folder = join(modelsDir, name);
    try {
      if (!(await stat(folder)).isDirectory()) continue;
      models.push({ ...(await readShape(folder)), name, folder, languages: languagesOf(name) });
    } catch (error) {
      const reason = error instanceof UnknownShape ? error.message : unreadable(error);
      refused.push({ name, reason });
    }
  }
  return { models, refused };
}

/** The reason why a folder cannot be read, such as a link to one that is gone. @throws what is no error of the file system */
function unreadable(error: unknown): string {
  if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
  return `it cannot be read: ${describeFileError(error)}`;
}

/** Whether a model is for speech in a language, a BCP 47 tag. */
export function isFor({ languages }: Pick<InstalledModel, "languages">, language: string): boolean {
  const [code = ""] = language.toLowerCase().split(/[-_]/);
  return languages === undefined || languages.includes(code);
}

/** True where two models may be for the same language. */
export function shareLanguage(
  { languages: some }: InstalledModel,
  { languages: others }: InstalledModel,
): boolean {
  return some === undefined || others === undefined || some.some((language) => others.includes(language));
}

function languagesOf(name: string): readonly string[] | undefined {
  const known = knownModels.find((model) => model.name === name || model.folder === name);
  if (known) return known.languages;
  const found = [...name.matchAll(mentioned)].map(([, language]) => language as string);
  return found.length > 0 ? found : undefined;
}
