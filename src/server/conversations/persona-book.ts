/** The personas for sessions: built-in ones, those of PERSONAS_DIR, and those that users made. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import {
  defaultPersonaId,
  type Persona,
  personaSchema,
  personas,
  readPersonas,
} from "../../coach/personas/personas.ts";
import { removeFile, replaceFile } from "../../lib/durable-files.ts";
import { hashSecret } from "../../lib/ids.ts";
import { ConfigError } from "../config/config.ts";

export interface PersonaBook {
  /** Id of the default persona. */
  readonly default: string;
  /** Finds a persona that `ownerId` may use. */
  find(id: string, ownerId: string): Persona | undefined;
  /** Lists the personas that a user may use, sorted by id; `own`: made by that user. */
  list(ownerId: string): readonly { readonly persona: Persona; readonly own: boolean }[];
  /**
   * Stores a persona for its maker alone; replaces the maker's own one of the same id. `taken`: the id is one of the
   * server's own personas.
   */
  add(ownerId: string, persona: Persona): Promise<"added" | "taken" | "full" | "fixed">;
  /** Removes a user's own persona. False: there is none. */
  remove(ownerId: string, id: string): Promise<boolean>;
  /** Reads again what users made: another process has changed it. @throws ConfigError, as the start does */
  reload(): Promise<void>;
}

/** Personas of one user, at most. */
const mostOfOne = 50;

const madeSchema = z.strictObject({ ownerId: z.string(), persona: personaSchema });

/** A persona that a user made, and the name of its file. */
interface Made {
  readonly persona: Persona;
  readonly file: string;
}

/**
 * Reads the personas. `directory`: PERSONAS_DIR, whose personas replace built-in ones of the same id. `madeIn`: folder of
 * those that users make; left out: none can be made, because other nodes would not know them. Processes that share it
 * tell each other (`onChanged`, `reload`).
 * @throws ConfigError naming the file and the field that cannot be used
 */
export async function openPersonas({
  directory,
  madeIn,
  onChanged,
}: {
  readonly directory?: string | undefined;
  readonly madeIn?: string | undefined;
  /** Called when a user has made a persona, or removed one; what it returns is waited for. */
  readonly onChanged?: (() => Promise<void>) | undefined;
}): Promise<PersonaBook> {
  const own = directory === undefined ? [] : readConfigured(directory);
  const given = new Map([...personas, ...own].map((persona) => [persona.id, persona]));
  const made = new Map<string, Map<string, Made>>();
  const ofOwner = (ownerId: string) => made.get(ownerId) ?? new Map<string, Made>();
  const reload = async () => {
    const all = madeIn === undefined ? [] : await readMade(madeIn);
    made.clear();
    for (const { ownerId, ...each } of all)
      if (!given.has(each.persona.id)) made.set(ownerId, ofOwner(ownerId).set(each.persona.id, each));
  };
  await reload();

  return {
    reload,
    default: defaultPersonaId,
    find: (id, ownerId) => made.get(ownerId)?.get(id)?.persona ?? given.get(id),
    list(ownerId) {
      const theirs = [...ofOwner(ownerId).values()];
      return [
        ...[...given.values()].map((persona) => ({ persona, own: false })),
        ...theirs.map(({ persona }) => ({ persona, own: true })),
      ].sort((a, b) => (a.persona.id < b.persona.id ? -1 : 1));
    },
    async add(ownerId, persona) {
      if (madeIn === undefined) return "fixed";
      if (given.has(persona.id)) return "taken";
      const theirs = ofOwner(ownerId);
      const known = theirs.get(persona.id);
      if (!known && theirs.size >= mostOfOne) return "full";
      const file = known?.file ?? fileName(ownerId, persona.id);
      // Visible at once, so that concurrent requests cannot exceed the limit.
      made.set(ownerId, theirs.set(persona.id, { persona, file }));
      try {
        await replaceFile(join(madeIn, file), `${JSON.stringify({ ownerId, persona }, null, 2)}\n`);
      } catch (error) {
        if (known) theirs.set(persona.id, known);
        else forget(made, ownerId, persona.id);
        throw error;
      }
      // Once more: what was read again meanwhile did not have it.
      made.set(ownerId, ofOwner(ownerId).set(persona.id, { persona, file }));
      await onChanged?.();
      return "added";
    },
    async remove(ownerId, id) {
      const known = made.get(ownerId)?.get(id);
      if (madeIn === undefined || !known) return false;
      forget(made, ownerId, id);
      await removeFile(join(madeIn, known.file));
      // Once more: what was read again meanwhile had it still.
      forget(made, ownerId, id);
      await onChanged?.();
      return true;
    },
  };
}

/** The owner's id may hold any characters. Earlier files are named after the persona alone, and stay so. */
function fileName(ownerId: string, id: string): string {
  return `${hashSecret(ownerId)}.${id}.json`;
}

function forget(made: Map<string, Map<string, Made>>, ownerId: string, id: string): void {
  const theirs = made.get(ownerId);
  theirs?.delete(id);
  if (theirs?.size === 0) made.delete(ownerId);
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

async function readMade(folder: string): Promise<readonly (Made & { readonly ownerId: string })[]> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    // A missing data folder is reported by the store, which cannot do without it.
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw new ConfigError(`DATA_DIR: personas cannot be read (${error.code})`);
  });
  const all: (Made & { readonly ownerId: string })[] = [];
  for (const file of files.filter((name) => name.endsWith(".json")).sort()) {
    const parsed = madeSchema.safeParse(parse(await readFile(join(folder, file), "utf8")));
    if (!parsed.success)
      throw new ConfigError(`DATA_DIR: personas/${file}: ${z.prettifyError(parsed.error)}`);
    all.push({ ...parsed.data, file });
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
