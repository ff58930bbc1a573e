/** Who the coach is: personas are data, one JSON file each, read and checked once when the process starts. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { TurnDetection } from "../pipeline/turn-detection.ts";
import { type TurnPresetName, turnPresets } from "../pipeline/turn-presets.ts";

const presetName = z.enum(Object.keys(turnPresets) as [TurnPresetName, ...TurnPresetName[]]);

const turnDetection = z.union([
  z.strictObject({
    type: z.literal("server_vad"),
    threshold: z.number().min(0).max(1),
    prefixPaddingMs: z.number().int().min(0),
    silenceMs: z.number().int().min(0),
  }),
  z.strictObject({
    type: z.literal("semantic_vad"),
    eagerness: z.enum(["low", "medium", "high", "auto"]),
  }),
  z.null(),
]) satisfies z.ZodType<TurnDetection>;

/** The shape of a persona's file. */
export const personaSchema = z.strictObject({
  /** What a client names in `model`; also the file's name. */
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  /** For people. */
  name: z.string().min(1),
  /** `coaching`: a T-GROW conversation; `drill`: reading aloud. */
  flow: z.enum(["coaching", "drill"]),
  /** BCP 47; the language when the client names none. */
  language: z.string().min(2),
  /** Voices in order of preference; the first one the synthesizer has is used, else the synthesizer's default. */
  voices: z.array(z.string().min(1)),
  /** Whether the persona speaks first. */
  greets: z.boolean(),
  /** Turn-taking when the client asks for none: a preset's name, or where none fits, turn detection spelt out. */
  turnTaking: z.union([presetName, turnDetection]),
  /** System prompt for a reply model. */
  instructions: z.string().min(1),
});

export type Persona = Readonly<z.infer<typeof personaSchema>>;

/**
 * Reads every `*.json` of a directory as a persona, sorted by id.
 * @throws Error naming the file, when one does not fit the schema or is not named after its id.
 */
export function readPersonas(directory: string): readonly Persona[] {
  const files = readdirSync(directory).filter((file) => file.endsWith(".json"));
  return files.sort().map((file) => {
    const parsed = personaSchema.safeParse(JSON.parse(readFileSync(join(directory, file), "utf8")));
    if (!parsed.success) throw new Error(`persona ${file}: ${z.prettifyError(parsed.error)}`);
    if (`${parsed.data.id}.json` !== file) throw new Error(`persona ${file}: its id is ${parsed.data.id}`);
    return parsed.data;
  });
}

/** All personas of this server, sorted by id. */
export const personas = readPersonas(join(import.meta.dirname, "personas"));

/** The persona a session has when the client names none. */
export const defaultPersonaId = "kuku";

/** The persona with this id, or undefined. */
export function findPersona(id: string): Persona | undefined {
  return personas.find((persona) => persona.id === id);
}
