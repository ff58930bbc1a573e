/** The personas for sessions: built-in ones, those of PERSONAS_DIR, and those that users made. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import {
  defaultPersonaId,
  type Persona,
  personaSchema,
  personas,
  readPersonas,
} from "../../coach/personas/personas.ts";
import { newSecret } from "../../lib/ids.ts";
import { ConfigError } from "../config/config.ts";

export interface PersonaBook {
  /** Id of the default persona. */
  readonly default: string;
  /** Finds a persona that `ownerId` may use; without `ownerId`, any user's. */
  find(id: string, ownerId?: string): Persona | undefined;
  /** Lists the personas that a user may use, sorted by id; `own`: made by that user. */
  list(ownerId: string): readonly { readonly persona: Persona; readonly own: boolean }[];
  /** Stores a persona for its maker alone; replaces the maker's own one of the same id. */
  add(ownerId: string, persona: Persona): Promise<"added" | "taken" | "full" | "fixed">;
  /** Removes a user's own persona. False: there is none. */
  remove(ownerId: string, id: string): Promise<boolean>;
}

/** Limits of personas made by one user, and by all. */
const mostOfOne = 50;
const mostOfAll = 1000;

const madeSchema = z.strictObject({ ownerId: z.string(), persona: personaSchema });
type Made = z.infer<typeof madeSchema>;

/**
 * Reads the personas. `directory`: PERSONAS_DIR, whose personas replace built-in ones of the same id. `madeIn`: folder of
 * those that users make; left out: none can be made, because other nodes would not know them.
 * @throws ConfigError naming the file and the field that cannot be used
 */
export async function openPersonas({
  directory,
  madeIn,
}: {
  readonly directory?: string | undefined;
  readonly madeIn?: string | undefined;
}): Promise<PersonaBook> {
  const own = directory === undefined ? [] : readConfigured(directory);
  const given = new Map([...personas, ...own].map((persona) => [persona.id, persona]));
  const made = new Map<string, Made>();
  for (const each of madeIn === undefined ? [] : await readMade(madeIn))
    if (!given.has(each.persona.id)) made.set(each.persona.id, each);

  return {
    default: defaultPersonaId,
    find(id, ownerId) {
      const known = made.get(id);
      if (known && (ownerId === undefined || known.ownerId === ownerId)) return known.persona;
      return given.get(id);
    },
    list(ownerId) {
      const theirs = [...made.values()].filter((each) => each.ownerId === ownerId);
      return [
        ...[...given.values()].map((persona) => ({ persona, own: false })),
        ...theirs.map(({ persona }) => ({ persona, own: true })),
      ].sort((a, b) => (a.persona.id < b.persona.id ? -1 : 1));
    },
    async add(ownerId, persona) {
      if (madeIn === undefined) return "fixed";
      const known = made.get(persona.id);
      if (given.has(persona.id) || (known && known.ownerId !== ownerId)) return "taken";
      const ofOne = [...made.values()].filter((each) => each.ownerId === ownerId).length;
      if (!known && (ofOne >= mostOfOne || made.size >= mostOfAll)) return "full";
      const entry: Made = { ownerId, persona };
      // Visible at once, so that concurrent requests cannot take the same id.
      made.set(persona.id, entry);
      try {
        await writeWhole(madeIn, persona.id, entry);
      } catch (error) {
        if (known) made.set(persona.id, known);
        else made.delete(persona.id);
        throw error;
      }
      return "added";
    },
    async remove(ownerId, id) {
      if (madeIn === undefined || made.get(id)?.ownerId !== ownerId) return false;
      made.delete(id);
      await rm(join(madeIn, `${id}.json`), { force: true });
      return true;
    },
  };
}

function readConfigured(directory: string): readonly Persona[] {
  try {
    return readPersonas(directory);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      `PERSONAS_DIR: ${code === undefined ? message : `cannot read ${JSON.stringify(directory)} (${code})`}`,
    );
  }
}

async function readMade(folder: string): Promise<readonly Made[]> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    // A missing data folder is reported by the store, which cannot do without it.
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw new ConfigError(`DATA_DIR: personas cannot be read (${error.code})`);
  });
  const all: Made[] = [];
  for (const file of files.filter((name) => name.endsWith(".json")).sort()) {
    const parsed = madeSchema.safeParse(parse(await readFile(join(folder, file), "utf8")));
    if (!parsed.success)
      throw new ConfigError(`DATA_DIR: personas/${file}: ${z.prettifyError(parsed.error)}`);
    all.push(parsed.data);
  }
  return all;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes a file atomically: after a crash it is there whole or not at all. */
async function writeWhole(folder: string, id: string, entry: Made): Promise<void> {
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `${id}.${newSecret()}`);
  await writeFile(draft, `${JSON.stringify(entry, null, 2)}\n`, { mode: 0o600, flag: "wx", flush: true });
  await rename(draft, join(folder, `${id}.json`));
}
